// One record as a line for people: `#position TYPE VALUETYPE.INTENT key ...`, with what tells one record from the next.
import { keyText, type LogRecord } from '@millrace/protocol';

/** Fields worth showing, in this order, when the value has them and they say something. */
const SHOWN = [
  'bpmnElementType',
  'elementId',
  'type',
  'name',
  'value',
  'errorType',
  'errorMessage',
  'resourceName',
  'bpmnProcessId',
  'version',
  'worker',
  'retries',
] as const;
const KEYS = ['processInstanceKey', 'elementInstanceKey', 'flowScopeKey', 'scopeKey'] as const;
const CHARS_MAX = 60;

export function recordLine(record: LogRecord): string {
  const { recordType, valueType, intent } = record;
  const type = recordType === 'COMMAND_REJECTION' ? 'REJECTION' : recordType;
  let line = `#${record.position} ${type} ${valueType}.${intent} ${keyText(record.key)}`;
  const value = record.value as unknown as Readonly<Record<string, unknown>>;
  for (const name of SHOWN) {
    const field = value[name];
    if (field === undefined || field === '' || field === -1) continue;
    line += ` ${name}=${shortened(String(field))}`;
  }
  for (const name of KEYS) {
    const key = value[name];
    if (typeof key === 'number' && key >= 0) line += ` ${name}=${keyText(key as never)}`;
  }
  if (record.rejectionType !== undefined) {
    line += ` ${record.rejectionType}: ${shortened(record.rejectionReason)}`;
  }
  if (record.sourcePosition >= 0) line += ` <-#${record.sourcePosition}`;
  if (recordType === 'COMMAND' && !record.processed) line += ' (waits)';
  return `${line} ${new Date(record.timestamp).toISOString()}`;
}

function shortened(text: string): string {
  const oneLine = text.replace(/\s+/g, ' ');
  return oneLine.length <= CHARS_MAX ? oneLine : `${oneLine.slice(0, CHARS_MAX)}...`;
}
