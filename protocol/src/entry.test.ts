// Entries: random records of every value type come back equal, cut back ones are gone, and damage is always named.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BytesError } from './bytes.ts';
import { catalog, type Intent, type ValueType } from './catalog.ts';
import { Document, EMPTY_DOCUMENT } from './document.ts';
import { decodeEntry, EntryEncoder, entryAnswers, entryHeader } from './entry.ts';
import { KEY_COUNTER_MAX, type Key, makeKey, NO_KEY, PARTITION_ID_MAX } from './keys.ts';
import { LogRecord, NO_OPERATION, NO_REQUEST, RECORD_TYPES, REJECTION_TYPES } from './record.ts';
import { recordJson } from './record-json.ts';
import type { FieldShape } from './schema.ts';
import { UnknownRecordError } from './unknown-record-error.ts';
import { EMPTY_JOB } from './values/job.ts';

const valueTypes = Object.keys(catalog) as ValueType[];
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.constantFrom('', 'order', '<default>', '\ud800', 'ü😀', 'x'.repeat(300)),
);
const key: fc.Arbitrary<Key> = fc.oneof(
  fc
    .tuple(fc.integer({ min: 1, max: PARTITION_ID_MAX }), fc.integer({ min: 1, max: 2 ** 31 - 1 }))
    .map(([partition, counter]) => makeKey(partition, counter)),
  fc.constantFrom(NO_KEY, 0 as Key, 7 as Key, makeKey(PARTITION_ID_MAX, KEY_COUNTER_MAX)),
);
const json = fc
  .dictionary(text, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.stringify(value));

/** Values that a field of this shape can hold. */
function holds(shape: FieldShape): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'key':
      return key;
    case 'int':
      return fc.oneof(fc.integer({ min: -2, max: 200 }), fc.maxSafeInteger());
    case 'bool':
      return fc.boolean();
    case 'name':
    case 'text':
      return text;
    case 'rawJson':
      return json;
    case 'document':
      return json.map((each) => (each === '{}' ? EMPTY_DOCUMENT : new Document(each)));
    case 'bytes':
      return fc.uint8Array({ maxLength: 40 });
    case 'word':
      return fc.constantFrom(...shape.words);
    case 'list':
      return shape.item.kind === 'none'
        ? fc.constant([])
        : fc.array(holds(shape.item), { maxLength: 3 });
    case 'struct':
      return fc.record(
        Object.fromEntries([...shape.fields].map(([name, each]) => [name, holds(each)])),
      );
    case 'distribution':
      return distribution();
    case 'none':
      throw new Error('such a field has no values');
  }
}

function distribution(): fc.Arbitrary<unknown> {
  const carried = valueTypes.filter((valueType) => valueType !== 'COMMAND_DISTRIBUTION');
  return fc.constantFrom(...carried).chain((valueType) =>
    fc.record({
      partitionId: fc.integer({ min: 1, max: 255 }),
      queueId: text,
      valueType: fc.constant(valueType),
      intent: fc.constantFrom(...Object.keys(catalog[valueType].intents)),
      commandValue: fc.option(holds(catalog[valueType].codec.shape), { nil: undefined }),
    }),
  );
}

interface Parts {
  readonly valueType: ValueType;
  readonly intent: string;
  readonly value: unknown;
  readonly key: Key;
  readonly type: (typeof RECORD_TYPES)[number];
  readonly back: number;
  readonly rejection: (typeof REJECTION_TYPES)[number] | undefined;
  readonly reason: string;
  readonly requestId: number;
  readonly operation: number;
  readonly processed: boolean;
}

function partsOf(valueType: ValueType): fc.Arbitrary<Parts> {
  return fc.record({
    valueType: fc.constant(valueType),
    intent: fc.constantFrom(...Object.keys(catalog[valueType].intents)),
    value: holds(catalog[valueType].codec.shape),
    key,
    type: fc.constantFrom(...RECORD_TYPES),
    back: fc.option(fc.integer({ min: -20, max: 1000 }), { nil: Number.NaN }),
    rejection: fc.option(fc.constantFrom(...REJECTION_TYPES), { nil: undefined }),
    reason: text,
    requestId: fc.oneof(fc.constant(NO_REQUEST), fc.maxSafeNat()),
    operation: fc.oneof(fc.constant(NO_OPERATION), fc.maxSafeNat()),
    processed: fc.boolean(),
  });
}

const anyParts = fc.oneof(...valueTypes.map(partsOf));
const timestamp = 1_700_000_000_123;

function recordOf(parts: Parts, first: number, place: number): LogRecord {
  return new LogRecord(
    parts.type,
    parts.valueType,
    parts.intent as Intent,
    parts.key,
    parts.value as never,
    first + place,
    Number.isNaN(parts.back) ? -1 : Math.max(-1, first - parts.back),
    timestamp,
    parts.rejection,
    parts.rejection === undefined ? '' : parts.reason,
    parts.requestId,
    parts.operation,
    parts.processed,
  ) as LogRecord;
}

