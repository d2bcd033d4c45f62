// Functions over numbers (engine-semantics K.4). `modulo(7, 0)`, `log(0)` and the like are null with a reason (observed.md section 1).
import { displayText } from '../display-text.ts';
import type { Frame } from '../frame.ts';
import {
  compareNumbers,
  type FeelNumber,
  fromDecimal,
  isFeelNumber,
  isNegative,
  isZero,
  negate,
  toDecimal,
  truncated,
} from '../number.ts';
import { modulo, type RoundingMode, roundTo } from '../rounding.ts';
import { isDuration, negateDuration } from '../temporal-arithmetic.ts';
import { DayTimeDuration } from '../temporal-values.ts';
import type { FeelValue } from '../values.ts';
import { type Builtin, builtin, ILLEGAL, overload, Refusal, type Run } from './builtin.ts';

const abs: Run = (_frame, [value = null]) => {
  if (isFeelNumber(value)) return isNegative(value) ? negate(value) : value;
  if (!isDuration(value)) return ILLEGAL;
  const negative = value instanceof DayTimeDuration ? value.seconds < 0 : value.months < 0;
  return negative ? (negateDuration(value) ?? null) : value;
};

const rounding =
  (mode: RoundingMode): Run =>
  (_frame, [value, scale = 0]) => {
    if (!isFeelNumber(value) || !isFeelNumber(scale)) return ILLEGAL;
    return roundTo(value, truncated(scale), mode) ?? null;
  };

/** A function of one number; `compute` gives undefined when it has no value there. */
const ofNumber =
  (compute: (value: FeelNumber) => FeelValue | undefined, expected: string): Run =>
  (_frame, [value]) => {
    if (!isFeelNumber(value)) return ILLEGAL;
    return compute(value) ?? new Refusal(`expected ${expected} but found '${displayText(value)}'`);
  };

/** Beyond this exp() leaves the range of IEEE decimal128. */
const MAX_EXPONENT = 14_000;

const exp = (value: FeelNumber): FeelValue | undefined =>
  compareNumbers(value, MAX_EXPONENT) > 0 || compareNumbers(value, -MAX_EXPONENT) < 0
    ? undefined
    : fromDecimal(toDecimal(value).exp());

const remainder: Run = (_frame, [dividend, divisor]) => {
  if (!isFeelNumber(dividend) || !isFeelNumber(divisor)) return ILLEGAL;
  const result = modulo(dividend, divisor);
  if (result !== undefined) return result;
  return new Refusal(
    isZero(divisor) ? 'division by zero' : 'the dividend is too large for the divisor',
  );
};

const parity =
  (wanted: number): Run =>
  (_frame, [value]) => {
    if (!isFeelNumber(value)) return ILLEGAL;
    const rest = modulo(value, 2);
    return rest !== undefined && compareNumbers(rest, wanted) === 0;
  };

const randomNumber: Run = (frame: Frame) => {
  const value = frame.environment.random?.();
  return value === undefined
    ? new Refusal('no source of random numbers here')
    : (fromDecimal(toDecimal(Math.floor(value * 2 ** 53)).dividedBy(2 ** 53)) ?? null);
};

const scaled = (mode: RoundingMode) => overload(['n', 'scale'], rounding(mode));

export const NUMERIC_FUNCTIONS: readonly Builtin[] = [
  builtin('abs', overload(['number'], abs), overload(['n'], abs)),
  builtin('floor', overload(['n'], rounding('floor')), scaled('floor')),
  builtin('ceiling', overload(['n'], rounding('ceiling')), scaled('ceiling')),
  builtin('decimal', scaled('half even')),
  builtin('round up', scaled('up')),
  builtin('round down', scaled('down')),
  builtin('round half up', scaled('half up')),
  builtin('round half down', scaled('half down')),
  builtin('modulo', overload(['dividend', 'divisor'], remainder)),
  builtin(
    'sqrt',
    overload(['number'], (_frame, [value]) =>
      isFeelNumber(value) ? (fromDecimal(toDecimal(value).sqrt()) ?? null) : ILLEGAL,
    ),
  ),
  builtin(
    'log',
    overload(
      ['number'],
      ofNumber((value) => fromDecimal(toDecimal(value).ln()), 'a positive number'),
    ),
  ),
  builtin(
    'exp',
    overload(['number'], ofNumber(exp, `a number between -${MAX_EXPONENT} and ${MAX_EXPONENT}`)),
  ),
  builtin('odd', overload(['number'], parity(1))),
  builtin('even', overload(['number'], parity(0))),
  builtin('random number', overload([], randomNumber)),
];
