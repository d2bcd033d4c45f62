// Functions that make one value of many: min, max, sum, mean and their like. All take one list or several values.
import { order } from '../comparison.ts';
import { displayText } from '../display-text.ts';
import type { Frame } from '../frame.ts';
import {
  add,
  compareNumbers,
  divide,
  type FeelNumber,
  fromDecimal,
  isFeelNumber,
  multiply,
  subtract,
  toDecimal,
} from '../number.ts';
import { FeelList, type FeelValue } from '../values.ts';
import {
  type Builtin,
  builtin,
  ILLEGAL,
  listOrItems,
  overload,
  Refusal,
  type Run,
  variadic,
} from './builtin.ts';

/** The first item in the wanted direction; items that have no order among each other are refused. */
const extreme =
  (direction: number): Run =>
  (frame, [list]) => {
    const items = listOrItems(list);
    if (items === undefined) return ILLEGAL;
    frame.charge(items.length);
    let best: FeelValue | undefined;
    for (const item of items) {
      const result = order(item, best ?? item);
      if (result === undefined)
        return new Refusal(`${displayText(new FeelList(items))} is not comparable`);
      if (best === undefined || result * direction > 0) best = item;
    }
    return best ?? null;
  };

/** Numbers of a list, or the refusal that names the first item which is none. */
function numbersOf(frame: Frame, list: FeelValue | undefined): readonly FeelNumber[] | Refusal {
  const items = listOrItems(list);
  if (items === undefined) return ILLEGAL;
  frame.charge(items.length);
  const numbers: FeelNumber[] = [];
  for (const item of items) {
    if (!isFeelNumber(item)) return new Refusal(`expected number but found '${displayText(item)}'`);
    numbers.push(item);
  }
  return numbers;
}

/** A function of a list of numbers; null for an empty list. */
const ofNumbers =
  (compute: (numbers: readonly [FeelNumber, ...FeelNumber[]]) => FeelValue | undefined): Run =>
  (frame, [list]) => {
    const numbers = numbersOf(frame, list);
    if (numbers instanceof Refusal) return numbers;
    const [first, ...rest] = numbers;
    return first === undefined ? null : (compute([first, ...rest]) ?? null);
  };

type Numbers = readonly [FeelNumber, ...FeelNumber[]];

function total(numbers: readonly FeelNumber[]): FeelNumber | undefined {
  let sum: FeelNumber | undefined = 0;
  for (const number of numbers) sum = sum === undefined ? undefined : add(sum, number);
  return sum;
}

function product(numbers: Numbers): FeelNumber | undefined {
  let result: FeelNumber | undefined = 1;
  for (const number of numbers)
    result = result === undefined ? undefined : multiply(result, number);
  return result;
}

function mean(numbers: Numbers): FeelNumber | undefined {
  const sum = total(numbers);
  return sum === undefined ? undefined : divide(sum, numbers.length);
}

function median(numbers: Numbers): FeelNumber | undefined {
  const sorted = [...numbers].sort(compareNumbers);
  const middle = sorted[sorted.length >> 1] ?? 0;
  if (sorted.length % 2 === 1) return middle;
  const sum = add(sorted[(sorted.length >> 1) - 1] ?? 0, middle);
  return sum === undefined ? undefined : divide(sum, 2);
}

/** Standard deviation of a sample; undefined for a single number. */
function deviation(numbers: Numbers): FeelNumber | undefined {
  const average = mean(numbers);
  if (average === undefined || numbers.length < 2) return undefined;
  const squares = numbers.map((number) => {
    const distance = subtract(number, average) ?? 0;
    return multiply(distance, distance) ?? 0;
  });
  const variance = divide(total(squares) ?? 0, numbers.length - 1);
  return variance === undefined ? undefined : fromDecimal(toDecimal(variance).sqrt());
}

/** The most frequent numbers in ascending order. */
const mode: Run = (frame, [list]) => {
  const numbers = numbersOf(frame, list);
  if (numbers instanceof Refusal) return numbers;
  const sorted = [...numbers].sort(compareNumbers);
  const runs: { value: FeelNumber; count: number }[] = [];
  for (const value of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && compareNumbers(last.value, value) === 0) last.count++;
    else runs.push({ value, count: 1 });
  }
  const most = runs.reduce((high, run) => Math.max(high, run.count), 0);
  return new FeelList(runs.filter((run) => run.count === most).map((run) => run.value));
};

const count: Run = (_frame, [list]) => (list instanceof FeelList ? list.items.length : ILLEGAL);

export const AGGREGATE_FUNCTIONS: readonly Builtin[] = [
  builtin('count', overload(['list'], count)),
  builtin('min', variadic(['list'], extreme(-1))),
  builtin('max', variadic(['list'], extreme(1))),
  builtin('sum', variadic(['list'], ofNumbers(total))),
  builtin('product', variadic(['list'], ofNumbers(product))),
  builtin('mean', variadic(['list'], ofNumbers(mean))),
  builtin('median', variadic(['list'], ofNumbers(median))),
  builtin('stddev', variadic(['list'], ofNumbers(deviation))),
  builtin('mode', variadic(['list'], mode)),
];
