// A span of time as timers have it: months, days and milliseconds, added as the calendar of the broker's zone says.
// Guarantees: a text that is no interval is answered with a message, never with an exception.
import { SYSTEM_ZONE } from '../feel/builtins/temporal-functions.ts';

export interface Interval {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** The last moment there is, ms since the epoch. */
const LAST_MOMENT_MS = 8_640_000_000_000_000;

const within = (ms: number) => Math.max(-LAST_MOMENT_MS, Math.min(LAST_MOMENT_MS, ms));

/** The moment that far after another one, ms since the epoch. */
export function after(fromMs: number, { months, days, ms }: Interval): number {
  if (months === 0 && days === 0) return within(fromMs + ms);
  try {
    const from = Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(SYSTEM_ZONE);
    const moved = from.add({ months }).add({ days });
    return within(moved.epochMilliseconds + ms);
  } catch {
    // Beyond the calendar: as far as there are moments.
    return months + days < 0 ? -LAST_MOMENT_MS : LAST_MOMENT_MS;
  }
}

const PERIOD =
  /^([+-]?)P(?=[\d+-])(?:([+-]?\d{1,9})Y)?(?:([+-]?\d{1,9})M)?(?:([+-]?\d{1,9})W)?(?:([+-]?\d{1,9})D)?$/i;
const TIME =
  /^T(?=[\d+-])(?:([+-]?\d{1,15})H)?(?:([+-]?\d{1,15})M)?(?:([+-]?)(\d{1,15})(?:[.,](\d{0,9}))?S)?$/i;

const number = (text: string | undefined) => Number(text ?? 0);

/** An ISO 8601 interval such as `P1DT2H`, `PT0.5S`, `-PT1M`. */
export function parseInterval(text: string): Parsed<Interval> {
  const split = text.indexOf('T');
  const dateText = split < 0 ? text : text.slice(0, split);
  const timeText = split < 0 ? '' : text.slice(split);
  const isTimeOnly = /^[+-]?P$/i.test(dateText) && timeText !== '';
  const date = isTimeOnly ? /^([+-]?)P$/i.exec(dateText) : PERIOD.exec(dateText);
  if (date === null) return { ok: false, message: 'Text cannot be parsed to a Period' };
  const time = TIME.exec(timeText);
  if (timeText !== '' && time === null)
    return { ok: false, message: 'Text cannot be parsed to a Duration' };
  const sign = date[1] === '-' ? -1 : 1;
  const [, , years, months, weeks, days] = date;
  const secondSign = time?.[3] === '-' ? -1 : 1;
  const fraction = Math.floor(Number((time?.[5] ?? '').padEnd(9, '0')) / 1e6);
  const seconds = secondSign * (number(time?.[4]) * 1000 + fraction);
  const ms = number(time?.[1]) * 3_600_000 + number(time?.[2]) * 60_000 + seconds;
  const value = {
    months: sign * (number(years) * 12 + number(months)) + 0,
    days: sign * (number(weeks) * 7 + number(days)) + 0,
    ms: sign * ms + 0,
  };
  return { ok: true, value };
}
