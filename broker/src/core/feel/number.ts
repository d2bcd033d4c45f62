// FEEL numbers: exact decimals with 34 significant digits, rounded half-even (the range of IEEE decimal128).
//
// Guarantees: nothing is ever rounded through a binary double. A value has one of three forms, the first that fits:
//   1. a JavaScript number, only for safe integers written without digits after the point;
//   2. a Dec with a safe integer and a scale: `12.50` is 1250 with scale 2 (money stays in integer arithmetic);
//   3. a Dec that holds a Decimal of the library, for everything longer.
// The scale also remembers written zeros (`1.50`), because `string(1.50)` is "1.50"; it never matters for a comparison.
// Leaves to others: text for people and JSON (number-text.ts), rounding functions (rounding.ts).
import { Decimal as BaseDecimal } from 'decimal.js';

/** The library's constructor with the precision and rounding of FEEL; results of operations are rounded to 34 digits. */
export const Decimal: typeof BaseDecimal = BaseDecimal.clone({
  precision: 34,
  rounding: BaseDecimal.ROUND_HALF_EVEN,
  defaults: true,
});
export type Decimal = BaseDecimal;

/** A decimal that is no plain safe integer: `unscaled / 10^scale` when `big` is null, else `big`. */
export class Dec {
  readonly unscaled: number;
  readonly scale: number;
  readonly big: Decimal | null;
  constructor(unscaled: number, scale: number, big: Decimal | null) {
    this.unscaled = unscaled;
    this.scale = scale;
    this.big = big;
  }
}

export type FeelNumber = number | Dec;

const POWERS = Array.from({ length: 16 }, (_, exponent) => 10 ** exponent);
const MAX_SHORT_SCALE = 15;
/** Digits that a result keeps after the point only to remember written zeros. */
const MAX_KEPT_SCALE = 34;

/** A short decimal, or the plain integer when the scale is 0. */
function short(unscaled: number, scale: number): FeelNumber {
  return scale === 0 ? unscaled : new Dec(unscaled, scale, null);
}

/** The library's form of a value, exact. */
export function toDecimal(value: FeelNumber): Decimal {
  if (typeof value === 'number') return new Decimal(value);
  return value.big ?? new Decimal(`${value.unscaled}e-${value.scale}`);
}

/** The smallest form that holds the decimal; undefined when it is infinite or no number. */
export function fromDecimal(value: Decimal, wantedScale = 0): FeelNumber | undefined {
  if (!value.isFinite()) return undefined;
  const places = value.decimalPlaces();
  let scale = Math.max(places, wantedScale, 0);
  if (scale > MAX_KEPT_SCALE) scale = Math.max(places, MAX_KEPT_SCALE);
  if (value.e + 1 + scale <= 15 && scale <= MAX_SHORT_SCALE) {
    return short(value.isZero() ? 0 : Number(value.toFixed(scale).replace('.', '')), scale);
  }
  if (scale === 0 && value.e < 16) {
    const whole = value.toNumber();
    if (Number.isSafeInteger(whole)) return whole;
  }
  return new Dec(0, scale, value);
}

/**
 * Reads a decimal number text (digits, point, exponent) exactly, or gives undefined when it is none.
 * With `keepZeros` the zeros after the point stay part of the text form.
 */
export function parseNumber(text: string, keepZeros: boolean): FeelNumber | undefined {
  if (text.length <= 15 && /^-?\d+$/.test(text)) return Number(text) + 0;
  const parts = /^([+-]?)(\d*)(?:\.(\d*))?([eE][+-]?\d{1,9})?$/.exec(text);
  if (parts === null) return undefined;
  const whole = parts[2] ?? '';
  const fraction = parts[3] ?? '';
  if (whole === '' && fraction === '') return undefined;
  if (parts[4] === undefined && whole.length + fraction.length <= 15) {
    const kept = keepZeros ? fraction : fraction.replace(/0+$/, '');
    const unscaled = Number(whole + kept);
    return short(parts[1] === '-' && unscaled !== 0 ? -unscaled : unscaled, kept.length);
  }
  const exact = new Decimal(
    `${parts[1]}${whole || '0'}${fraction ? `.${fraction}` : ''}${parts[4] ?? ''}`,
  );
  return fromDecimal(exact, keepZeros && parts[4] === undefined ? fraction.length : 0);
}

export function isFeelNumber(value: unknown): value is FeelNumber {
  return typeof value === 'number' || value instanceof Dec;
}

const unscaledOf = (value: FeelNumber): number =>
  typeof value === 'number' ? value : value.unscaled;
