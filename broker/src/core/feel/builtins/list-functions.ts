// Functions that look into lists or make lists of lists (engine-semantics K.4; results as seen on the reference).
// Guarantees: what copies or compares charges the budget, so that no list function can stop a partition.
import { same } from '../comparison.ts';
import { displayText } from '../display-text.ts';
import type { Frame } from '../frame.ts';
import { isFeelNumber, truncated } from '../number.ts';
import { numberJson } from '../number-text.ts';
import { FeelFunction, FeelList, type FeelValue } from '../values.ts';
import {
  type Builtin,
  builtin,
  ILLEGAL,
  overload,
  Refusal,
  type Run,
  variadic,
} from './builtin.ts';

type ListRun = (
  frame: Frame,
  items: readonly FeelValue[],
  args: readonly FeelValue[],
) => FeelValue | Refusal;

/** A function whose first parameter is a list. */
const ofList =
  (run: ListRun): Run =>
  (frame, [list, ...args]) => {
    if (!(list instanceof FeelList)) return ILLEGAL;
    frame.charge(list.items.length);
    return run(frame, list.items, args);
  };

const made = (items: readonly FeelValue[]): FeelList => new FeelList(items);

/** Items of several lists one after the other; what is no list counts as one item. */
function joined(frame: Frame, lists: FeelValue | undefined): readonly FeelValue[] | undefined {
  if (!(lists instanceof FeelList)) return undefined;
  const items: FeelValue[] = [];
  for (const list of lists.items) {
    const more = list instanceof FeelList ? list.items : [list];
    frame.charge(more.length);
    for (const item of more) items.push(item);
  }
  return items;
}

