import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compileExpression, evaluate } from './index.ts';
import { environmentOf, expressionOf, resultOf } from './test-environment.ts';

describe('the scenarios recorded on the reference', () => {
  const numbers = { numbers: [1, 2, 3] };
  test.each([
    ['0.1 + 0.2', '0.3'],
    ['10 / 4', '2.5'],
    ['10 / 2', '5'],
    ['"order " + string(7)', '"order 7"'],
    ['substring("hello", 2, 3)', '"ell"'],
    ['[1, 2, 3, 4][item > 2]', '[3,4]'],
    ['for n in numbers return n * 2', '[2,4,6]'],
    ['sum(numbers)', '6'],
    ['nothing + 1', 'null'],
    ['get or else(nothing, "none")', '"none"'],
    ['is defined(numbers)', 'true'],
    ['if count(numbers) > 2 then "many" else "few"', '"many"'],
    ['date("2024-01-31") + duration("P1M")', '"2024-02-29"'],
    ['date and time("2024-03-10T10:00:00Z") - date and time("2024-03-09T12:30:00Z")', '"PT21H30M"'],
    ['duration("PT36H") > duration("P1D")', 'true'],
    ['day of week(date("2024-03-10"))', '"Sunday"'],
  ])('%s', (source, expected) => expect(resultOf(source, numbers)).toBe(expected));
  test('script', () =>
    expect(resultOf('price * quantity + 0.1', { price: 0.2, quantity: 3 })).toBe('0.7'));
});

describe('what does not parse', () => {
  const message = (source: string): string => {
    const result = compileExpression(`=${source}`);
    return result.ok ? 'compiles' : result.message;
  };
  test.each([
    ['a b', 'unexpected "b" (a name with spaces is written in backticks) (line 1, column 3)'],
    ['x.a b', 'unexpected "b" (a name with spaces is written in backticks) (line 1, column 5)'],
    ['1 +', 'expected an expression, found the end of the text (line 1, column 4)'],
    ['1 +\n  * 2', 'unexpected "* 2" (line 2, column 3)'],
    ['1e3', 'number "1e3" has an exponent, which FEEL does not know (line 1, column 1)'],
    ['1 < 2 < 3', 'comparisons cannot be chained; use "and" or parentheses (line 1, column 1)'],
    ['a = b = c', 'comparisons cannot be chained; use "and" or parentheses (line 1, column 1)'],
    ['+3', '"+" needs an operand on its left (line 1, column 1)'],
    ['a ^ 2', 'unknown operator "^" (line 1, column 1)'],
    ['if true then 1', 'expected an expression, found the end of the text (line 1, column 15)'],
    ['a?', 'unexpected "?" (line 1, column 2)'],
    ['"open', 'unexpected ""open" (line 1, column 1)'],
    ['contains("abc", match: "a")', 'unexpected ": "a")" (line 1, column 22)'],
    ['[1,]', 'expected an expression, found the end of the text (line 1, column 5)'],
  ])('%j', (source, detail) => {
    expect(message(source)).toBe(`failed to parse expression '${source}': ${detail}`);
  });
  test.each([
    '',
    ' ',
    ')',
    '(',
    '// only',
    '1.',
    '@a',
    "a'b",
    'for i in',
    'function',
    '{a:1,}',
    '{a 1}',
    '1 2',
    '@"P1D" instance of day-time-duration',
  ])('%j', (source) => {
    if (source === '') return expect(expressionOf('=').isStatic).toBe(true);
    expect(message(source)).toContain(`failed to parse expression '${source}': `);
  });
});

describe('names', () => {
  test.each([
    ['$a + a$b', { $a: 1, a$b: 2 }, '3'],
    ['`a-b` + `c d`', { 'a-b': 1, 'c d': 2 }, '3'],
    ['a-b', { a: 5, b: 1, 'a-b': 9 }, '4'],
    ['äöü_1', { äöü_1: 1 }, '1'],
    ['{`x y`: 1, 12: 2, "z": 3}', {}, '{"x y":1,"12":2,"z":3}'],
    ['orders and android', { orders: true, android: false }, 'false'],
    ['date + time + duration + list', { date: 1, time: 2, duration: 3, list: 4 }, '10'],
    ['and([true, false]) or or([false, true])', {}, 'true'],
    ['"and (x" + "`a`:" + "$"', {}, '"and (x`a`:$"'],
    ['string length("a") + count([1])', {}, '2'],
    ['1 /* and ( */ + 2 // $ `', {}, '3'],
  ])('%s', (source, variables, expected) => expect(resultOf(source, variables)).toBe(expected));

  test.each([
    ['a + b.c', ['a', 'b']],
    ['{x: a, y: x}', ['a']],
    ['for i in list return i + j', ['j', 'list']],
    ['[1][item > limit]', ['limit']],
    ['function(p) p + q', ['q']],
    ['some s in xs satisfies s > 1', ['xs']],
    ['1 + 1', []],
  ])('%s reads %j', (source, names) =>
    expect([...expressionOf(`=${source}`).variables].sort()).toEqual(names),
  );
});

