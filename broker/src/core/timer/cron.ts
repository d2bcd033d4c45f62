// Cron expressions of cycles: six fields from seconds to days of the week, with `L`, `W`, `#`, names and macros
// (engine-semantics.md I.1). Guarantees: a text that is none is answered with a message; looking for a time that never comes ends.
import { SYSTEM_ZONE } from '../feel/builtins/temporal-functions.ts';
import type { Parsed } from './interval.ts';

type Day = Temporal.PlainDate;
type DayRule = (day: Day) => boolean;

/** What the fields of an expression allow. */
export interface CronTimes {
  readonly seconds: ReadonlySet<number>;
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfMonth: DayRule;
  readonly daysOfWeek: DayRule;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};

const NICKNAMES_NOT_SUPPORTED: ReadonlySet<string> = new Set(['@reboot']);

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEK_DAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/** Days that are looked at before a time is said never to come: leap days are eight years apart at most. */
const DAYS_MAX = 366 * 9;

class CronError extends Error {}

interface Field {
  readonly low: number;
  readonly high: number;
  /** Names of the values from 1 on. */
  readonly names: readonly string[];
  /** Whether a range may go on at the beginning, as FRI-MON does. */
  readonly wraps: boolean;
  /** Letters and signs that mean something in this field. */
  readonly specials: RegExp;
  /** Whether `?` may stand for any value. */
  readonly isDay: boolean;
}

const field = (low: number, high: number): Field => ({
  low,
  high,
  names: [],
  wraps: false,
  specials: /[^\s\S]/g,
  isDay: false,
});

