import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  add,
  compareNumbers,
  divide,
  type FeelNumber,
  multiply,
  negate,
  parseNumber,
  power,
  subtract,
} from './number.ts';
import { numberJson, numberText } from './number-text.ts';
import { modulo, type RoundingMode, roundTo } from './rounding.ts';

/** The naive twin: an exact decimal of a bigint and a scale. */
interface Exact {
  readonly digits: bigint;
  readonly scale: number;
}

const pow10 = (exponent: number): bigint => 10n ** BigInt(exponent);

function exactText({ digits, scale }: Exact): string {
  const sign = digits < 0n ? '-' : '';
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return scale === 0 ? sign + text : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}

/** Plain JSON form of an exact decimal. */
function exactJson(value: Exact): string {
  const text = exactText(value);
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return short === '-0' ? '0' : short;
}

/** numerator / denominator at a scale, half to even. */
function quotient(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [
    numerator < 0n ? -numerator : numerator,
    denominator < 0n ? -denominator : denominator,
  ];
  const [whole, rest] = [n / d, n % d];
  const up = rest * 2n > d || (rest * 2n === d && whole % 2n === 1n);
  const result = whole + (up ? 1n : 0n);
  return negative ? -result : result;
}

/** Rounds to 34 significant digits, half to even. */
function rounded({ digits, scale }: Exact): Exact {
  const length = String(digits < 0n ? -digits : digits).length;
  if (length <= 34) return { digits, scale };
  const cut = length - 34;
  return rounded(
    scale >= cut
      ? { digits: quotient(digits, pow10(cut)), scale: scale - cut }
      : { digits: quotient(digits, pow10(cut)) * pow10(cut - scale), scale: 0 },
  );
}

const read = (text: string): FeelNumber => {
  const value = parseNumber(text, true);
  if (value === undefined) throw new Error(`no number: ${text}`);
  return value;
};
const json = (value: FeelNumber | undefined): string =>
  value === undefined ? 'undefined' : numberJson(value);

/** Decimals of all sizes around the bounds of the three forms. */
const decimal = fc
  .tuple(
    fc.oneof(
      fc.bigInt(-1000n, 1000n),
      fc.bigInt(-(2n ** 54n), 2n ** 54n),
      fc.bigInt(-(10n ** 17n), 10n ** 17n),
    ),
    fc.integer({ min: 0, max: 16 }),
  )
  .map(([digits, scale]): Exact => ({ digits, scale }));

