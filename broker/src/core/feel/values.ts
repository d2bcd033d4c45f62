// The values of FEEL and their containers. A list or context that came from a variable keeps its raw JSON text and reads only what is
// asked for: one look-up scans the text, the second one takes it apart one level deep (its items stay raw in turn).
// Guarantees: values are never changed once an expression has them.
import { eachItem, eachMember, findMember, skipSpace, skipValue, unquote } from './json-scan.ts';
import { Dec, type FeelNumber, parseNumber } from './number.ts';
import {
  DayTimeDuration,
  FeelDateTime,
  FeelTime,
  isDate,
  type TemporalValue,
  YearMonthDuration,
} from './temporal-values.ts';

export type FeelValue =
  | null
  | boolean
  | string
  | FeelNumber
  | TemporalValue
  | FeelList
  | FeelContext
  | FeelRange
  | FeelFunction;

/** A list. Either its items or its raw JSON text is given; the text is kept for copying. */
export class FeelList {
  readonly raw: string | null;
  #items: readonly FeelValue[] | null;
  #looked = false;
  constructor(items: readonly FeelValue[] | null, raw: string | null = null) {
    this.#items = items;
    this.raw = raw;
  }

  get items(): readonly FeelValue[] {
    this.#items ??= readItems(this.raw ?? '[]');
    return this.#items;
  }

  /** The item at an index from 0, or undefined. */
  at(index: number): FeelValue | undefined {
    if (this.#items !== null || this.#looked || this.raw === null) return this.items[index];
    this.#looked = true;
    let rest = index;
    let found: FeelValue | undefined;
    const raw = this.raw;
    eachItem(raw, (from, to) => {
      if (rest-- > 0) return true;
      found = readJson(raw.slice(from, to));
      return false;
    });
    return found;
  }
}

function readItems(raw: string): readonly FeelValue[] {
  const items: FeelValue[] = [];
  eachItem(raw, (from, to) => {
    items.push(readJson(raw.slice(from, to)));
    return true;
  });
  return items;
}

/** A context: names with values in their order. Either the entries or the raw JSON text is given. */
export class FeelContext {
  readonly raw: string | null;
  #entries: ReadonlyMap<string, FeelValue> | null;
  #looked = false;
  constructor(entries: ReadonlyMap<string, FeelValue> | null, raw: string | null = null) {
    this.#entries = entries;
    this.raw = raw;
  }

  get entries(): ReadonlyMap<string, FeelValue> {
    this.#entries ??= readEntries(this.raw ?? '{}');
    return this.#entries;
  }

  /** The value of an entry, or undefined when there is none. */
  get(name: string): FeelValue | undefined {
    if (this.#entries !== null || this.#looked || this.raw === null) return this.entries.get(name);
    this.#looked = true;
    const text = findMember(this.raw, name);
    return text === undefined ? undefined : readJson(text);
  }
}

function readEntries(raw: string): ReadonlyMap<string, FeelValue> {
  const entries = new Map<string, FeelValue>();
  eachMember(raw, (name, from, to) => entries.set(unquote(name), readJson(raw.slice(from, to))));
  return entries;
}

/** A range between two values; each end belongs to it or not. */
export class FeelRange {
  readonly start: FeelValue;
  readonly startIncluded: boolean;
  readonly end: FeelValue;
  readonly endIncluded: boolean;
  constructor(start: FeelValue, startIncluded: boolean, end: FeelValue, endIncluded: boolean) {
    this.start = start;
    this.startIncluded = startIncluded;
    this.end = end;
    this.endIncluded = endIncluded;
  }
}

/** A function that an expression defined. `body` and `captured` belong to the evaluation that made it (see frame.ts). */
export class FeelFunction {
  readonly parameters: readonly string[];
  readonly invoke: (args: readonly FeelValue[]) => FeelValue;
  constructor(parameters: readonly string[], invoke: (args: readonly FeelValue[]) => FeelValue) {
    this.parameters = parameters;
    this.invoke = invoke;
  }
}

/** Reads one JSON value; containers stay raw. White space around it is allowed. */
export function readJson(text: string): FeelValue {
  const from = skipSpace(text, 0);
  switch (text.charCodeAt(from)) {
    case 123:
      return new FeelContext(null, from === 0 ? text : text.slice(from));
    case 91:
      return new FeelList(null, from === 0 ? text : text.slice(from));
    case 34:
      return unquote(text.slice(from, skipValue(text, from)));
    case 116:
      return true;
    case 102:
      return false;
    case 110:
      return null;
    default:
      return parseNumber(text.slice(from, skipValue(text, from)), false) ?? null;
  }
}

/** The name that incident texts use for the type of a result (seen on the reference). */
export function typeName(value: FeelValue): string {
  if (value === null || value instanceof FeelRange) return 'NULL';
  switch (typeof value) {
    case 'string':
      return 'STRING';
    case 'boolean':
      return 'BOOLEAN';
    case 'number':
      return 'NUMBER';
    default:
      return objectTypeName(value);
  }
}

function objectTypeName(value: object): string {
  if (value instanceof Dec) return 'NUMBER';
  if (value instanceof FeelList) return 'ARRAY';
  if (value instanceof FeelContext) return 'OBJECT';
  if (isDate(value)) return 'DATE';
  if (value instanceof FeelDateTime) return 'DATE_TIME';
  if (value instanceof DayTimeDuration) return 'DURATION';
  if (value instanceof YearMonthDuration) return 'PERIOD';
  return value instanceof FeelTime ? 'UNKNOWN' : 'NULL';
}
