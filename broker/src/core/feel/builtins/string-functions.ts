// Functions over texts (engine-semantics K.4; positions count UTF-16 units, as the reference does).
// Positions outside the text are null with a reason (observed.md section 1). Regular expressions run on an engine of ours that charges the budget.
import { displayText } from '../display-text.ts';
import type { Frame } from '../frame.ts';
import { isFeelNumber, truncated } from '../number.ts';
import { regexOf } from '../regex/matcher.ts';
import { FeelList, type FeelValue } from '../values.ts';
import { type Builtin, builtin, ILLEGAL, overload, Refusal, type Run } from './builtin.ts';

// The two globals of every runtime that the language library does not declare.
declare const btoa: (binary: string) => string;
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

/** A function whose parameters are all texts. */
const ofTexts =
  (run: (frame: Frame, ...texts: string[]) => FeelValue | Refusal): Run =>
  (frame, args) => {
    const texts = args.filter((arg) => typeof arg === 'string');
    if (texts.length !== args.length) return ILLEGAL;
    for (const text of texts) frame.charge(text.length >> 3);
    return run(frame, ...texts);
  };

const substring: Run = (frame, [text, start, length]) => {
  if (typeof text !== 'string' || !isFeelNumber(start)) return ILLEGAL;
  if (length !== undefined && !isFeelNumber(length)) return ILLEGAL;
  frame.charge(text.length >> 3);
  const position = truncated(start);
  const from = position > 0 ? position - 1 : text.length + position;
  if (from < 0 || from > text.length)
    return new Refusal(`start position ${position} is outside of '${displayText(text)}'`);
  if (length === undefined) return text.slice(from);
  const count = truncated(length);
  return count < 0 ? new Refusal(`length ${count} is negative`) : text.slice(from, from + count);
};

const before = (_frame: Frame, text = '', match = ''): string =>
  text.slice(0, Math.max(0, text.indexOf(match)));

const after = (_frame: Frame, text = '', match = ''): string => {
  const at = text.indexOf(match);
  return at < 0 ? '' : text.slice(at + match.length);
};

const invalid = (pattern: string): Refusal => new Refusal(`Invalid pattern '${pattern}'`);

/** Takes the steps of a search off the evaluation's budget. */
const chargeOf =
  (frame: Frame) =>
  (steps: number): void =>
    frame.charge(steps);

function matches(frame: Frame, input = '', pattern = '', flags = ''): FeelValue | Refusal {
  const regex = regexOf(pattern, flags);
  return regex === undefined
    ? invalid(pattern)
    : regex.find(input, 0, chargeOf(frame)) !== undefined;
}

/** Puts groups into a replacement: `$1`, `\\$` for a dollar sign; undefined when a group does not exist. */
function expanded(
  replacement: string,
  groups: readonly (string | undefined)[],
): string | undefined {
  let valid = true;
  const text = replacement.replace(
    /\\([\s\S]?)|\$(\d?)/g,
    (_whole, escaped: string | undefined, digit: string | undefined) => {
      if (escaped !== undefined) {
        if (escaped === '') valid = false;
        return escaped;
      }
      if (digit === undefined || digit === '' || Number(digit) >= groups.length) valid = false;
      return groups[Number(digit)] ?? '';
    },
  );
  return valid ? text : undefined;
}

function replace(
  frame: Frame,
  input = '',
  pattern = '',
  replacement = '',
  flags = '',
): FeelValue | Refusal {
  const regex = regexOf(pattern, flags);
  if (regex === undefined) return invalid(pattern);
  let result = '';
  let end = 0;
  for (const match of regex.findAll(input, chargeOf(frame))) {
    const text = expanded(replacement, match.groups);
    if (text === undefined) return invalid(pattern);
    frame.charge(1 + (text.length >> 3));
    result += input.slice(end, match.start) + text;
    end = match.end;
  }
  return result + input.slice(end);
}

