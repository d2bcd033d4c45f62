// Text forms of FEEL numbers: for `string()` and warnings (written zeros stay) and for JSON (plain decimals, every digit).
// Guarantees: no digit is lost or invented. Only beyond 6,145 digits (the range of IEEE decimal128) an exponent is used, so that one
// short expression such as 10**999999999 cannot fill the memory.
import { Dec, type Decimal, type FeelNumber } from './number.ts';

const MAX_PLAIN_DIGITS = 6145;

function shortText(unscaled: number, scale: number): string {
  const digits = String(Math.abs(unscaled)).padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${unscaled < 0 ? '-' : ''}${digits.slice(0, point)}.${digits.slice(point)}`;
}

function bigText(value: Decimal, scale: number): string {
  if (value.isZero()) return scale > 0 ? `0.${'0'.repeat(scale)}` : '0';
  if (Math.abs(value.e) > MAX_PLAIN_DIGITS) return value.toExponential();
  return value.toFixed(scale);
}

/** The number as `string()` shows it: `1.50` keeps its zero. */
export function numberText(value: FeelNumber): string {
  if (typeof value === 'number') return String(value);
  return value.big === null
    ? shortText(value.unscaled, value.scale)
    : bigText(value.big, value.scale);
}

/** The number as JSON text: plain decimal, without zeros at the end of the fraction. */
export function numberJson(value: FeelNumber): string {
  if (typeof value === 'number') return String(value);
  if (value.big !== null) return bigText(value.big, value.big.decimalPlaces());
  let { unscaled, scale } = value;
  while (scale > 0 && unscaled % 10 === 0) {
    unscaled /= 10;
    scale--;
  }
  return scale === 0 ? String(unscaled) : shortText(unscaled, scale);
}

/** A Dec of a whole value as a safe integer, every other value unchanged: for results that must be integers such as list positions. */
export function plainWhole(value: FeelNumber): FeelNumber {
  if (!(value instanceof Dec) || value.big !== null) return value;
  const whole = value.unscaled / 10 ** value.scale;
  return Number.isInteger(whole) && value.unscaled % 10 ** value.scale === 0 ? whole : value;
}
