// What the expression of a timer event gives: a schedule, or the text of an incident (engine-semantics.md I.1).
import {
  type Expression,
  evaluateString,
  type FeelEnvironment,
  type Typed,
} from '../feel/index.ts';
import { parseZonedIso } from '../feel/temporal-text.ts';
import { DayTimeDuration, FeelDateTime, YearMonthDuration } from '../feel/temporal-values.ts';
import { evaluateTyped, momentOf } from '../feel/typed-results.ts';
import { parseCron } from './cron.ts';
import { type Interval, type Parsed, parseInterval } from './interval.ts';
import {
  afterInterval,
  atMoment,
  byCron,
  repeating,
  type Schedule,
  WITHOUT_END,
} from './schedule.ts';

export type TimerKind = 'date' | 'duration' | 'cycle';

export function evaluateTimer(
  kind: TimerKind,
  value: Expression,
  feel: FeelEnvironment,
): Typed<Schedule> {
  if (kind === 'duration') return evaluateDuration(value, feel);
  return kind === 'date' ? evaluateDate(value, feel) : evaluateCycle(value, feel);
}

const ok = (value: Schedule): Typed<Schedule> => ({ ok: true, value });

function evaluateDuration(expression: Expression, feel: FeelEnvironment): Typed<Schedule> {
  return evaluateTyped(
    expression,
    feel,
    "one of '[DURATION, PERIOD, STRING]'",
    (value, text): Typed<Schedule> | undefined => {
      if (value instanceof DayTimeDuration) {
        const ms = value.seconds * 1000 + Math.floor(value.nanos / 1e6);
        return ok(afterInterval({ months: 0, days: 0, ms }));
      }
      if (value instanceof YearMonthDuration)
        return ok(afterInterval({ months: value.months, days: 0, ms: 0 }));
      if (typeof value !== 'string') return undefined;
      const interval = parseInterval(value);
      if (interval.ok) return ok(afterInterval(interval.value));
      return {
        ok: false,
        message: `Invalid duration format '${value}' for expression '${text}'.`,
      };
    },
  );
}

function evaluateDate(expression: Expression, feel: FeelEnvironment): Typed<Schedule> {
  return evaluateTyped(
    expression,
    feel,
    "one of '[DATE_TIME, STRING]'",
    (value, text): Typed<Schedule> | undefined => {
      const dateTime = typeof value === 'string' ? parseZonedIso(value) : value;
      const moment = dateTime instanceof FeelDateTime ? momentOf(dateTime) : undefined;
      if (moment !== undefined) return ok(atMoment(moment.epochMs));
      if (typeof value !== 'string') return undefined;
      return {
        ok: false,
        message: `Invalid date-time format '${value}' for expression '${text}'.`,
      };
    },
  );
}

function evaluateCycle(expression: Expression, feel: FeelEnvironment): Typed<Schedule> {
  const text = evaluateString(expression, feel);
  return text.ok ? parseCycle(text.value) : text;
}

/** Where a date and time is wrong: behind it when only its offset is missing. */
const faultAt = (text: string): number =>
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/.test(text) ? text.length : 0;

/** A slash that is not part of a zone's name in brackets. */
const SLASH = /\/(?![^[]*\])/;

const INT_MAX = 2_147_483_647;

/** `R3/PT1H`, `R/2024-01-01T00:00:00Z/PT1H`, or a cron expression. */
export function parseCycle(text: string): Parsed<Schedule> {
  if (!text.startsWith('R')) {
    const cron = parseCron(text);
    return cron.ok ? { ok: true, value: byCron(cron.value) } : cron;
  }
  const [count = '', ...rest] = text.slice(1).split(SLASH);
  if (rest.length === 0) return { ok: false, message: 'No interval given' };
  const repetitions = count === '' ? WITHOUT_END : Number(count);
  if (count !== '' && (!/^[+-]?\d{1,10}$/.test(count) || repetitions > INT_MAX))
    return { ok: false, message: 'Cannot parse repetitions count' };
  const [first = '', second] = rest;
  const start = second === undefined ? undefined : parseZonedIso(first);
  const startMs = start === undefined ? undefined : momentOf(start)?.epochMs;
  if (second !== undefined && first !== '' && startMs === undefined)
    return { ok: false, message: `Text '${first}' could not be parsed at index ${faultAt(first)}` };
  const interval: Parsed<Interval> = parseInterval(second ?? first);
  if (!interval.ok) return interval;
  return { ok: true, value: repeating(repetitions, interval.value, startMs) };
}
