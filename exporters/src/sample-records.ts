// Records of several kinds for tests and benchmarks of exporters.
import {
  Document,
  EMPTY_DOCUMENT,
  EMPTY_JOB,
  LogRecord,
  makeKey,
  NO_KEY,
  NO_OPERATION,
  NO_REQUEST,
  type ValueType,
} from '@millrace/protocol';
import { ExportedRecord } from './exported-record.ts';

const TIME_MS = 1_700_000_000_000;

/** A record of the log with this position; the kinds alternate: a variable, a job, a rejected command. */
export function sampleRecord(position: number, partitionId = 1): LogRecord {
  const key = makeKey(partitionId, position + 1);
  const instance = makeKey(partitionId, 7);
  if (position % 3 === 0) {
    const value = {
      name: 'größe\n"x"',
      value: '{"n": 12345678901234567890}',
      scopeKey: instance,
      processInstanceKey: instance,
      processDefinitionKey: makeKey(partitionId, 2),
      bpmnProcessId: 'orders',
      tenantId: '<default>',
    };
    return record('EVENT', 'VARIABLE', 'CREATED', key, value, position);
  }
  if (position % 3 === 1) {
    const variables = new Document(`{"filler":"${'y'.repeat(200)}",\n "at":${position}}`);
    const value = { ...EMPTY_JOB, type: 'work', bpmnProcessId: 'orders', variables };
    return record('EVENT', 'JOB', 'CREATED', key, value, position);
  }
  const value = { ...EMPTY_JOB, variables: EMPTY_DOCUMENT };
  return record('COMMAND_REJECTION', 'JOB', 'COMPLETE', NO_KEY, value, position);
}

function record(
  recordType: LogRecord['recordType'],
  valueType: ValueType,
  intent: string,
  key: LogRecord['key'],
  value: unknown,
  position: number,
): LogRecord {
  const rejected = recordType === 'COMMAND_REJECTION';
  return new LogRecord(
    recordType,
    valueType,
    intent as LogRecord['intent'],
    key,
    value as LogRecord['value'],
    position,
    position - 1,
    TIME_MS,
    rejected ? 'NOT_FOUND' : undefined,
    rejected ? 'no such job' : '',
    NO_REQUEST,
    NO_OPERATION,
    false,
  );
}

/** Records with the positions from `from` up to and including `to`. */
export function sampleBatch(from: number, to: number, partitionId = 1): ExportedRecord[] {
  const batch: ExportedRecord[] = [];
  for (let position = from; position <= to; position++) {
    batch.push(new ExportedRecord(sampleRecord(position, partitionId), partitionId));
  }
  return batch;
}
