// Rounding of FEEL numbers to a number of digits after the point (negative: before it), and the functions that need an integer quotient.
// Guarantees: exact; the result is written with exactly `scale` digits (`decimal(1.5, 2)` is 1.50).
import type { Decimal as Library } from 'decimal.js';
import { Decimal, type FeelNumber, fromDecimal, toDecimal } from './number.ts';

export type RoundingMode =
  | 'up'
  | 'down'
  | 'half up'
  | 'half down'
  | 'half even'
  | 'floor'
  | 'ceiling';

const MODES: Readonly<Record<RoundingMode, Library.Rounding>> = {
  up: Decimal.ROUND_UP,
  down: Decimal.ROUND_DOWN,
  'half up': Decimal.ROUND_HALF_UP,
  'half down': Decimal.ROUND_HALF_DOWN,
  'half even': Decimal.ROUND_HALF_EVEN,
  floor: Decimal.ROUND_FLOOR,
  ceiling: Decimal.ROUND_CEIL,
};

/** Scales of IEEE decimal128; larger ones are cut to these. */
const MAX_SCALE = 6176;

/** `value` rounded to `scale` digits after the point. */
export function roundTo(
  value: FeelNumber,
  scale: number,
  mode: RoundingMode,
): FeelNumber | undefined {
  if (typeof value === 'number' && scale <= 0 && scale > -1) return value;
  const places = Math.max(-MAX_SCALE, Math.min(MAX_SCALE, scale));
  const exact = toDecimal(value);
  if (places >= 0) return fromDecimal(exact.toDecimalPlaces(places, MODES[mode]), places);
  const unit = new Decimal(`1e${-places}`);
  return fromDecimal(exact.dividedBy(unit).toDecimalPlaces(0, MODES[mode]).times(unit));
}

/** Remainder with the sign of the divisor; undefined for a zero divisor and for operands too far apart in size. */
export function modulo(dividend: FeelNumber, divisor: FeelNumber): FeelNumber | undefined {
  if (typeof dividend === 'number' && typeof divisor === 'number') {
    if (divisor === 0) return undefined;
    const rest = dividend % divisor;
    return (rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest) + 0;
  }
  const a = toDecimal(dividend);
  const b = toDecimal(divisor);
  if (b.isZero() || a.e - b.e > 1000) return undefined;
  const rest = a.mod(b);
  const scale = Math.max(a.decimalPlaces(), b.decimalPlaces());
  return fromDecimal(
    !rest.isZero() && rest.isNegative() !== b.isNegative() ? rest.plus(b) : rest,
    scale,
  );
}
