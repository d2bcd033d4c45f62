// Our reading of JSON against the platform's: the same texts are accepted, with the same meaning, and no digit is lost.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compactJson,
  JsonTextError,
  rootType,
  skipValue,
  splitObject,
  stringOf,
} from './json-text.ts';
import { JSON_DEPTH_MAX } from './limits.ts';

const space = fc.constantFrom('', '', '', ' ', '\n', '\r\n\t ', '  ');
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('0', '-0', '0.10', '1E5', '1e+05', '12345678901234567890.0123456789', '-0.0e-0'),
);
const rawString = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '"\\u0041"',
    '"\\/"',
    '"\\ud83d\\uDE00"',
    '"😀"',
    '"\\ud800"',
    '"\\"\\\\"',
    '"\u2028"',
    '"\\u0000 x"',
    '"é"',
  ),
);

/** JSON texts with everything that may stand in them. */
const { value: jsonText, object: objectText } = fc.letrec<{
  value: string;
  object: string;
  list: string;
}>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    number,
    rawString,
    fc.constantFrom('true', 'false', 'null'),
    tie('list'),
    tie('object'),
  ),
  list: fc
    .array(fc.tuple(space, tie('value'), space), { maxLength: 4 })
    .map((items) => `[${items.map((item) => item.join('')).join(',')}]`),
  object: fc
    .array(fc.tuple(space, rawString, space, fc.constant(':'), space, tie('value'), space), {
      maxLength: 4,
    })
    .map((members) => `{${members.map((member) => member.join('')).join(',')}}`),
}));

const noise = fc.constantFrom(
  ...'{}[]":,\\ \n\t-+.eE0019tfnulrax/\u0000\u001f\u00a0\ufeff\u2028\ud800é'.split(''),
  '//',
  '\\u',
  'true',
  '1e',
  '""',
);

/** The text with some of its characters changed, taken out, doubled or swapped for noise. */
const mutated = fc
  .tuple(
    fc.oneof(jsonText, objectText),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), noise), { minLength: 1, maxLength: 3 }),
  )
  .map(([text, edits]) => {
    let out = text;
    for (const [place, kind, piece] of edits) {
      const at = place % (out.length + 1);
      const cut = kind === 0 ? 0 : kind === 1 ? 1 : 1 + (place % 7);
      out = out.slice(0, at) + (kind === 1 ? '' : piece) + out.slice(at + cut);
    }
    return out;
  });

function accepts(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof JsonTextError || error instanceof SyntaxError) return false;
    throw error;
  }
}

/** Our check of a whole text. */
function checkText(text: string): void {
  const from = /^[ \n\r\t]*/.exec(text)?.[0].length ?? 0;
  const to = skipValue(text, from);
  if (/[^ \n\r\t]/.test(text.slice(to))) throw new JsonTextError('more follows', text, to);
}

const isPlainObject = (value: unknown) =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

describe('what is JSON', () => {
  test('every JSON text is accepted', () => {
    fc.assert(
      fc.property(jsonText, (text) => checkText(text)),
      { numRuns: 2000 },
    );
  });

  test('a mutated text is accepted exactly when the platform accepts it', () => {
    let refused = 0;
    fc.assert(
      fc.property(mutated, (text) => {
        const isJson = accepts(() => JSON.parse(text));
        if (!isJson) refused++;
        expect(
          accepts(() => checkText(text)),
          text,
        ).toBe(isJson);
        const isObject = isJson && isPlainObject(JSON.parse(text));
        expect(
          accepts(() => splitObject(text)),
          text,
        ).toBe(isObject);
      }),
      { numRuns: 10_000 },
    );
    expect(refused).toBeGreaterThan(3000);
  });

  test('random characters are no crash', () => {
    fc.assert(
      fc.property(fc.string({ unit: noise, maxLength: 30 }), (text) => {
        expect(
          accepts(() => checkText(text)),
          text,
        ).toBe(accepts(() => JSON.parse(text)));
      }),
      { numRuns: 5000 },
    );
  });
});

describe('depth', () => {
  const nested = (depth: number, open: string, close: string) =>
    `${open.repeat(depth)}1${close.repeat(depth)}`;

  test('is bounded, in lists and objects', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
      ['[{"a":', '}]'],
    ] as const) {
      const levels = open.length > 5 ? 2 : 1;
      const fits = nested(JSON_DEPTH_MAX / levels, open, close);
      expect(skipValue(fits, 0)).toBe(fits.length);
      const tooDeep = nested(JSON_DEPTH_MAX / levels + 1, open, close);
      expect(() => skipValue(tooDeep, 0)).toThrow(
        'nested deeper than 1000 levels at line 1, column',
      );
    }
  });

  test('of a million costs no stack', () => {
    const text = `{"a":${'['.repeat(1_000_000)}`;
    expect(() => splitObject(text)).toThrow(JsonTextError);
    expect(() => skipValue('[ '.repeat(1_000_000), 0)).toThrow(JsonTextError);
  });
});