function split(frame: Frame, input = '', delimiter = ''): FeelValue | Refusal {
  const regex = regexOf(delimiter, '');
  if (regex === undefined) return new Refusal(`Invalid pattern for delimiter '${delimiter}'`);
  const parts: string[] = [];
  let end = 0;
  for (const match of regex.findAll(input, chargeOf(frame))) {
    if (match.end === 0) continue;
    parts.push(input.slice(end, match.start));
    end = match.end;
  }
  return new FeelList([...parts, input.slice(end)]);
}

function extract(frame: Frame, input = '', pattern = ''): FeelValue | Refusal {
  const regex = regexOf(pattern, '');
  if (regex === undefined) return invalid(pattern);
  return new FeelList(regex.findAll(input, chargeOf(frame)).map((match) => match.groups[0] ?? ''));
}

/** Joins texts; nulls are skipped, anything else is refused. */
const stringJoin: Run = (frame, [list, delimiter = null, prefix = '', suffix = '']) => {
  if (!(list instanceof FeelList) || (delimiter !== null && typeof delimiter !== 'string'))
    return ILLEGAL;
  if (typeof prefix !== 'string' || typeof suffix !== 'string') return ILLEGAL;
  const texts: string[] = [];
  for (const item of list.items) {
    if (typeof item === 'string') texts.push(item);
    else if (item !== null) {
      return new Refusal(
        `expected a list of strings but found 'List(${displayText(list).slice(1, -1)})'`,
      );
    }
    frame.charge(
      1 + (typeof item === 'string' ? (item.length + (delimiter?.length ?? 0)) >> 3 : 0),
    );
  }
  return prefix + texts.join(delimiter ?? '') + suffix;
};

const toBase64 = (_frame: Frame, text = ''): string =>
  btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));

const uuid: Run = (frame) => {
  const random = frame.environment.random;
  if (random === undefined) return new Refusal('no source of random numbers here');
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[Math.floor(random() * 4)]}${hex(3)}-${hex(12)}`;
};

export const STRING_FUNCTIONS: readonly Builtin[] = [
  builtin(
    'substring',
    overload(['string', 'start position'], substring),
    overload(['string', 'start position', 'length'], substring),
  ),
  builtin(
    'string length',
    overload(
      ['string'],
      ofTexts((_frame, text = '') => text.length),
    ),
  ),
  builtin(
    'upper case',
    overload(
      ['string'],
      ofTexts((_frame, text = '') => text.toUpperCase()),
    ),
  ),
  builtin(
    'lower case',
    overload(
      ['string'],
      ofTexts((_frame, text = '') => text.toLowerCase()),
    ),
  ),
  builtin('substring before', overload(['string', 'match'], ofTexts(before))),
  builtin('substring after', overload(['string', 'match'], ofTexts(after))),
  builtin(
    'contains',
    overload(
      ['string', 'match'],
      ofTexts((_frame, text = '', match = '') => text.includes(match)),
    ),
  ),
  builtin(
    'starts with',
    overload(
      ['string', 'match'],
      ofTexts((_frame, text = '', match = '') => text.startsWith(match)),
    ),
  ),
  builtin(
    'ends with',
    overload(
      ['string', 'match'],
      ofTexts((_frame, text = '', match = '') => text.endsWith(match)),
    ),
  ),
  builtin(
    'matches',
    overload(['input', 'pattern'], ofTexts(matches)),
    overload(['input', 'pattern', 'flags'], ofTexts(matches)),
  ),
  builtin(
    'replace',
    overload(['input', 'pattern', 'replacement'], ofTexts(replace)),
    overload(['input', 'pattern', 'replacement', 'flags'], ofTexts(replace)),
  ),
  builtin('split', overload(['string', 'delimiter'], ofTexts(split))),
  builtin('extract', overload(['input', 'pattern'], ofTexts(extract))),
  builtin(
    'trim',
    overload(
      ['string'],
      ofTexts((_frame, text = '') => text.trim()),
    ),
  ),
  builtin(
    'string join',
    overload(['list'], stringJoin),
    overload(['list', 'delimiter'], stringJoin),
    overload(['list', 'delimiter', 'prefix', 'suffix'], stringJoin),
  ),
  builtin('to base64', overload(['value'], ofTexts(toBase64))),
  builtin('uuid', overload([], uuid)),
];
