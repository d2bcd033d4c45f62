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

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEK_DAYS = ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];

/** Days that are looked at before a time is said never to come: leap days are eight years apart at most. */
const DAYS_MAX = 366 * 9;

class CronError extends Error {}

interface Field {
  readonly low: number;
  readonly high: number;
}

function whole(text: string, { low, high }: Field): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new CronError(`For input string: "${text}"`);
  if (value < low || value > high)
    throw new CronError(`Invalid value: ${value} (valid values ${low} - ${high})`);
  return value;
}

/** The numbers that a list of values, ranges and steps allows. */
function numbers(text: string, field: Field): Set<number> {
  const allowed = new Set<number>();
  for (const part of text.split(',')) {
    const [range = '', step, more] = part.split('/');
    if (more !== undefined || range === '') throw new CronError(`Invalid field '${text}'`);
    const isAny = range === '*' || range === '?';
    const [from = '', to, third] = range.split('-');
    if (third !== undefined) throw new CronError(`Invalid field '${text}'`);
    const low = isAny ? field.low : whole(from, field);
    const single = step === undefined ? low : field.high;
    const high = isAny ? field.high : to === undefined ? single : whole(to, field);
    if (high < low) throw new CronError(`Invalid range '${range}'`);
    const every = step === undefined ? 1 : whole(step, { low: 1, high: Number.MAX_SAFE_INTEGER });
    for (let value = low; value <= high; value += every) allowed.add(value);
  }
  return allowed;
}

const named = (text: string, names: readonly string[]) =>
  names.reduce((all, name, i) => all.replaceAll(name, String(i + 1)), text.toUpperCase());

const isWorkday = (day: Day) => day.dayOfWeek <= 5;

/** The workday nearest to a day, within its month. */
function nearestWorkday(day: Day): Day {
  if (isWorkday(day)) return day;
  const isSaturday = day.dayOfWeek === 6;
  const other = isSaturday ? day.subtract({ days: 1 }) : day.add({ days: 1 });
  if (other.month === day.month) return other;
  return isSaturday ? day.add({ days: 2 }) : day.subtract({ days: 2 });
}

const DAY_OF_MONTH: Field = { low: 1, high: 31 };
const DAY_OF_WEEK: Field = { low: 0, high: 7 };

function dayOfMonth(text: string): DayRule {
  const rules = text
    .toUpperCase()
    .split(',')
    .map((part): DayRule => {
      if (part === 'LW')
        return (day) => day.equals(nearestWorkday(day.with({ day: day.daysInMonth })));
      const last = /^L(?:-(\d{1,2}))?$/.exec(part);
      if (last !== null) {
        const before = Number(last[1] ?? 0);
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
  const rules = named(text, WEEK_DAYS)
    .split(',')
    .map((part): DayRule => {
      const last = /^(\d)L$/.exec(part);
      if (last !== null) {
        const wanted = weekDay(whole(last[1] as string, DAY_OF_WEEK));
        return (day) => day.dayOfWeek === wanted && day.day > day.daysInMonth - 7;
      }
      const nth = /^(\d)#(\d)$/.exec(part);
      if (nth !== null) {
        const wanted = weekDay(whole(nth[1] as string, DAY_OF_WEEK));
        const which = whole(nth[2] as string, { low: 1, high: 5 });
        return (day) => day.dayOfWeek === wanted && Math.ceil(day.day / 7) === which;
      }
      const allowed = numbers(part, DAY_OF_WEEK);
      return (day) => allowed.has(day.dayOfWeek) || (day.dayOfWeek === 7 && allowed.has(0));
    });
  return (day) => rules.some((rule) => rule(day));
}

/** Reads a cron expression, or a macro such as `@daily`. */
export function parseCron(text: string): Parsed<CronTimes> {
  const expression = MACROS[text.trim().toLowerCase()] ?? text.trim();
  if (expression === '') return { ok: false, message: 'Expression must not be empty' };
  const fields = expression.split(/\s+/);
  if (fields.length !== 6) {
    const message = `Cron expression must consist of 6 fields (found ${fields.length} in "${text}")`;
    return { ok: false, message };
  }
  const [seconds = '', minutes = '', hours = '', days = '', months = '', week = ''] = fields;
  try {
    const value: CronTimes = {
      seconds: numbers(seconds, { low: 0, high: 59 }),
      minutes: numbers(minutes, { low: 0, high: 59 }),
      hours: numbers(hours, { low: 0, high: 23 }),
      daysOfMonth: dayOfMonth(days),
      months: numbers(named(months, MONTHS), { low: 1, high: 12 }),
      daysOfWeek: dayOfWeek(week),
    };
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    return { ok: false, message: `${error.message} in cron expression "${text}"` };
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
