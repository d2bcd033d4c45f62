// The exported JSON of a record: field names of the envelope, one line, every digit.
import { expect, test } from 'vitest';
import { type CommandDistributionValue, catalog } from './catalog.ts';
import { Document } from './document.ts';
import { makeKey } from './keys.ts';
import { LogRecord, NO_OPERATION, NO_REQUEST } from './record.ts';
import { recordJson } from './record-json.ts';
import { EMPTY_JOB } from './values/job.ts';

function job(variables: string, customHeaders = '{}', key = makeKey(1, 5)): LogRecord {
  const value = { ...EMPTY_JOB, customHeaders, variables: new Document(variables) };
  const reason = 'no "job"\n';
  const made = new LogRecord(
    'COMMAND_REJECTION',
    'JOB',
    'COMPLETE',
    key,
    value,
    7,
    6,
    1_700_000_000_000,
    'NOT_FOUND',
    reason,
    NO_REQUEST,
    NO_OPERATION,
    true,
  );
  return made as unknown as LogRecord;
}

test('the envelope has the fields of the reference', () => {
  const json = JSON.parse(recordJson(job('{}'), 3)) as Record<string, unknown>;
  const { value, ...envelope } = json;
  expect(envelope).toEqual({
    position: 7,
    sourceRecordPosition: 6,
    key: 2251799813685253,
    timestamp: 1_700_000_000_000,
    partitionId: 3,
    recordType: 'COMMAND_REJECTION',
    valueType: 'JOB',
    intent: 'COMPLETE',
    rejectionType: 'NOT_FOUND',
    rejectionReason: 'no "job"\n',
    brokerVersion: '8.6.0',
    recordVersion: 1,
    authorizations: { authorized_tenants: ['<default>'] },
    operationReference: -1,
  });
  expect(value).toMatchObject({ retries: -1, variables: {}, tenantId: '<default>' });
});

test('it is one line, whatever line breaks stand between the tokens of documents', () => {
  const text = recordJson(job('{\r\n  "a": 1,\n "b": "x\\ny"\n}', '{\n"h":"1"}'), 1);
  expect(text).not.toMatch(/[\r\n]/);
  expect((JSON.parse(text) as { value: object }).value).toMatchObject({
    variables: { a: 1, b: 'x\ny' },
    customHeaders: { h: '1' },
  });
});

test('numbers keep their digits, and keys beyond 2^53 are exact', () => {
  const text = recordJson(job('{"n":0.10000000000000000000001}', '{}', makeKey(200, 9)), 200);
  expect(text).toContain('{"n":0.10000000000000000000001}');
  expect(text).toContain(`"key":${200n * 2n ** 51n + 9n}`);
});

test('a distribution names no queue, as with the reference', () => {
  const value: CommandDistributionValue = {
    partitionId: 2,
    queueId: 'deployment',
    valueType: 'RESOURCE_DELETION',
    intent: 'DELETE',
    commandValue: undefined,
  };
  expect(JSON.parse(catalog.COMMAND_DISTRIBUTION.codec.json(value))).toEqual({
    partitionId: 2,
    queueId: null,
    valueType: 'RESOURCE_DELETION',
    intent: 'DELETE',
    commandValue: {},
  });
});