const SECONDS = field(0, 59);
const MINUTES = field(0, 59);
const HOURS = field(0, 23);
const MONTH: Field = { ...field(1, 12), names: MONTHS };
const DAY_OF_MONTH: Field = { ...field(1, 31), specials: /[LW]/g, isDay: true };
const DAY_OF_WEEK: Field = {
  ...field(0, 7),
  names: WEEK_DAYS,
  wraps: true,
  specials: /[L#]/g,
  isDay: true,
};

const within = (value: number, { low, high }: Field): boolean => value >= low && value <= high;

function whole(text: string, of: Field): number {
  const named = of.names.indexOf(text) + 1;
  if (named > 0) return named;
  if (!/^\d{1,9}$/.test(text)) {
    const chars = text.replace(of.specials, '').replaceAll(/\d/g, '');
    throw new CronError(`Invalid chars in expression! Expression: ${text} Invalid chars: ${chars}`);
  }
  const value = Number(text);
  if (within(value, of)) return value;
  throw new CronError(`Value ${value} not in range [${of.low}, ${of.high}]`);
}

/** The first and last value that a part without its step allows; one value is both. */
function bounds(range: string, of: Field): readonly [low: number, high: number] {
  if (range === '*' || (range === '?' && of.isDay)) {
    return [of.low, of.high];
  }
  if (range === '?') throw new CronError(`Invalid expression: ${range}`);
  if (range.startsWith('-')) {
    throw new CronError(
      `Invalid expression! Expression: ${range} does not describe a range. Negative numbers are not allowed.`,
    );
  }
  const [from = '', to, third] = range.split('-');
  if (third !== undefined) throw new CronError(`Missing values for range: ${range}`);
  if (to !== undefined && from !== from.replace(of.specials, '') && !of.names.includes(from)) {
    throw new CronError("No special characters allowed in range, except for 'L'");
  }
  const low = whole(from, of);
  return [low, to === undefined ? low : whole(to, of)];
}

/** The numbers that a list of values, ranges and steps allows. */
function numbers(text: string, of: Field): Set<number> {
  const allowed = new Set<number>();
  for (const part of text.toUpperCase().split(',')) {
    const [range = '', step] = part.split('/');
    const [low, high] = bounds(range, of);
    const every = step === undefined ? 1 : /^\d{1,9}$/.test(step) ? Number(step) : 0;
    if (step !== undefined && (every === 0 || !within(every, of))) {
      throw new CronError(`Period ${step} not in range [${of.low}, ${of.high}]`);
    }
    const open = step !== undefined && !range.includes('-');
    addRange(allowed, low, open ? of.high : high, every, of);
  }
  return allowed;
}

function addRange(allowed: Set<number>, low: number, high: number, every: number, of: Field): void {
  if (high < low && !of.wraps) throw new CronError(`Invalid range! [${low},${high}]`);
  // A week has seven days, though 0 and 7 are both Sunday.
  const last = high < low ? high + 7 : high;
  for (let value = low; value <= last; value += every)
    allowed.add(value > 7 && of.wraps ? value - 7 : value);
}

const isWorkday = (day: Day) => day.dayOfWeek <= 5;

/** The workday nearest to a day, within its month. */
function nearestWorkday(day: Day): Day {
  if (isWorkday(day)) return day;
  const isSaturday = day.dayOfWeek === 6;
  const other = isSaturday ? day.subtract({ days: 1 }) : day.add({ days: 1 });
  if (other.month === day.month) return other;
  return isSaturday ? day.add({ days: 2 }) : day.subtract({ days: 2 });
}

function dayOfMonth(text: string): DayRule {
  const rules = text
    .toUpperCase()
    .split(',')
    .map((part): DayRule => {
      if (part === 'LW')
        return (day) => day.equals(nearestWorkday(day.with({ day: day.daysInMonth })));
      const last = /^L(?:-(\d{1,2}))?$/.exec(part);
      if (last !== null) {
        const before = last[1] === undefined ? 0 : whole(last[1], DAY_OF_MONTH);
        return (day) => day.day === day.daysInMonth - before;
      }
      const near = /^(\d{1,2})W$/.exec(part);
      if (near !== null) {
        const wanted = whole(near[1] as string, DAY_OF_MONTH);
        return (day) =>
          wanted <= day.daysInMonth && day.equals(nearestWorkday(day.with({ day: wanted })));
      }
      const allowed = numbers(part, DAY_OF_MONTH);
      return (day) => allowed.has(day.day);
    });
  return (day) => rules.some((rule) => rule(day));
}

/** Monday is 1, Sunday 7. */
const weekDay = (value: number) => (value === 0 ? 7 : value);

function dayOfWeek(text: string): DayRule {
  const rules = text
    .toUpperCase()
    .split(',')
    .map((part): DayRule => {
      if (part === 'L') return (day) => day.dayOfWeek === 7;
      const last = /^(\d|[A-Z]{3})L$/.exec(part);
      if (last !== null) {
        const wanted = weekDay(whole(last[1] as string, DAY_OF_WEEK));
        return (day) => day.dayOfWeek === wanted && day.day > day.daysInMonth - 7;
      }
      const nth = /^(\d|[A-Z]{3})#(\d)$/.exec(part);
      if (nth !== null) {
        const wanted = weekDay(whole(nth[1] as string, DAY_OF_WEEK));
        return (day) => day.dayOfWeek === wanted && Math.ceil(day.day / 7) === Number(nth[2]);
      }
      if (part.includes('#')) throw new CronError('Invalid Position of # Character!');
      const allowed = numbers(part, DAY_OF_WEEK);
      return (day) => allowed.has(day.dayOfWeek) || (day.dayOfWeek === 7 && allowed.has(0));
    });
  return (day) => rules.some((rule) => rule(day));
}

const failed = (message: string): Parsed<never> => ({ ok: false, message });

/** Reads a cron expression, or a macro such as `@daily`. The texts of faults are those of the reference (probed). */
export function parseCron(text: string): Parsed<CronTimes> {
  const expression = MACROS[text.trim()] ?? text.trim();
  if (expression === '') return failed('Empty expression!');
  if (NICKNAMES_NOT_SUPPORTED.has(expression)) {
    return failed(`Nickname ${expression} not supported!`);
  }
  const fields = expression.split(/\s+/);
  if (fields.length !== 6) {
    return failed(`Cron expression contains ${fields.length} parts but we expect one of [6]`);
  }
  const trailing = fields.find((one) => one.endsWith(','));
  if (trailing !== undefined) {
    return failed(`Invalid field value! Trailing commas not permitted! '${trailing}'`);
  }
  const [seconds = '', minutes = '', hours = '', days = '', months = '', week = ''] = fields;
  try {
    const value: CronTimes = {
      seconds: numbers(seconds, SECONDS),
      minutes: numbers(minutes, MINUTES),
      hours: numbers(hours, HOURS),
      daysOfMonth: dayOfMonth(days),
      months: numbers(months, MONTH),
      daysOfWeek: dayOfWeek(week),
    };
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return failed(`Failed to parse cron expression. ${error.message}`);
  }
}

/** The smallest allowed number that is not below one; undefined when there is none. */
function atLeast(allowed: ReadonlySet<number>, low: number): number | undefined {
  let best: number | undefined;
  for (const value of allowed)
    if (value >= low && (best === undefined || value < best)) best = value;
  return best;
}

/** The first allowed time of a day that is not before the given one. */
function timeOfDay(
  { hours, minutes, seconds }: CronTimes,
  from: Temporal.PlainTime,
): Temporal.PlainTime | undefined {
  const first = (allowed: ReadonlySet<number>) => atLeast(allowed, 0) as number;
  const hour = atLeast(hours, from.hour);
  if (hour === undefined) return undefined;
  if (hour > from.hour) return new Temporal.PlainTime(hour, first(minutes), first(seconds));
  const minute = atLeast(minutes, from.minute);
  if (minute !== undefined && minute > from.minute)
    return new Temporal.PlainTime(hour, minute, first(seconds));
  const second = minute === undefined ? undefined : atLeast(seconds, from.second);
  if (minute !== undefined && second !== undefined)
    return new Temporal.PlainTime(hour, minute, second);
  const nextMinute = atLeast(minutes, from.minute + 1);
  if (nextMinute !== undefined) return new Temporal.PlainTime(hour, nextMinute, first(seconds));
  const nextHour = atLeast(hours, from.hour + 1);
  if (nextHour === undefined) return undefined;
  return new Temporal.PlainTime(nextHour, first(minutes), first(seconds));
}

const MIDNIGHT = new Temporal.PlainTime();

/** The next time after a moment, ms since the epoch; undefined when there is none. */
export function nextCronTime(times: CronTimes, afterMs: number): number | undefined {
  const second = Math.floor(afterMs / 1000) * 1000 + 1000;
  const start = Temporal.Instant.fromEpochMilliseconds(second).toZonedDateTimeISO(SYSTEM_ZONE);
  let day = start.toPlainDate();
  let from = start.toPlainTime();
  for (let n = 0; n < DAYS_MAX; n++) {
    if (times.months.has(day.month) && times.daysOfMonth(day) && times.daysOfWeek(day)) {
      const time = timeOfDay(times, from);
      if (time !== undefined)
        return day.toZonedDateTime({ timeZone: SYSTEM_ZONE, plainTime: time }).epochMilliseconds;
    }
    day = day.add({ days: 1 });
    from = MIDNIGHT;
  }
  return undefined;
}
