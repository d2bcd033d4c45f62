// What is on disk means the same in every release: numbers are only ever appended, and old entries decode for ever.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  decodeEntry,
  ENTRY_VERSION_MAX,
  ENTRY_VERSION_MIN,
  type EntryAnswer,
  EntryEncoder,
  entryAnswers,
  entryHeader,
  type LogRecord,
} from '@millrace/protocol';
import { describe, expect, test } from 'vitest';
import { brokenPromises, type NumberBook, numbersNow } from './number-book.ts';

const read = (file: string): unknown =>
  JSON.parse(readFileSync(path.join(import.meta.dirname, file), 'utf8'));

describe('the numbers on disk', () => {
  const book = read('numbers.json') as NumberBook;
  const now = numbersNow();

  test('are those of every release before', () => {
    expect(brokenPromises(book, now)).toEqual([]);
  });

  test('are all in the book; `node test/golden/append-numbers.ts` appends new ones', () => {
    expect(brokenPromises(now, book)).toEqual([]);
  });

  test('may be appended', () => {
    const grown: NumberBook = {
      entryKinds: { ...now.entryKinds, snapshot: 4 },
      families: { ...now.families, someday: 999 },
      valueTypes: { ...now.valueTypes, SOMEDAY: 7 },
      intents: {
        ...now.intents,
        JOB: { ...now.intents.JOB, FORGOTTEN: 99 },
        SOMEDAY: { CREATED: 0 },
      },
      fields: { ...now.fields, 'JOB version 2': ['type: name'] },
      words: { ...now.words, 'record type': [...(now.words['record type'] ?? []), 'QUERY'] },
    };
    expect(brokenPromises(now, grown)).toEqual([]);
    expect(brokenPromises(grown, now)).toHaveLength(7);
  });

  test.each<[string, Partial<NumberBook>, string]>([
    [
      'an entry kind',
      { entryKinds: { ...now.entryKinds, records: 9 } },
      'entry kind records was 1 and is 9',
    ],
    ['a family', { families: { ...now.families, job: 999 } }, 'family job was 40 and is 999'],
    [
      'a number given twice',
      { families: { ...now.families, someday: 40 } },
      'family someday and job both have 40',
    ],
    [
      'a value type',
      { valueTypes: { ...now.valueTypes, JOB: 99 } },
      'value type JOB was 0 and is 99',
    ],
    [
      'an intent',
      { intents: { ...now.intents, ERROR: { BAN: 1 } } },
      'intent of ERROR CREATED was 0 and is gone',
    ],
    [
      'a field',
      { fields: { ...now.fields, 'ERROR version 1': ['exceptionMessage: name'] } },
      'the fields of ERROR version 1 have changed',
    ],
    [
      'the order of words',
      { words: { ...now.words, 'record type': ['COMMAND', 'EVENT', 'COMMAND_REJECTION'] } },
      'the words of record type have changed',
    ],
  ])('may not be changed: %s', (_, change, line) => {
    expect(brokenPromises(now, { ...now, ...change })).toEqual([line]);
  });
});

describe.each([1, 2])('an entry of version %i', (version) => {
  const golden = read(`entry-version-${version}.golden.json`) as {
    readonly hex: readonly string[];
    readonly header: object;
    readonly answers: readonly EntryAnswer[];
    readonly records: readonly object[];
  };
  const bytes = new Uint8Array(Buffer.from(golden.hex.join(''), 'hex'));

  test('decodes to what was written into it', () => {
    expect(entryHeader(bytes)).toEqual(golden.header);
    expect(entryAnswers(bytes)).toEqual(golden.answers);
    expect(decodeEntry(bytes).map(plain)).toEqual(golden.records);
  });

  test('is written byte by byte as it was', () => {
    const encoder = new EntryEncoder();
    encoder.begin(3, 1001, 1_700_000_000_123, version);
    for (const record of decodeEntry(bytes)) encoder.add(record);
    const again = encoder.finish(123456, golden.answers);
    expect(Buffer.from(again).toString('hex')).toBe(golden.hex.join(''));
  });
});

test('every version that this release reads has its golden entry', () => {
  const versions = readdirSync(import.meta.dirname).filter((name) => name.startsWith('entry-'));
  expect(versions).toHaveLength(ENTRY_VERSION_MAX - ENTRY_VERSION_MIN + 1);
});

/** A record as it stands in the golden file. */
function plain(record: LogRecord): unknown {
  const text = JSON.stringify(record, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
  return JSON.parse(text);
}