describe('members', () => {
  test('have the names and values of the platform; of doubled names the last counts, in the first place', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const entries = splitObject(text);
        const value = JSON.parse(text) as Record<string, unknown>;
        for (const { name, json } of entries) {
          expect(JSON.parse(json)).toEqual(Object.getOwnPropertyDescriptor(value, name)?.value);
          expect(text).toContain(json);
        }
        expect(entries.map(({ name }) => name).sort()).toEqual(Object.keys(value).sort());
      }),
      { numRuns: 2000 },
    );
  });

  test('keep the order of the text, whatever their names are', () => {
    const text = '{"b":1,"__proto__":2,"10":3,"a":4,"b":5,"":6,"2":7,"\\u0061":8}';
    expect(splitObject(text)).toEqual([
      { name: 'b', json: '5' },
      { name: '__proto__', json: '2' },
      { name: '10', json: '3' },
      { name: 'a', json: '8' },
      { name: '', json: '6' },
      { name: '2', json: '7' },
    ]);
  });

  test('are slices of the text, digit by digit', () => {
    expect(splitObject(' { "a" : 1.10 , "b":[ 1 ] } ')).toEqual([
      { name: 'a', json: '1.10' },
      { name: 'b', json: '[ 1 ]' },
    ]);
  });

  test('names are unescaped', () => {
    fc.assert(
      fc.property(rawString, (literal) => {
        expect(stringOf(`x${literal}y`, 1, literal.length + 1)).toBe(JSON.parse(literal));
      }),
    );
  });
});

describe('the compact form', () => {
  const tokens = (text: string) =>
    text.match(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[a-z]+|[{}[\],:]/g) ?? [];
  const numbers = (text: string) => tokens(text).filter((token) => /^[-\d]/.test(token));

  test('means the same and keeps every digit', () => {
    fc.assert(
      fc.property(jsonText, (text) => {
        const compact = compactJson(text);
        expect(JSON.parse(compact)).toEqual(JSON.parse(text));
        expect(numbers(compact)).toEqual(numbers(text));
        expect(tokens(compact).join('')).toBe(compact);
        expect(compactJson(compact)).toBe(compact);
      }),
      { numRuns: 3000 },
    );
  });

  test('equal strings have equal texts', () => {
    for (const literal of ['"/"', '"\\/"', '"\\u002f"', '"\\u002F"'])
      expect(compactJson(literal)).toBe('"/"');
    for (const literal of ['"😀"', '"\\ud83d\\uDE00"'])
      expect(compactJson(literal)).toBe('"\\uD83D\\uDE00"');
    expect(compactJson('["\\u00e9", "\\n", "\\u000a" ]')).toBe('["é","\\n","\\n"]');
    expect(compactJson('"\\ud800"')).toBe('"\\uD800"');
  });
});

describe('an error', () => {
  test.each([
    ['{"a":1,}', "unexpected character '}'", 1, 8],
    ['{"a" 1}', "unexpected character '1'", 1, 6],
    ['{\n  "a": tru\n}', "unexpected character 't'", 2, 8],
    ['{\n\n"a":"x\ty"}', 'control character in a string', 3, 7],
    ['{"a":"\\x"}', "unknown escape '\\x'", 1, 7],
    ['{"a":"\\u12"}', 'incomplete \\u escape', 1, 7],
    ['{"a":"', 'a string does not end', 1, 6],
    ['{"a":1', 'unexpected end of the text', 1, 7],
    ['{"a":1.}', 'digits are missing', 1, 8],
    ['{"a":01}', "unexpected character '1'", 1, 7],
    ['{} x', "unexpected character 'x'", 1, 4],
    ['[]', "unexpected character '['", 1, 1],
    ['', 'unexpected end of the text', 1, 1],
  ])('in %j names cause, line and column', (text, message, line, column) => {
    const error = (() => {
      try {
        return splitObject(text);
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(JsonTextError);
    expect(error).toMatchObject({
      line,
      column,
      message: `${message} at line ${line}, column ${column}`,
    });
  });
});

test('the type of a root is told by its first character', () => {
  const roots = ['{}', ' [1]', '"a"', 'true', 'false', 'null', '-12', '1.0', '1e3'];
  expect(roots.map(rootType)).toEqual([
    'OBJECT',
    'ARRAY',
    'STRING',
    'BOOLEAN',
    'BOOLEAN',
    'NIL',
    'INTEGER',
    'FLOAT',
    'FLOAT',
  ]);
});