const scaleOf = (value: FeelNumber): number => (typeof value === 'number' ? 0 : value.scale);
const isBig = (value: FeelNumber): boolean => typeof value !== 'number' && value.big !== null;

/** The integer of a short value at a larger scale, or NaN when it leaves the safe range. */
function rescaled(value: FeelNumber, scale: number): number {
  const raised = unscaledOf(value) * (POWERS[scale - scaleOf(value)] ?? Number.NaN);
  return Number.isSafeInteger(raised) ? raised : Number.NaN;
}

/** Sum; undefined when it is beyond any range. */
export function add(a: FeelNumber, b: FeelNumber): FeelNumber | undefined {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (Number.isSafeInteger(sum)) return sum;
  }
  const scale = Math.max(scaleOf(a), scaleOf(b));
  if (!isBig(a) && !isBig(b)) {
    const sum = rescaled(a, scale) + rescaled(b, scale);
    if (Number.isSafeInteger(sum)) return short(sum, scale);
  }
  return fromDecimal(toDecimal(a).plus(toDecimal(b)), scale);
}

/** The negated value. */
export function negate(value: FeelNumber): FeelNumber {
  if (typeof value === 'number') return 0 - value;
  if (value.big !== null) return new Dec(0, value.scale, value.big.negated());
  return new Dec(0 - value.unscaled, value.scale, null);
}

/** Difference `a - b`; undefined when it is beyond any range. */
export function subtract(a: FeelNumber, b: FeelNumber): FeelNumber | undefined {
  return add(a, negate(b));
}

/** Product; undefined when it is beyond any range. */
export function multiply(a: FeelNumber, b: FeelNumber): FeelNumber | undefined {
  const scale = scaleOf(a) + scaleOf(b);
  if (!isBig(a) && !isBig(b) && scale <= MAX_SHORT_SCALE) {
    const product = unscaledOf(a) * unscaledOf(b) + 0;
    if (Number.isSafeInteger(product)) return short(product, scale);
  }
  return fromDecimal(toDecimal(a).times(toDecimal(b)), scale);
}

/** Quotient; undefined when the divisor is zero. */
export function divide(a: FeelNumber, b: FeelNumber): FeelNumber | undefined {
  if (isZero(b)) return undefined;
  if (typeof a === 'number' && typeof b === 'number') {
    for (let scale = 0; scale <= 4; scale++) {
      const dividend = a * (POWERS[scale] ?? Number.NaN);
      if (!Number.isSafeInteger(dividend)) break;
      if (dividend % b === 0) return short(dividend / b + 0, scale);
    }
  }
  return fromDecimal(toDecimal(a).dividedBy(toDecimal(b)), scaleOf(a) - scaleOf(b));
}

/** Power; undefined when there is no real result (root of a negative number, zero to a negative power). */
export function power(base: FeelNumber, exponent: FeelNumber): FeelNumber | undefined {
  if (typeof base === 'number' && typeof exponent === 'number' && exponent >= 0 && exponent < 64) {
    let product = 1;
    for (let i = 0; i < exponent && Number.isSafeInteger(product); i++) product *= base;
    if (Number.isSafeInteger(product)) return product + 0;
  }
  return fromDecimal(toDecimal(base).pow(toDecimal(exponent)));
}

/** Negative, zero or positive like the order of the values. */
export function compareNumbers(a: FeelNumber, b: FeelNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a < b ? -1 : a > b ? 1 : 0;
  if (!isBig(a) && !isBig(b)) {
    const scale = Math.max(scaleOf(a), scaleOf(b));
    const left = rescaled(a, scale);
    const right = rescaled(b, scale);
    if (!Number.isNaN(left) && !Number.isNaN(right))
      return left < right ? -1 : left > right ? 1 : 0;
  }
  return toDecimal(a).comparedTo(toDecimal(b));
}

export function isZero(value: FeelNumber): boolean {
  return typeof value === 'number'
    ? value === 0
    : value.big !== null
      ? value.big.isZero()
      : value.unscaled === 0;
}

export function isNegative(value: FeelNumber): boolean {
  if (typeof value === 'number') return value < 0;
  return value.big !== null ? value.big.isNegative() && !value.big.isZero() : value.unscaled < 0;
}

/** The integer part as a JavaScript number: exact within the safe range, else the nearest double (only for positions and counts). */
export function truncated(value: FeelNumber): number {
  if (typeof value === 'number') return value;
  return value.big !== null
    ? value.big.trunc().toNumber()
    : Math.trunc(value.unscaled / 10 ** value.scale) + 0;
}
