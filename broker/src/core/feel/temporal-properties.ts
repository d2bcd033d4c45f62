// Properties of values that are no contexts: parts of dates, times and durations, ends of ranges (DMN 10.3.2.6; order as the reference lists them).
import type { FeelNumber } from './number.ts';
import {
  DayTimeDuration,
  type FeelDate,
  FeelDateTime,
  FeelTime,
  isDate,
  offsetSeconds,
  timeOffset,
  YearMonthDuration,
} from './temporal-values.ts';
import { FeelRange, type FeelValue } from './values.ts';

type Read<T> = (value: T) => FeelValue;
type Properties<T> = Readonly<Record<string, Read<T>>>;

const isId = (zone: string | null): zone is string =>
  zone !== null && zone !== 'Z' && !/^[+-]/.test(zone);
const offset = (seconds: number | undefined): FeelValue =>
  seconds === undefined ? null : new DayTimeDuration(seconds, 0);

const DATE: Properties<FeelDate> = {
  year: (value) => value.year,
  month: (value) => value.month,
  day: (value) => value.day,
  weekday: (value) => value.dayOfWeek,
};

const TIME: Properties<FeelTime> = {
  timezone: (value) => (isId(value.zone) ? value.zone : null),
  second: (value) => value.time.second,
  'time offset': (value) => offset(timeOffset(value)),
  minute: (value) => value.time.minute,
  hour: (value) => value.time.hour,
};

const DATE_TIME: Properties<FeelDateTime> = {
  timezone: (value) => (isId(value.zone) ? value.zone : null),
  year: (value) => value.local.year,
  second: (value) => value.local.second,
  month: (value) => value.local.month,
  day: (value) => value.local.day,
  'time offset': (value) => offset(value.zoned === null ? undefined : offsetSeconds(value.zoned)),
  weekday: (value) => value.local.dayOfWeek,
  minute: (value) => value.local.minute,
  hour: (value) => value.local.hour,
};

/** Whole seconds towards zero: `-PT0.5S` has 0 of them. */
const wholeSeconds = (value: DayTimeDuration): number =>
  value.seconds < 0 && value.nanos > 0 ? value.seconds + 1 : value.seconds;
const cut = (value: number): FeelNumber => Math.trunc(value) + 0;

const DAY_TIME: Properties<DayTimeDuration> = {
  days: (value) => cut(wholeSeconds(value) / 86400),
  hours: (value) => cut((wholeSeconds(value) % 86400) / 3600),
  minutes: (value) => cut((wholeSeconds(value) % 3600) / 60),
  seconds: (value) => cut(wholeSeconds(value) % 60),
};

const YEAR_MONTH: Properties<YearMonthDuration> = {
  years: (value) => cut(value.months / 12),
  months: (value) => cut(value.months % 12),
};

const RANGE: Properties<FeelRange> = {
  start: (value) => value.start,
  end: (value) => value.end,
  'start included': (value) => value.startIncluded,
  'end included': (value) => value.endIncluded,
};

function tableOf(value: FeelValue): Properties<never> | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isDate(value)) return DATE as Properties<never>;
  if (value instanceof FeelDateTime) return DATE_TIME as Properties<never>;
  if (value instanceof FeelTime) return TIME as Properties<never>;
  if (value instanceof DayTimeDuration) return DAY_TIME as Properties<never>;
  if (value instanceof YearMonthDuration) return YEAR_MONTH as Properties<never>;
  return value instanceof FeelRange ? (RANGE as Properties<never>) : undefined;
}

/** The property of a value, undefined when its type has none of that name. */
export function propertyOf(value: FeelValue, name: string): FeelValue | undefined {
  const table = tableOf(value);
  return table !== undefined && Object.hasOwn(table, name)
    ? table[name]?.(value as never)
    : undefined;
}

/** Names of the properties of a value. */
export const propertiesOf = (value: FeelValue): readonly string[] =>
  Object.keys(tableOf(value) ?? {});
