// Where Millrace does something else than the reference, on purpose (observed.md section 1): exact numbers, null instead of Java exceptions, the
// FEEL standard for zoned times, no traps in positions.
import { describe, expect, test } from 'vitest';
import { resultOf, warningsOf } from './test-environment.ts';

describe('numbers keep every digit', () => {
  test.each([
    ['2 ** 64 + 42', '18446744073709551658'],
    ['10 / 3', '3.333333333333333333333333333333333'],
    ['1 / 3 * 3', '0.9999999999999999999999999999999999'],
    ['2 ** 0.5', '1.414213562373095048801688724209698'],
    ['sqrt(2)', '1.414213562373095048801688724209698'],
    ['exp(1)', '2.718281828459045235360287471352662'],
    ['log(10)', '2.302585092994045684017991454684364'],
    ['mean([1, 2, 2])', '1.666666666666666666666666666666667'],
    ['12345678901234567.89 + 0.01', '12345678901234567.9'],
    ['0.0000001', '0.0000001'],
    ['string(0.0000001)', '"0.0000001"'],
    ['1.5 * 10 ** 300', `15${'0'.repeat(299)}`],
    ['10 ** 7000', '1e+7000'],
  ])('%s', (source, expected) => expect(resultOf(source)).toBe(expected));

  test('a variable goes through unchanged, whatever its size and form', () => {
    for (const text of [
      '12345678901234567890123',
      '1.50',
      '1e400',
      '-0.000000000000000000000000000000000000001',
    ]) {
      expect(resultOf('x', {}, { x: text })).toBe(text);
      expect(resultOf('x.y', {}, { x: `{"y":${text}}` })).toBe(text);
    }
    expect(resultOf('x + 1', {}, { x: '12345678901234567890123' })).toBe('12345678901234567890124');
    expect(resultOf('[x]', {}, { x: '1e3' })).toBe('[1000]');
  });
});

describe('null with a reason instead of a failure', () => {
  test.each([
    ['modulo(7, 0)', 'division by zero'],
    ['log(0)', "expected a positive number but found '0'"],
    ['log(-1)', "expected a positive number but found '-1'"],
    ['substring("hello", 10)', `start position 10 is outside of '"hello"'`],
    ['substring("hello", -10)', `start position -10 is outside of '"hello"'`],
    ['substring("hello", 2, -1)', 'length -1 is negative'],
    ['stddev([1])', undefined],
    [
      'date and time(date and time("2024-03-10T10:00:00Z"), "Nowhere/X")',
      "unknown time zone 'Nowhere/X'",
    ],
  ])('%s', (source, reason) => {
    expect(resultOf(source)).toBe('null');
    if (reason === undefined) return;
    const name = source.slice(0, source.indexOf('('));
    expect(warningsOf(source)).toEqual([
      `[FUNCTION_INVOCATION_FAILURE] Failed to invoke function '${name}': ${reason}`,
    ]);
  });
  test('lists have no order', () => {
    expect(resultOf('[1] < [2]')).toBe('null');
    expect(warningsOf('[1] < [2]')).toEqual(["[NOT_COMPARABLE] Can't compare '[1]' with '[2]'"]);
  });
});

test.each([
  ['date and time("2024-03-10T10:00:00Z") = date and time("2024-03-10T11:00:00+01:00")', 'true'],
  ['@"2024-03-10T10:00:00@Europe/Berlin" = @"2024-03-10T10:00:00+01:00"', 'true'],
  ['time("10:00:00Z") = time("11:00:00+01:00")', 'true'],
  ['date and time("2024-03-10T10:00:00Z") < date and time("2024-03-10T11:00:00+01:00")', 'false'],
  ['date("2024-01-31") + duration("PT36H")', '"2024-02-01T12:00"'],
  ['date("2024-01-31") - duration("PT12H")', '"2024-01-30T12:00"'],
  ['string(duration("P1DT2H3M4.5S"))', '"P1DT2H3M4.5S"'],
  ['string(duration("PT-0.5S"))', '"-PT0.5S"'],
  ['remove([1, 2, 3], 0)', '[1,2,3]'],
  ['{a: 1} in [{a: 1}]', 'true'],
  ['"a\\\\b"', '"a\\\\\\\\b"'],
  ['for i in [1..3] return i * 2', '[2,4,6]'],
  ['[1..3].end', '3'],
  ['(function(x) x + 1)(2)', '3'],
  ['{f: function(a, b) a < b, r: sort([2, 1], f)}.r', '[1,2]'],
])('%s is %s', (source, expected) => expect(resultOf(source)).toBe(expected));

test('functions over lists that refuse to guess', () => {
  expect(resultOf('sublist(list: [1, 2], start position: 2)')).toBe('[2]');
});
