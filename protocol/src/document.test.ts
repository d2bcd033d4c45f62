// Documents: raw members, made from outside text or from members, and what is refused.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Document, documentOf, EMPTY_DOCUMENT, parseDocument } from './document.ts';
import { JsonTextError } from './json-text.ts';

const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 3 }));

describe('a document from outside', () => {
  test('means what its text means, without white space', () => {
    fc.assert(
      fc.property(object, fc.nat(3), (value, indent) => {
        const document = parseDocument(JSON.stringify(value, undefined, indent));
        expect(JSON.parse(document.text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(document.text).not.toContain('\n');
        expect(document.entries.map(({ name }) => name).sort()).toEqual(Object.keys(value).sort());
        for (const { json } of document.entries) expect(document.text).toContain(json);
      }),
    );
  });

  test('has each name once, with its last value in its first place', () => {
    const document = parseDocument('{"a":1,"b":2, "\\u0061":3.00}');
    expect(document.text).toBe('{"a":3.00,"b":2}');
    expect(document.entries).toEqual([
      { name: 'a', json: '3.00' },
      { name: 'b', json: '2' },
    ]);
  });

  test.each(['{"a":1 2}', '{"a":- 1}', '{"a":tr ue}', '{"a":1}}', '{"a":1', '[]', '1', '', ' '])(
    'is refused when white space alone would make it JSON, or it is none: %j',
    (text) => {
      expect(() => parseDocument(text)).toThrow(JsonTextError);
    },
  );

  test('an error names the place in the text as it came', () => {
    expect(() => parseDocument('{\n  "a": 1,\n  b: 2\n}')).toThrow('at line 3, column 3');
  });

  test('without members is the empty document', () => {
    for (const text of ['{}', ' { \n } ']) expect(parseDocument(text)).toBe(EMPTY_DOCUMENT);
  });
});

describe('a document of members', () => {
  test('is JSON with these members, names quoted and values as they are', () => {
    const entries = [
      { name: 'a"b', json: '1.10' },
      { name: 'c\n', json: '[ 1 ]' },
    ];
    const document = documentOf(entries);
    expect(document.text).toBe('{"a\\"b":1.10,"c\\n":[ 1 ]}');
    expect(document.entries).toBe(entries);
    expect(new Document(document.text).entries).toEqual(entries);
    expect(documentOf([])).toBe(EMPTY_DOCUMENT);
  });

  test('is split again into the same members', () => {
    fc.assert(
      fc.property(object, (value) => {
        const entries = Object.entries(value).map(([name, each]) => ({
          name,
          json: JSON.stringify(each),
        }));
        expect(new Document(documentOf(entries).text).entries).toEqual(entries);
      }),
    );
  });

  test('knows when it is empty', () => {
    expect(
      [new Document('{}'), new Document('{ }'), new Document('{"a":1}')].map((d) => d.isEmpty),
    ).toEqual([true, true, false]);
  });
});
