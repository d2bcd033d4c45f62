// Equality and order of FEEL values.
// Facts (observed.md section 3, engine-semantics K.2): null equals only null; values of different types cannot be compared (null with a
// warning); inside lists and contexts a difference of types is just a difference. Numbers compare by value, strings by UTF-16 code units.
import { displayText } from './display-text.ts';
import type { Frame } from './frame.ts';
import { compareNumbers, Dec, isFeelNumber } from './number.ts';
import { compareTemporal } from './temporal-arithmetic.ts';
import { FeelContext, FeelFunction, FeelList, FeelRange, type FeelValue } from './values.ts';

/** The null of a comparison that is not possible. */
export function notComparable(frame: Frame, a: FeelValue, ...others: readonly FeelValue[]): null {
  const quoted = others.map((other) => `'${displayText(other)}'`).join(' and ');
  return frame.warn('NOT_COMPARABLE', `Can't compare '${displayText(a)}' with ${quoted}`);
}

/** Equality; undefined when the two types cannot be compared. */
export function equality(frame: Frame, a: FeelValue, b: FeelValue): boolean | undefined {
  if (a === null || b === null) return a === b;
  if (isFeelNumber(a)) return isFeelNumber(b) ? compareNumbers(a, b) === 0 : undefined;
  if (typeof a !== 'object') return typeof a === typeof b ? a === b : undefined;
  if (typeof b !== 'object' || b instanceof Dec) return undefined;
  if (a instanceof FeelList) return b instanceof FeelList ? equalLists(frame, a, b) : undefined;
  if (a instanceof FeelContext)
    return b instanceof FeelContext ? equalContexts(frame, a, b) : undefined;
  if (a instanceof FeelRange) return b instanceof FeelRange ? equalRanges(frame, a, b) : undefined;
  if (a instanceof FeelFunction || b instanceof FeelFunction) return a === b ? true : undefined;
  if (b instanceof FeelList || b instanceof FeelContext || b instanceof FeelRange) return undefined;
  const order = compareTemporal(a, b);
  return order === undefined ? undefined : order === 0;
}

/** Equality where values that cannot be compared are just different: for items of lists and for list functions. */
export const same = (frame: Frame, a: FeelValue, b: FeelValue): boolean =>
  equality(frame, a, b) === true;

function equalLists(frame: Frame, a: FeelList, b: FeelList): boolean {
  const [left, right] = [a.items, b.items];
  if (left.length !== right.length) return false;
  frame.charge(left.length);
  return left.every((item, index) => same(frame, item, right[index] ?? null));
}

function equalContexts(frame: Frame, a: FeelContext, b: FeelContext): boolean {
  const [left, right] = [a.entries, b.entries];
  if (left.size !== right.size) return false;
  frame.charge(left.size);
  for (const [name, value] of left) {
    const other = right.get(name);
    if (other === undefined || !same(frame, value, other)) return false;
  }
  return true;
}

function equalRanges(frame: Frame, a: FeelRange, b: FeelRange): boolean {
  return (
    a.startIncluded === b.startIncluded &&
    a.endIncluded === b.endIncluded &&
    same(frame, a.start, b.start) &&
    same(frame, a.end, b.end)
  );
}

/** Negative, zero or positive like the order of two values; undefined when they have none. */
export function order(a: FeelValue, b: FeelValue): number | undefined {
  if (isFeelNumber(a)) return isFeelNumber(b) ? compareNumbers(a, b) : undefined;
  if (typeof a === 'string')
    return typeof b === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : undefined;
  if (!isTemporal(a) || !isTemporal(b)) return undefined;
  return compareTemporal(a, b);
}

type Container = FeelList | FeelContext | FeelRange | FeelFunction;
type Scalar = null | boolean | string | number | Dec;

/** Whether a value is a date, time, date-time or duration. */
export function isTemporal(value: FeelValue): value is Exclude<FeelValue, Scalar | Container> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Dec) &&
    !(value instanceof FeelList) &&
    !(value instanceof FeelContext) &&
    !(value instanceof FeelRange) &&
    !(value instanceof FeelFunction)
  );
}

/** Whether a value lies in a range; undefined when it cannot be compared with its ends. */
export function inRange(value: FeelValue, range: FeelRange): boolean | undefined {
  const low = order(value, range.start);
  const high = order(value, range.end);
  if (low === undefined || high === undefined) return undefined;
  return (
    (low > 0 || (low === 0 && range.startIncluded)) &&
    (high < 0 || (high === 0 && range.endIncluded))
  );
}
