import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonVersion, headBytes, readPrelude } from './frame-format.ts';
import {
  addressesFrame,
  type Greeting,
  greetingBytes,
  readAddresses,
  readGreeting,
  readRefusal,
  refusalFrame,
} from './handshake.ts';
import { helloOf } from './testing/recorder.ts';

const greeting: Greeting = {
  ...helloOf('1', { advertised: { host: 'broker-1', port: 26_502 } }),
  ...{ clusterName: 'zeebe-cluster', instance: 'a' },
};
const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const payloadOf = (frame: Buffer) => frame.subarray(headBytes);

describe('a hello', () => {
  test('is read as it was written, whatever a later release adds', () => {
    const bytes = greetingBytes({ lowest: 1, highest: 3 }, greeting);
    expect(readPrelude(bytes.subarray(0, 6))).toEqual({ lowest: 1, highest: 3 });
    expect(readGreeting(payloadOf(bytes.subarray(6)))).toEqual(greeting);
    expect(readGreeting(json({ ...greeting, later: [1, 2] }))).toEqual(greeting);
  });

  test.each([
    ['memberId', ''],
    ['memberId', 'x'.repeat(257)],
    ['kind', 'client'],
    ['nodeId', -2],
    ['session', 2 ** 24],
    ['session', 1.5],
    ['advertised', { host: 'a', port: 0 }],
    ['advertised', null],
    ['release', 7],
    ['logVersion', '1'],
    ['clusterName', undefined],
    ['instance', {}],
  ])('with the %s %j is refused, and the field named', (field, value) => {
    const problem = readGreeting(json({ ...greeting, [field]: value }));
    expect(problem).toContain(field === 'advertised' ? 'advertised address' : field);
  });

  test('of anything else is refused with words, never an exception', () => {
    const garbage = fc.oneof(
      fc.uint8Array(),
      fc.json().map((text) => Buffer.from(text)),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        expect(typeof readGreeting(Buffer.from(bytes))).toBe('string');
        expect(readAddresses(Buffer.from(bytes))).toEqual([]);
        expect(readRefusal(Buffer.from(bytes)).text).toBe('without a reason');
      }),
    );
  });
});

test('a refusal travels with its text; an unknown code is still read', () => {
  const refusal = { code: 'cluster-name', text: 'not ours' } as const;
  expect(readRefusal(payloadOf(refusalFrame(refusal)))).toEqual(refusal);
  expect(readRefusal(json({ code: 'later', text: 'why' }))).toEqual({
    ...{ code: 'malformed', text: 'why' },
  });
  const long = refusalFrame({ code: 'version', text: 'x'.repeat(100_000) });
  expect(readRefusal(payloadOf(long)).text).toHaveLength(1_000);
});

test('a list of brokers is cut to what fits in one frame, and bad entries are left out', () => {
  const many = Array.from({ length: 1_000 }, (_, i) => ({
    ...{ memberId: String(i), host: `${'h'.repeat(240)}-${i}`, port: 1 },
  }));
  const frame = addressesFrame(many);
  expect(frame.length).toBeLessThan(64 * 1024);
  const read = readAddresses(payloadOf(frame));
  expect(read.length).toBeGreaterThan(100);
  expect(read).toEqual(many.slice(0, read.length));
  const list = [
    null,
    1,
    { memberId: '1', host: 'a', port: 0 },
    { memberId: '2', host: 'b', port: 5 },
  ];
  expect(readAddresses(json({ list }))).toEqual([{ memberId: '2', host: 'b', port: 5 }]);
});

test('the newest version that both speak is taken', () => {
  const range = (lowest: number, highest: number) => ({ lowest, highest });
  expect(commonVersion(range(1, 3), range(2, 5))).toBe(3);
  expect(commonVersion(range(2, 5), range(1, 3))).toBe(3);
  expect(commonVersion(range(1, 2), range(3, 4))).toBeNull();
  expect(commonVersion(range(3, 4), range(1, 2))).toBeNull();
  expect(readPrelude(Buffer.from('MLRS\x01\x01'))).toBeNull();
});