/** Documents remember their members once asked; only the text counts here. */
const plain = (records: readonly LogRecord[]) =>
  records.map((record) => ({ ...record, value: JSON.stringify(record.value, asPlain) }));
const asPlain = (_: string, value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;

function encode(encoder: EntryEncoder, first: number, all: readonly Parts[], keyCounter = 0) {
  encoder.begin(3, first, timestamp);
  const records = all.map((parts, place) => recordOf(parts, first, place));
  for (const record of records) encoder.add(record);
  return { records, bytes: encoder.finish(keyCounter) };
}

describe('records', () => {
  const encoder = new EntryEncoder();

  test.each(valueTypes)('of type %s come back equal', (valueType) => {
    fc.assert(
      fc.property(partsOf(valueType), fc.integer({ min: 1, max: 2 ** 40 }), (parts, first) => {
        const { records, bytes } = encode(encoder, first, [parts]);
        const back = decodeEntry(bytes);
        expect(plain(back)).toEqual(plain(records));
        expect(back).toEqual(records);
      }),
      { numRuns: 200 },
    );
  });

  test('many of them in one entry come back in order, with the header', () => {
    fc.assert(
      fc.property(fc.array(anyParts, { maxLength: 25 }), fc.maxSafeNat(), (all, keyCounter) => {
        const { records, bytes } = encode(encoder, 77, all, keyCounter);
        expect(plain(decodeEntry(bytes))).toEqual(plain(records));
        expect(entryHeader(bytes)).toEqual({
          version: 1,
          partitionId: 3,
          recordCount: all.length,
          firstPosition: 77,
          timestamp,
          keyCounter,
        });
      }),
      { numRuns: 150 },
    );
  });

  test('are exported as JSON that can be read', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const line = recordJson(recordOf(parts, 5, 0), 3);
        expect(JSON.parse(line)).toMatchObject({
          valueType: parts.valueType,
          intent: parts.intent,
        });
        expect(line).not.toMatch(/[\r\n]/);
      }),
      { numRuns: 500 },
    );
  });

  test('every intent of every type comes back', () => {
    for (const valueType of valueTypes) {
      const [sample] = fc.sample(partsOf(valueType), { numRuns: 1, seed: 1 });
      const all = Object.keys(catalog[valueType].intents).map((intent) => ({ ...sample!, intent }));
      const back = decodeEntry(encode(encoder, 1, all).bytes);
      expect(back.map(({ intent }) => intent)).toEqual(Object.keys(catalog[valueType].intents));
    }
  });

  test('what was added after a mark is gone after the rollback, and more may follow', () => {
    const some = fc.array(anyParts, { maxLength: 6 });
    fc.assert(
      fc.property(some, some, some, (kept, dropped, later) => {
        encoder.begin(3, 10, timestamp);
        const stay = [...kept, ...later].map((parts, place) => recordOf(parts, 10, place));
        for (const record of stay.slice(0, kept.length)) encoder.add(record);
        const mark = encoder.mark();
        for (const [place, parts] of dropped.entries())
          encoder.add(recordOf(parts, 10, kept.length + place));
        encoder.rollback(mark);
        expect(encoder.count).toBe(kept.length);
        for (const record of stay.slice(kept.length)) encoder.add(record);
        expect(plain(decodeEntry(encoder.finish()))).toEqual(plain(stay));
      }),
      { numRuns: 150 },
    );
  });

  test('a record that cannot be written leaves the earlier ones whole after a rollback', () => {
    encoder.begin(3, 1, timestamp);
    const [parts] = fc.sample(partsOf('JOB'), { numRuns: 1, seed: 2 });
    const good = recordOf(parts!, 1, 0);
    encoder.add(good);
    const mark = encoder.mark();
    const bad = { ...EMPTY_JOB, deadline: Number.NaN };
    expect(() => encoder.add(recordOf({ ...parts!, value: bad }, 1, 1))).toThrow(RangeError);
    encoder.rollback(mark);
    expect(plain(decodeEntry(encoder.finish()))).toEqual(plain([good]));
  });
});