describe('against exact arithmetic', () => {
  const both = (check: (a: Exact, b: Exact) => void) =>
    fc.assert(fc.property(decimal, decimal, check), { numRuns: 3000 });

  test('texts keep every digit and every written zero', () => {
    both((a) => {
      expect(numberText(read(exactText(a)))).toBe(exactText(a).replace(/^-(0(\.0+)?)$/, '$1'));
      expect(json(read(exactText(a)))).toBe(exactJson(a));
    });
  });
  test('sum and difference', () => {
    both((a, b) => {
      const scale = Math.max(a.scale, b.scale);
      const [left, right] = [a.digits * pow10(scale - a.scale), b.digits * pow10(scale - b.scale)];
      const [x, y] = [read(exactText(a)), read(exactText(b))];
      expect(json(add(x, y))).toBe(exactJson(rounded({ digits: left + right, scale })));
      expect(json(subtract(x, y))).toBe(exactJson(rounded({ digits: left - right, scale })));
    });
  });
  test('product', () => {
    both((a, b) => {
      const product = { digits: a.digits * b.digits, scale: a.scale + b.scale };
      expect(json(multiply(read(exactText(a)), read(exactText(b))))).toBe(
        exactJson(rounded(product)),
      );
    });
  });
  test('quotient', () => {
    both((a, b) => {
      const was = divide(read(exactText(a)), read(exactText(b)));
      if (b.digits === 0n) {
        expect(was).toBeUndefined();
        return;
      }
      // Enough digits that rounding twice cannot matter, with a sticky last one.
      const scale = 120;
      const numerator = a.digits * pow10(scale + b.scale);
      const denominator = b.digits * pow10(a.scale);
      const whole = numerator / denominator;
      const sticky =
        numerator % denominator === 0n ? 0n : numerator < 0n !== denominator < 0n ? -1n : 1n;
      const expected = rounded({ digits: whole * 10n + sticky, scale: scale + 1 });
      expect(json(was)).toBe(exactJson(expected));
    });
  });
  test('order', () => {
    both((a, b) => {
      const scale = Math.max(a.scale, b.scale);
      const difference = a.digits * pow10(scale - a.scale) - b.digits * pow10(scale - b.scale);
      const order = difference < 0n ? -1 : difference > 0n ? 1 : 0;
      expect(compareNumbers(read(exactText(a)), read(exactText(b)))).toBe(order);
    });
  });
  test('remainder has the sign of the divisor', () => {
    both((a, b) => {
      const was = modulo(read(exactText(a)), read(exactText(b)));
      if (b.digits === 0n) {
        expect(was).toBeUndefined();
        return;
      }
      const scale = Math.max(a.scale, b.scale);
      const [left, right] = [a.digits * pow10(scale - a.scale), b.digits * pow10(scale - b.scale)];
      const rest = left % right;
      const digits = rest !== 0n && rest < 0n !== right < 0n ? rest + right : rest;
      expect(json(was)).toBe(exactJson({ digits, scale }));
    });
  });
  test('rounding to a scale', () => {
    const modes: readonly RoundingMode[] = [
      'up',
      'down',
      'half up',
      'half down',
      'half even',
      'floor',
      'ceiling',
    ];
    fc.assert(
      fc.property(
        decimal,
        fc.integer({ min: -3, max: 6 }),
        fc.constantFrom(...modes),
        (a, scale, mode) => {
          const unit = pow10(Math.max(0, a.scale - scale));
          const at = scale >= a.scale ? a.digits : roundedBy(a.digits, unit, mode);
          const digits = scale >= a.scale ? a.digits * pow10(scale - a.scale) : at;
          const expected =
            scale >= 0 ? { digits, scale } : { digits: digits * pow10(-scale), scale: 0 };
          expect(json(roundTo(read(exactText(a)), scale, mode))).toBe(exactJson(rounded(expected)));
        },
      ),
      { numRuns: 3000 },
    );
  });
});

function roundedBy(digits: bigint, unit: bigint, mode: RoundingMode): bigint {
  const [whole, rest] = [digits / unit, digits % unit];
  if (rest === 0n) return whole;
  const away = digits < 0n ? whole - 1n : whole + 1n;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  switch (mode) {
    case 'up':
      return away;
    case 'down':
      return whole;
    case 'floor':
      return digits < 0n ? away : whole;
    case 'ceiling':
      return digits < 0n ? whole : away;
    case 'half up':
      return twice >= unit ? away : whole;
    case 'half down':
      return twice > unit ? away : whole;
    default:
      return twice > unit || (twice === unit && whole % 2n !== 0n) ? away : whole;
  }
}

describe('forms', () => {
  test('a safe integer is a plain number, never minus zero', () => {
    for (const value of [
      read('0'),
      read('-0'),
      multiply(0, -5),
      negate(0),
      divide(0, -3),
      add(1, -1),
      modulo(-4, 2),
    ]) {
      expect(Object.is(value, 0)).toBe(true);
    }
  });
  test.each([
    ['9007199254740993', '9007199254740993'],
    ['123456789012345678901234567890123456789012', '123456789012345678901234567890123456789012'],
    ['0.1234567890123456789012345678901234567890', '0.123456789012345678901234567890123456789'],
    ['1e3', '1000'],
    ['1E-7', '0.0000001'],
    ['1.5e300', `15${'0'.repeat(299)}`],
    ['-0.0', '0'],
  ])('JSON number %s is kept as %s', (text, expected) => {
    expect(json(parseNumber(text, false))).toBe(expected);
  });
  test.each(['', '-', '.', 'a', '1a', ' 1', '1 ', '0x10', 'Infinity', 'NaN', '1e', '1_000', '--1'])(
    '"%s" is no number',
    (text) => expect(parseNumber(text, false)).toBeUndefined(),
  );
  test.each([
    [2, 64, '18446744073709551616'],
    [2, -1, '0.5'],
    [10, 34, `1${'0'.repeat(34)}`],
    [-2, 3, '-8'],
    [0, 0, '1'],
  ])('%d to the power of %d', (base, exponent, expected) => {
    expect(json(power(base, exponent))).toBe(expected);
  });
});
