// The arithmetic operators over all types that have them: numbers, texts (`+`), dates, times and durations.
// Guarantees: null with a warning, in the reference's words, for everything else.
import { isTemporal } from './comparison.ts';
import { displayText } from './display-text.ts';
import type { Frame } from './frame.ts';
import { add, divide, isFeelNumber, multiply, negate, power, subtract } from './number.ts';
import {
  addDurations,
  difference,
  divideDuration,
  divideDurations,
  isDuration,
  move,
  negateDuration,
  scaleDuration,
} from './temporal-arithmetic.ts';
import { FeelDateTime, FeelTime, isDate } from './temporal-values.ts';

import type { FeelValue } from './values.ts';

const isPoint = (value: FeelValue) =>
  isDate(value) || value instanceof FeelTime || value instanceof FeelDateTime;

/** `a + b` */
export function plus(frame: Frame, a: FeelValue, b: FeelValue): FeelValue {
  if (typeof a === 'string' && typeof b === 'string') {
    frame.charge((a.length + b.length) >> 3);
    return a + b;
  }
  return (
    sum(a, b) ?? frame.warn('INVALID_TYPE', `Can't add '${displayText(b)}' to '${displayText(a)}'`)
  );
}

function sum(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isFeelNumber(a)) return isFeelNumber(b) ? add(a, b) : undefined;
  if (isDuration(a)) {
    if (isDuration(b)) return addDurations(a, b);
    return isPoint(b) ? move(b, a) : undefined;
  }
  return isPoint(a) && isDuration(b) ? move(a, b) : undefined;
}

/** `a - b` */
export function minus(frame: Frame, a: FeelValue, b: FeelValue): FeelValue {
  return (
    rest(a, b) ??
    frame.warn('INVALID_TYPE', `Can't subtract '${displayText(b)}' from '${displayText(a)}'`)
  );
}

function rest(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isFeelNumber(a)) return isFeelNumber(b) ? subtract(a, b) : undefined;
  if (!isTemporal(a) || !isTemporal(b)) return undefined;
  if (!isDuration(b)) return difference(a, b);
  const back = negateDuration(b);
  if (back === undefined) return undefined;
  return isDuration(a) ? addDurations(a, back) : move(a, back);
}

/** `a * b` */
export function times(frame: Frame, a: FeelValue, b: FeelValue): FeelValue {
  return (
    product(a, b) ??
    frame.warn('INVALID_TYPE', `Can't multiply '${displayText(a)}' by '${displayText(b)}'`)
  );
}

function product(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isFeelNumber(a))
    return isFeelNumber(b) ? multiply(a, b) : isDuration(b) ? scaleDuration(b, a) : undefined;
  return isDuration(a) && isFeelNumber(b) ? scaleDuration(a, b) : undefined;
}

/** `a / b` */
export function dividedBy(frame: Frame, a: FeelValue, b: FeelValue): FeelValue {
  return (
    quotient(a, b) ??
    frame.warn('INVALID_TYPE', `Can't divide '${displayText(a)}' by '${displayText(b)}'`)
  );
}

function quotient(a: FeelValue, b: FeelValue): FeelValue | undefined {
  if (isFeelNumber(a)) return isFeelNumber(b) ? divide(a, b) : undefined;
  if (!isDuration(a)) return undefined;
  return isFeelNumber(b) ? divideDuration(a, b) : isDuration(b) ? divideDurations(a, b) : undefined;
}

/** `a ** b` */
export function raised(frame: Frame, a: FeelValue, b: FeelValue): FeelValue {
  const wrong = isFeelNumber(a) ? b : a;
  if (!isFeelNumber(a) || !isFeelNumber(b)) return expectedNumber(frame, wrong);
  return (
    power(a, b) ??
    frame.warn(
      'INVALID_TYPE',
      `Can't raise '${displayText(a)}' to the power of '${displayText(b)}'`,
    )
  );
}

/** `-a` */
export function negated(frame: Frame, a: FeelValue): FeelValue {
  return isFeelNumber(a) ? negate(a) : expectedNumber(frame, a);
}

export const expectedNumber = (frame: Frame, value: FeelValue): null =>
  frame.warn('INVALID_TYPE', `Expected number but found '${displayText(value)}'`);
