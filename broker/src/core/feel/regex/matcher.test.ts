import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { regexOf } from './matcher.ts';

const free = () => {};

/** Bounds of all matches by the runtime's engine. Groups are left out: Java keeps those of earlier rounds of a loop, the runtime does not. */
function twin(pattern: string, flags: string, input: string) {
  return Array.from(input.matchAll(new RegExp(pattern, `g${flags}`)), (match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

// Without `^`: the runtime itself misses matches of patterns that have it in the middle.
const atom = fc.constantFrom(
  'a',
  'b',
  '.',
  '\\d',
  '\\w',
  '[ab]',
  '[^a]',
  '[0-9a]',
  '$',
  '\\b',
  'ab',
  '1',
  '\\s',
  '(?=a)',
  '(?!b)',
  '(?<=a)',
  '(?<!b)',
);
const quantifier = fc.constantFrom(
  '',
  '',
  '',
  '*',
  '+',
  '?',
  '*?',
  '+?',
  '??',
  '{2}',
  '{1,2}',
  '{0,3}?',
);
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc.oneof(
    { maxDepth: 3 },
    // A quantifier after an assertion is invalid for the runtime's Unicode mode only; leave it out.
    fc
      .tuple(atom, quantifier)
      .map(([text, times]) => (/^(\^|\$|\\b|\(\?)/.test(text) ? text : text + times)),
    fc
      .tuple(tie('pattern'), fc.constantFrom('', '*', '+', '?', '{1,2}'))
      .map(([inner, times]) => `(?:${inner})${times}`),
    tie('pattern').map((inner) => `(${inner})`),
  ),
  pattern: fc
    .array(fc.array(tie('piece'), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 2 })
    .map((options) => options.map((parts) => parts.join('')).join('|')),
}));

test('matches like the runtime', () => {
  const input = fc.string({ unit: fc.constantFrom('a', 'b', '1', ' ', '\n', 'A'), maxLength: 7 });
  fc.assert(
    fc.property(pattern, input, fc.constantFrom('', 'i', 's', 'm'), (source, text, flags) => {
      const regex = regexOf(source, flags);
      if (regex === undefined) throw new Error(`refused: ${source}`);
      // `$` before a last line feed is Java's meaning; the runtime's is the very end.
      fc.pre(!(source.includes('$') && text.endsWith('\n')) && !source.includes('$'.repeat(2)));
      const bounds = regex.findAll(text, free).map(({ start, end }) => ({ start, end }));
      expect(bounds).toEqual(twin(source, flags, text));
    }),
    { numRuns: 300 },
  );
});

describe('forms', () => {
  const found = (source: string, input: string, flags = ''): string | undefined =>
    regexOf(source, flags)?.find(input, 0, free)?.groups.join('|');
  test.each([
    ['(a)(b)?', 'ab', 'ab|a|b'],
    ['(\\w)\\1', 'abccd', 'cc|c'],
    ['(?<year>\\d{4})-(?<month>\\d\\d)', 'on 2024-03', '2024-03|2024|03'],
    ['(?i)AB(?-i)c', 'xabc', 'abc'],
    ['\\p{Lu}\\p{L}*', 'der Äpfel', 'Äpfel'],
    ['[\\p{Alpha}&&[^aeiou]]+', 'aexyz', 'xyz'],
    ['[a-z-[aeiou]]+', 'aexyz', 'xyz'],
    ['\\Qa.b\\E', 'axb a.b', 'a.b'],
    ['a++b', 'aaab', 'aaab'],
    ['\\x41\\u0042\\x{43}', 'ABC', 'ABC'],
    ['.', '😀', '😀'],
    ['[\\w.-]+@[\\w-]+\\.\\w+', 'to: a.b-c@d-e.org', 'a.b-c@d-e.org'],
    ['^b$', 'a\nb\nc', 'b', 'm'],
    ['a.b', 'a\nb', 'a\nb', 's'],
    ['a$', 'a\n', 'a'],
    ['[]a]', ']', ']'],
  ])('%s in %j', (source, input, expected, flags = '') => {
    expect(found(source, input, flags)).toBe(expected);
  });
  test('a possessive quantifier and an atomic group give nothing back', () => {
    expect(found('a++a', 'aaa')).toBeUndefined();
    expect(found('(?>a|ab)c', 'abc')).toBeUndefined();
  });
  test.each([
    '(',
    ')',
    '[',
    '*a',
    'a{2,1}',
    '\\',
    '[z-a]',
    '(?<n>a)\\k<m>',
    '\\2(a)',
    '(?',
    'a**',
    '\\p{Nonsense}',
    '[',
    '[a',
  ])('%s is refused', (source) => expect(regexOf(source, '')).toBeUndefined());
});

test('a pattern that would run for years stops at the budget', () => {
  let left = 100_000;
  const charge = (steps: number) => {
    left -= steps;
    if (left < 0) throw new Error('used up');
  };
  for (const source of ['(a+)+$', '(a|aa)+$', '(a*)*b', '^(\\w+\\s?)*$', '(.*)*x']) {
    left = 100_000;
    expect(() => regexOf(source, '')?.find(`${'a'.repeat(40)}!`, 0, charge)).toThrow('used up');
  }
});
