// `string` and `number` (the temporal constructors are in temporal-functions.ts).
import { displayText } from '../display-text.ts';
import type { Frame } from '../frame.ts';
import { parseNumber } from '../number.ts';
import type { FeelValue } from '../values.ts';
import { type Builtin, builtin, ILLEGAL, overload, Refusal, type Run } from './builtin.ts';

/** Longest text that `string()` makes of a list or context, in characters. */
const MAX_TEXT = 16 << 20;

function string(frame: Frame, value: FeelValue): FeelValue {
  if (value === null || typeof value === 'string') return value;
  const text = displayText(value, MAX_TEXT);
  frame.charge(text.length >> 3);
  return text;
}

/** Reads a number; separators of groups are dropped, the decimal separator becomes a point. */
const number: Run = (frame, args) => {
  const [from, grouping = null, decimal = null] = args;
  if (typeof from !== 'string' || !isSeparator(grouping) || !isSeparator(decimal)) return ILLEGAL;
  frame.charge(from.length);
  let text = from;
  if (grouping !== null) text = text.replaceAll(grouping, '');
  if (decimal !== null) text = text.replaceAll(decimal, '.');
  return parseNumber(text, true) ?? new Refusal(`Can't parse '${from}' as a number`);
};

const isSeparator = (value: FeelValue): value is string | null =>
  value === null || (typeof value === 'string' && value !== '');

export const CONVERSION_FUNCTIONS: readonly Builtin[] = [
  builtin(
    'string',
    overload(['from'], (frame, [from = null]) => string(frame, from)),
  ),
  builtin(
    'number',
    overload(['from'], number),
    overload(['from', 'grouping separator'], number),
    overload(['from', 'grouping separator', 'decimal separator'], number),
  ),
];