describe('closures', () => {
  test.each([
    ['{y: 5, f: function(x) x + y, r: f(2)}.r', '7'],
    [
      '{fs: for i in [1, 2, 3] return {f: function(x) x + i}, r: for f in fs return f.f(10)}.r',
      '[11,12,13]',
    ],
    ['{add: function(a) function(b) a + b, r: (add(1))(2)}.r', '3'],
    ['{f: function(x) for i in 1..x return i * x, r: f(3)}.r', '[3,6,9]'],
    ['{twice: function(g, x) g(g(x)), r: twice(function(n) n * n, 3)}.r', '81'],
    ['for i in 1..2 return [3, 4][item > i + 1]', '[[3,4],[4]]'],
    ['{f: function(x) x, a: [f(1), f(2)], b: f(x: 3)}.a', '[1,2]'],
  ])('%s', (source, expected) => expect(resultOf(source)).toBe(expected));
});

describe('every evaluation ends', () => {
  const STOPPED =
    'stopped after 10000000 steps, the limit of one evaluation; use smaller lists or fewer nested loops';
  test.each([
    ['for i in 1..1000000000 return i', STOPPED],
    ['for i in 1..100000, j in 1..100000 return 1', STOPPED],
    ['some i in 1..10000, j in 1..10000 satisfies false', STOPPED],
    ['for i in 1..64 return if i = 1 then "0123456789" else partial[-1] + partial[-1]', STOPPED],
    ['for i in 1..64 return if i = 1 then [1] else concatenate(partial[-1], partial[-1])', STOPPED],
    ['count(distinct values(for i in 1..20000 return [i]))', STOPPED],
    [`matches("${'a'.repeat(40)}!", "(a+)+$")`, STOPPED],
    ['{f: function(g) g(g), r: f(f)}', 'functions call each other deeper than 200 levels'],
    [
      'for i in 1..2000 return if i = 1 then [] else [partial[-1]]',
      'the result is nested deeper than 1000 levels',
    ],
    [
      'for i in 1..64 return if i = 1 then [1] else [partial[-1], partial[-1]]',
      'the result is larger than 8388608 characters',
    ],
  ])('%s', (source, reason) => {
    expect(resultOf(source)).toBe(`failed to evaluate expression '${source}': ${reason}`);
  });
  test('numbers far out of range stay small as text', () => {
    expect(resultOf('10 ** 999999999')).toBe('1e+999999999');
    expect(resultOf('decimal(1/3, 999999999)')).toBe('0.3333333333333333333333333333333333');
    expect(resultOf('modulo(10 ** 999999999, 3)')).toBe('null');
  });
  test('nesting of the text is bounded', () => {
    const deep = `${'('.repeat(1000)}1${')'.repeat(1000)}`;
    const result = compileExpression(`=${deep}`);
    expect(result.ok ? '' : result.message).toContain('nested deeper than 500 levels');
    expect(resultOf(`${'('.repeat(400)}1${')'.repeat(400)}`)).toBe('1');
    expect(resultOf(`${'x['.repeat(30)}1${']'.repeat(30)}`, { x: [1] })).toBe('1');
    expect(compileExpression(`=${'n'.repeat(190_000)}`).ok).toBe(false);
  });
});

test('nothing that is typed in throws or hangs', () => {
  const words = [
    '1',
    'a',
    '"s"',
    '@"P1D"',
    'if',
    'then',
    'else',
    'for',
    'in',
    'return',
    'some',
    'satisfies',
    'and',
    'or',
    '+',
    '-',
    '*',
    '/',
    '**',
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '.',
    '..',
    '=',
    '<',
    '>=',
    '!=',
    'function',
    'not',
    'item',
    'null',
    'true',
    'between',
    'instance of',
    'date',
    '?',
    '`b c`',
    '$',
    '//',
    '/*',
    '"',
    '\n',
  ];
  const source = fc.array(
    fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...words) }, fc.string()),
    { maxLength: 25 },
  );
  fc.assert(
    fc.property(source, (parts) => {
      const result = compileExpression(`=${parts.join(' ')}`);
      if (!result.ok)
        expect(result.message).toMatch(
          /^failed to parse expression '[\s\S]*': [\s\S]* \(line \d+, column \d+\)$/,
        );
      else
        expect(['value', 'failure']).toContain(
          evaluate(result.expression, environmentOf({ a: [1, { b: 2 }] })).kind,
        );
    }),
    { numRuns: 3000 },
  );
});