/** Looks for equal values: by a key for simple ones, one by one for the others. */
class Seen {
  readonly #frame: Frame;
  readonly #keys = new Set<FeelValue>();
  readonly #others: FeelValue[] = [];
  constructor(frame: Frame) {
    this.#frame = frame;
  }
  /** Whether the value is new; it is remembered. */
  add(value: FeelValue): boolean {
    const key = isFeelNumber(value)
      ? `#${numberJson(value)}`
      : typeof value === 'string'
        ? `"${value}`
        : value;
    if (typeof key !== 'object' || key === null) {
      if (this.#keys.has(key)) return false;
      this.#keys.add(key);
      return true;
    }
    this.#frame.charge(this.#others.length);
    if (this.#others.some((other) => same(this.#frame, other, value))) return false;
    this.#others.push(value);
    return true;
  }
}

function distinct(frame: Frame, items: readonly FeelValue[]): FeelList {
  const seen = new Seen(frame);
  return made(items.filter((item) => seen.add(item)));
}

function duplicates(frame: Frame, items: readonly FeelValue[]): FeelList {
  const [once, twice] = [new Seen(frame), new Seen(frame)];
  return made(items.filter((item) => !once.add(item) && twice.add(item)));
}

function flattened(frame: Frame, items: readonly FeelValue[], into: FeelValue[]): FeelValue[] {
  frame.charge(items.length);
  for (const item of items) {
    if (item instanceof FeelList) flattened(frame, item.items, into);
    else into.push(item);
  }
  return into;
}

/** Index from 0 of a position from 1, or from the end when negative. */
const indexOf = (position: number, length: number): number =>
  position > 0 ? position - 1 : length + position;

function sublist(
  items: readonly FeelValue[],
  start: FeelValue | undefined,
  length: FeelValue | undefined,
): FeelValue | Refusal {
  if (!isFeelNumber(start) || (length !== undefined && !isFeelNumber(length))) return ILLEGAL;
  const position = truncated(start);
  if (position === 0) return made([]);
  const from = Math.max(0, indexOf(position, items.length));
  return made(
    length === undefined
      ? items.slice(from)
      : items.slice(from, Math.max(from, from + truncated(length))),
  );
}

const insertBefore: ListRun = (_frame, items, [position, item = null]) => {
  if (!isFeelNumber(position)) return ILLEGAL;
  const at = Math.max(0, Math.min(indexOf(truncated(position), items.length), items.length));
  return made([...items.slice(0, at), item, ...items.slice(at)]);
};

const remove: ListRun = (_frame, items, [position]) => {
  if (!isFeelNumber(position)) return ILLEGAL;
  const at = indexOf(truncated(position), items.length);
  return made(items.filter((_, index) => index !== at));
};

/** Thrown out of a sort whose function gives no boolean. */
class NoOrder {
  readonly found: FeelValue;
  constructor(found: FeelValue) {
    this.found = found;
  }
}

const sort: ListRun = (frame, items, [precedes]) => {
  if (!(precedes instanceof FeelFunction)) return ILLEGAL;
  if (precedes.parameters.length !== 2) {
    return new Refusal(
      `expect boolean function with 2 arguments, but found '${precedes.parameters.length}'`,
    );
  }
  const before = (a: FeelValue, b: FeelValue): boolean => {
    const result = precedes.invoke([a, b]);
    if (typeof result !== 'boolean') throw new NoOrder(result);
    return result;
  };
  try {
    return made(merged(frame, items, before));
  } catch (error) {
    if (!(error instanceof NoOrder)) throw error;
    return new Refusal(
      `fail to sort list by given precedes function: expected boolean but found '${displayText(error.found)}'`,
    );
  }
};

/** Stable merge sort: an item moves before another one only if the function says that it precedes it. */
function merged(
  frame: Frame,
  items: readonly FeelValue[],
  before: (a: FeelValue, b: FeelValue) => boolean,
): readonly FeelValue[] {
  if (items.length < 2) return items;
  frame.charge(items.length);
  const left = merged(frame, items.slice(0, items.length >> 1), before);
  const right = merged(frame, items.slice(items.length >> 1), before);
  const result: FeelValue[] = [];
  let next = 0;
  for (const item of right) {
    while (next < left.length && !before(item, left[next] ?? null))
      result.push(left[next++] ?? null);
    result.push(item);
  }
  return result.concat(left.slice(next));
}

const append: Run = (frame, [list, more]) => {
  if (!(list instanceof FeelList) || !(more instanceof FeelList)) return ILLEGAL;
  frame.charge(list.items.length);
  return made([...list.items, ...more.items]);
};

const positions: ListRun = (frame, items, [wanted = null]) =>
  made(items.flatMap((item, index) => (same(frame, item, wanted) ? [index + 1] : [])));

export const LIST_FUNCTIONS: readonly Builtin[] = [
  builtin(
    'list contains',
    overload(
      ['list', 'element'],
      ofList((frame, items, [element = null]) => items.some((item) => same(frame, item, element))),
    ),
  ),
  builtin('append', variadic(['list', 'items'], append)),
  builtin(
    'concatenate',
    variadic(['lists'], (frame, [lists]) => {
      const items = joined(frame, lists);
      return items === undefined ? ILLEGAL : made(items);
    }),
  ),
  builtin(
    'union',
    variadic(['lists'], (frame, [lists]) => {
      const items = joined(frame, lists);
      return items === undefined ? ILLEGAL : distinct(frame, items);
    }),
  ),
  builtin('distinct values', overload(['list'], ofList(distinct))),
  builtin('duplicate values', overload(['list'], ofList(duplicates))),
  builtin(
    'flatten',
    overload(
      ['list'],
      ofList((frame, items) => made(flattened(frame, items, []))),
    ),
  ),
  builtin(
    'reverse',
    overload(
      ['list'],
      ofList((_frame, items) => made(items.toReversed())),
    ),
  ),
  builtin('index of', overload(['list', 'match'], ofList(positions))),
  builtin(
    'sublist',
    overload(
      ['list', 'start'],
      ofList((_frame, items, [start]) => sublist(items, start, undefined)),
    ),
    overload(
      ['list', 'start', 'length'],
      ofList((_frame, items, [start, length]) => sublist(items, start, length)),
    ),
    overload(
      ['list', 'start position'],
      ofList((_frame, items, [start]) => sublist(items, start, undefined)),
    ),
    overload(
      ['list', 'start position', 'length'],
      ofList((_frame, items, [start, length]) => sublist(items, start, length)),
    ),
  ),
  builtin('insert before', overload(['list', 'position', 'newItem'], ofList(insertBefore))),
  builtin('remove', overload(['list', 'position'], ofList(remove))),
  builtin('sort', overload(['list', 'precedes'], ofList(sort))),
  builtin(
    'is empty',
    overload(
      ['list'],
      ofList((_frame, items) => items.length === 0),
    ),
  ),
];
