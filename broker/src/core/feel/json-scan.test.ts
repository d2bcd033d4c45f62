import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eachItem, eachMember, findMember, skipValue, unquote } from './json-scan.ts';
import { toJson } from './json-write.ts';
import { FeelContext, FeelList, readJson } from './values.ts';

/** JSON text with random white space between its tokens. */
function spaced(text: string, spaces: readonly string[]): string {
  let next = 0;
  return text.replace(/"(?:[^"\\]|\\.)*"|[[\]{},:]/g, (token) => {
    const space = spaces[next++ % Math.max(1, spaces.length)] ?? '';
    return /^[[{,:]$/.test(token) ? token + space : token;
  });
}

const space = fc.array(fc.constantFrom('', ' ', '\n', '\t', '  '), { maxLength: 5 });

describe('against JSON.parse', () => {
  test('members and items are found with their exact bounds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), space, (value, spaces) => {
        const text = spaced(JSON.stringify(value), spaces);
        expect(skipValue(text, 0)).toBe(text.length);
        const names: string[] = [];
        eachMember(text, (name, from, to) => {
          names.push(unquote(name));
          expect(JSON.parse(text.slice(from, to))).toEqual(
            JSON.parse(JSON.stringify(value[unquote(name)])),
          );
        });
        expect(names).toEqual(Object.keys(JSON.parse(text)));
        for (const name of names)
          expect(JSON.parse(findMember(text, name) ?? '')).toEqual(JSON.parse(text)[name]);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), space, (value, spaces) => {
        const text = spaced(JSON.stringify(value), spaces);
        const found: unknown[] = [];
        eachItem(text, (from, to) => found.push(JSON.parse(text.slice(from, to))) > 0);
        expect(found).toEqual(JSON.parse(text));
      }),
    );
  });

  test('values read and written again are the same', () => {
    /** Takes a value apart completely, so that nothing is copied as raw text. */
    const rebuilt = (value: ReturnType<typeof readJson>): ReturnType<typeof readJson> => {
      if (value instanceof FeelList) return new FeelList(value.items.map(rebuilt));
      if (!(value instanceof FeelContext)) return value;
      return new FeelContext(
        new Map(Array.from(value.entries, ([name, entry]) => [name, rebuilt(entry)])),
      );
    };
    const whole = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !/\d[eE]/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(whole, (value) => {
        const text = JSON.stringify(value);
        expect(JSON.parse(toJson(rebuilt(readJson(text))))).toEqual(JSON.parse(text));
        expect(toJson(readJson(text))).toBe(
          text.replaceAll('-0', (zero, at) => (text === '-0' && at === 0 ? '0' : zero)),
        );
      }),
    );
  });
});

test('the last of doubled names counts, once and on every further look-up', () => {
  const context = readJson('{"a":1,"b":3,"a":2}');
  if (!(context instanceof FeelContext)) throw new Error('no context');
  expect([context.get('a'), context.get('a'), context.entries.get('a')]).toEqual([2, 2, 2]);
});

test('names with escapes are found', () => {
  expect(findMember('{"a\\u0062":1}', 'ab')).toBe('1');
  expect(findMember('{"a\\"b":2,"\\\\":3}', '\\')).toBe('3');
  expect(findMember('{"x":{"ab":1}}', 'ab')).toBeUndefined();
});

test('strings of all lengths with escapes around the bound of the fast walk', () => {
  for (let length = 0; length < 80; length++) {
    for (const tail of ['', '\\\\', '\\"', '\\\\\\"', '"']) {
      const literal = JSON.stringify(`${'x'.repeat(length)}${tail}`);
      expect(skipValue(`${literal},"next"`, 0)).toBe(literal.length);
    }
  }
});

test('broken text ends the scan', () => {
  for (const text of [
    '{',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":1',
    '[',
    '[1',
    '[1,',
    '[[',
    '{"a":"',
    '"',
    '{,}',
    '{"a"1}',
  ]) {
    findMember(text, 'a');
    eachItem(text, () => true);
    expect(skipValue(text, 0)).toBeLessThanOrEqual(text.length);
  }
});

test('a list looked into twice gives the same items', () => {
  const list = new FeelList(null, '[ 1 , "b" ,{"c":[3]}]');
  expect([list.at(1), list.at(1), list.at(0), list.at(3)]).toEqual(['b', 'b', 1, undefined]);
  expect(list.items.map(toJson)).toEqual(['1', '"b"', '{"c":[3]}']);
});
