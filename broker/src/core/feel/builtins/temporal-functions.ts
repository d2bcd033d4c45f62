// Constructors and functions of dates, times and durations (engine-semantics K.4; results as seen on the reference).
// Time comes from the environment of the evaluation; its zone is UTC, the zone of the broker.
import type { Frame } from '../frame.ts';
import { type FeelNumber, isFeelNumber, multiply, subtract, truncated } from '../number.ts';
import {
  dateOf,
  dateTimeOf,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  timeOf,
} from '../temporal-text.ts';
import {
  DayTimeDuration,
  type FeelDate,
  FeelDateTime,
  FeelTime,
  fromZoned,
  inZone,
  isDate,
  isKnownZone,
  yearMonthDuration,
} from '../temporal-values.ts';
import type { FeelValue } from '../values.ts';
import { type Builtin, builtin, ILLEGAL, overload, Refusal, type Run } from './builtin.ts';

/** The zone in which the broker lives. */
export const SYSTEM_ZONE = 'Etc/UTC';

const date: Run = (_frame, [from]) => {
  if (typeof from === 'string') return parseDate(from) ?? null;
  if (from instanceof FeelDateTime) return from.local.toPlainDate();
  return isDate(from) ? from : ILLEGAL;
};

const dateFromParts: Run = (_frame, [year, month, day]) => {
  if (!isFeelNumber(year) || !isFeelNumber(month) || !isFeelNumber(day)) return ILLEGAL;
  const [y, m, d] = [truncated(year), truncated(month), truncated(day)];
  return (
    dateOf(y, m, d) ?? new Refusal(`Failed to parse date from: year=${y}, month=${m}, day=${d}`)
  );
};

const MIDNIGHT_UTC = new FeelTime(new Temporal.PlainTime(), 'Z');

const time: Run = (_frame, [from]) => {
  if (typeof from === 'string') return parseTime(from) ?? null;
  if (from instanceof FeelDateTime) return new FeelTime(from.local.toPlainTime(), from.zone);
  return isDate(from) ? MIDNIGHT_UTC : ILLEGAL;
};

const timeFromParts: Run = (_frame, [hour, minute, second, offset = null]) => {
  if (!isFeelNumber(hour) || !isFeelNumber(minute) || !isFeelNumber(second)) return ILLEGAL;
  if (offset !== null && !(offset instanceof DayTimeDuration)) return ILLEGAL;
  const [h, m, s] = [truncated(hour), truncated(minute), truncated(second)];
  const local = timeOf(h, m, s, nanosOf(second));
  if (local === undefined)
    return new Refusal(`Failed to parse local-time from: hour=${h}, minute=${m}, second=${s}`);
  if (offset === null) return new FeelTime(local, null);
  const zone = offsetZone(offset.seconds);
  return isKnownZone(zone)
    ? new FeelTime(local, zone)
    : new Refusal(`offset ${zone} is out of range`);
};

/** Nanoseconds in the fraction of a number of seconds. */
const nanosOf = (second: FeelNumber): number =>
  truncated(multiply(subtract(second, truncated(second)) ?? 0, 1e9) ?? 0);

function offsetZone(seconds: number): string {
  if (seconds === 0) return 'Z';
  const minutes = Math.floor(Math.abs(seconds) / 60);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${seconds < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

const dateTime: Run = (_frame, [from]) => {
  if (typeof from === 'string') return parseDateTime(from) ?? null;
  return from instanceof FeelDateTime ? from : ILLEGAL;
};

const dateTimeFromParts: Run = (_frame, [day, part]) => {
  if (day instanceof FeelDateTime && typeof part === 'string') {
    return inZone(day, part) ?? new Refusal(`unknown time zone '${part}'`);
  }
  if (!(part instanceof FeelTime)) return ILLEGAL;
  if (day instanceof FeelDateTime) return dateTimeOf(day.local.toPlainDate(), part) ?? null;
  return isDate(day) ? (dateTimeOf(day, part) ?? null) : ILLEGAL;
};

const duration: Run = (_frame, [from]) =>
  typeof from === 'string' ? (parseDuration(from) ?? null) : ILLEGAL;

const dateOfValue = (value: FeelValue | undefined): FeelDate | undefined => {
  if (value instanceof FeelDateTime) return value.local.toPlainDate();
  return isDate(value) ? value : undefined;
};

const monthsBetween: Run = (_frame, [from, to]) => {
  const [first, last] = [dateOfValue(from), dateOfValue(to)];
  if (first === undefined || last === undefined) return ILLEGAL;
  return yearMonthDuration(first.until(last, { largestUnit: 'months' }).months) ?? null;
};

function now(frame: Frame): FeelDateTime {
  const zoned = Temporal.Instant.fromEpochMilliseconds(frame.environment.nowMs).toZonedDateTimeISO(
    SYSTEM_ZONE,
  );
  return fromZoned(zoned, SYSTEM_ZONE);
}

/** A function of the day of a date or date-time. */
const ofDay =
  (compute: (day: FeelDate) => FeelValue): Run =>
  (_frame, [value]) => {
    const day = dateOfValue(value);
    return day === undefined ? ILLEGAL : compute(day);
  };

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

export const TEMPORAL_FUNCTIONS: readonly Builtin[] = [
  builtin('date', overload(['from'], date), overload(['year', 'month', 'day'], dateFromParts)),
  builtin(
    'time',
    overload(['from'], time),
    overload(['hour', 'minute', 'second'], timeFromParts),
    overload(['hour', 'minute', 'second', 'offset'], timeFromParts),
  ),
  builtin(
    'date and time',
    overload(['from'], dateTime),
    overload(['date', 'time'], dateTimeFromParts),
    overload(['date', 'timezone'], dateTimeFromParts),
  ),
  builtin('duration', overload(['from'], duration)),
  builtin('years and months duration', overload(['from', 'to'], monthsBetween)),
  builtin(
    'now',
    overload([], (frame) => now(frame)),
  ),
  builtin(
    'today',
    overload([], (frame) => now(frame).local.toPlainDate()),
  ),
  builtin(
    'day of week',
    overload(
      ['date'],
      ofDay((day) => DAYS[day.dayOfWeek - 1] ?? null),
    ),
  ),
  builtin(
    'day of year',
    overload(
      ['date'],
      ofDay((day) => day.dayOfYear),
    ),
  ),
  builtin(
    'week of year',
    overload(
      ['date'],
      ofDay((day) => day.weekOfYear ?? null),
    ),
  ),
  builtin(
    'month of year',
    overload(
      ['date'],
      ofDay((day) => MONTHS[day.month - 1] ?? null),
    ),
  ),
  builtin(
    'last day of month',
    overload(
      ['date'],
      ofDay((day) => day.with({ day: day.daysInMonth })),
    ),
  ),
];
