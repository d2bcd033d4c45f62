// Text of values for people: what `string()` gives and what warnings quote (texts in quotes there).
// Guarantees: the same forms as the reference's messages; the length is bounded, because a warning may quote a document of megabytes.
import { Dec } from './number.ts';
import { numberText } from './number-text.ts';
import { temporalText } from './temporal-text.ts';
import { FeelContext, FeelFunction, FeelList, FeelRange, type FeelValue } from './values.ts';

/** Longest quotation in a warning, in characters. */
const MAX_QUOTED = 10_000;

/** The value as `string()` writes it inside a list, and as warnings quote it. At most about `limit` characters. */
export function displayText(value: FeelValue, limit: number = MAX_QUOTED): string {
  const parts: string[] = [];
  const rest = write(value, parts, limit);
  return rest < 0 ? `${parts.join('').slice(0, limit)}...` : parts.join('');
}

/** Appends the text of a value; gives what is left of the limit, negative when it is used up. */
function write(value: FeelValue, parts: string[], limit: number): number {
  if (value instanceof FeelList) return writeList(value, parts, limit);
  if (value instanceof FeelContext) return writeContext(value, parts, limit);
  const text = scalarText(value);
  parts.push(text);
  return limit - text.length;
}

function writeList(list: FeelList, parts: string[], limit: number): number {
  let rest = limit - 2;
  parts.push('[');
  for (const [index, item] of list.items.entries()) {
    if (rest < 0) return rest;
    if (index > 0) parts.push(', ');
    rest = write(item, parts, rest - 2);
  }
  parts.push(']');
  return rest;
}

function writeContext(context: FeelContext, parts: string[], limit: number): number {
  let rest = limit - 2;
  let separator = '{';
  for (const [name, value] of context.entries) {
    if (rest < 0) return rest;
    parts.push(`${separator}${name}:`);
    separator = ', ';
    rest = write(value, parts, rest - name.length - 3);
  }
  parts.push(separator === '{' ? '{}' : '}');
  return rest;
}

function scalarText(value: Exclude<FeelValue, FeelList | FeelContext>): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'string':
      return `"${value}"`;
    case 'object':
      break;
    default:
      return String(value);
  }
  if (value instanceof Dec) return numberText(value);
  if (value instanceof FeelFunction) return `function(${value.parameters.join(', ')})`;
  if (value instanceof FeelRange) return rangeText(value);
  return temporalText(value);
}

function rangeText(range: FeelRange): string {
  const [open, close] = [range.startIncluded ? '[' : '(', range.endIncluded ? ']' : ')'];
  return `${open}${displayText(range.start)}..${displayText(range.end)}${close}`;
}