describe('what this release does not know is an UnknownRecordError', () => {
  const encoder = new EntryEncoder();
  const header = 35;
  const [job] = fc.sample(partsOf('JOB'), { numRuns: 1, seed: 3 });
  const [incident] = fc.sample(partsOf('INCIDENT'), { numRuns: 1, seed: 4 });
  /** Without any of the optional parts of the envelope. */
  const bare: Parts = {
    ...incident!,
    type: 'EVENT',
    key: NO_KEY,
    back: Number.NaN,
    rejection: undefined,
    requestId: NO_REQUEST,
    operation: NO_OPERATION,
    processed: false,
  };
  const refused: Parts = { ...bare, type: 'COMMAND_REJECTION', rejection: 'NOT_FOUND' };
  const changed = (parts: Parts, at: number, value: number) => {
    const { bytes } = encode(encoder, 1, [parts]);
    bytes[at] = value;
    return () => decodeEntry(bytes);
  };

  test.each([
    ['an entry version', changed(job!, 0, 3), 'entry version 3'],
    ['a value type', changed(job!, header + 1, 250), 'value type 250'],
    ['a value type in a gap', changed(job!, header + 1, 3), 'value type 3'],
    ['an intent', changed(job!, header + 2, 200), 'intent 200 of JOB'],
    ['an intent in a gap', changed(job!, header + 2, 9), 'intent 9 of JOB'],
    ['a rejection type', changed(refused, header + 3, 99), 'rejection type 99'],
    ['a record type', changed(bare, header, 3), 'record type 3'],
  ])('%s', (_, read, message) => {
    expect(read).toThrow(UnknownRecordError);
    expect(read).toThrow(`${message} is not known to this release`);
  });

  test('a word', () => {
    expect(changed(bare, header + 3, 200)).toThrow(UnknownRecordError);
  });
});

describe('damage', () => {
  const encoder = new EntryEncoder();
  const isNamed = (bytes: Uint8Array) => {
    try {
      for (const { value } of decodeEntry(bytes)) expect(value).toBeDefined();
    } catch (error) {
      if (!(error instanceof BytesError || error instanceof UnknownRecordError)) throw error;
    }
  };

  test('a cut at any byte is named', () => {
    const all = fc.sample(anyParts, { numRuns: 12, seed: 5 });
    const { bytes } = encode(encoder, 1, all);
    for (let end = 0; end < bytes.length; end++) {
      const cut = bytes.slice(0, end);
      expect(() => decodeEntry(cut)).toThrow(BytesError);
      if (end < 35) expect(() => entryHeader(cut)).toThrow(BytesError);
    }
  });

  test('changed bytes are named or give something else', () => {
    const edit = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(
        fc.array(anyParts, { minLength: 1, maxLength: 4 }),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (all, edits) => {
          const { bytes } = encode(encoder, 1, all);
          for (const [at, value] of edits) bytes[at % bytes.length] = value;
          isNamed(bytes);
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('random bytes behind a sound header are named or give something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), fc.nat(5), (noise, count) => {
        const { bytes } = encode(encoder, 1, []);
        const all = new Uint8Array(bytes.length + noise.length);
        all.set(bytes);
        all.set(noise, 35);
        all[6] = count;
        all[10] = 35 + (noise[0]! % noise.length);
        isNamed(all);
      }),
      { numRuns: 3000 },
    );
  });

  test('distributions within distributions do not run out of stack', () => {
    const { number, intents } = catalog.COMMAND_DISTRIBUTION;
    const nested = 200_000;
    const level = [0, 1, 0, number, intents.STARTED!, 1];
    const bytes = new Uint8Array(35 + 3 + nested * level.length + 1);
    bytes.set(encode(encoder, 1, []).bytes.subarray(0, 35));
    bytes.set([0, number, 0], 35);
    for (let i = 0; i < nested; i++) bytes.set(level, 38 + i * level.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(3, 1);
    view.setUint32(7, bytes.length - 2);
    bytes.set([1, 0], bytes.length - 2);
    expect(() => decodeEntry(bytes)).toThrow(BytesError);
  });
});

describe('the answers of an entry', () => {
  const pairs = fc.array(fc.record({ requestId: fc.maxSafeNat(), place: fc.nat(1) }));

  test('are read back in version 2, and left out of version 1', () => {
    fc.assert(
      fc.property(anyParts, anyParts, pairs, (one, other, answers) => {
        for (const version of [1, 2]) {
          const encoder = new EntryEncoder();
          encoder.begin(3, 1, 0, version);
          encoder.add(recordOf(one, 1, 0));
          encoder.add(recordOf(other, 1, 1));
          const bytes = encoder.finish(1, answers);
          expect(entryAnswers(bytes)).toEqual(version === 1 ? [] : answers);
          expect(decodeEntry(bytes)).toHaveLength(2);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('name records that are there, or the entry is neither written nor read', () => {
    const encoder = new EntryEncoder();
    encoder.begin(3, 1, 0, 2);
    expect(() => encoder.finish(1, [{ requestId: 1, place: 0 }])).toThrow(/names record 0 of 0/);
    encoder.begin(3, 1, 0, 2);
    fc.assert(
      fc.property(anyParts, (parts) => {
        encoder.begin(3, 1, 0, 2);
        encoder.add(recordOf(parts, 1, 0));
        const bytes = encoder.finish(1, [{ requestId: 1, place: 0 }]);
        bytes[bytes.length - 1] = 1;
        expect(() => entryAnswers(bytes)).toThrow(/names record 1 of 1/);
      }),
      { numRuns: 10 },
    );
  });
});
