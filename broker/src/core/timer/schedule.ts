// When a timer is due, and when again (engine-semantics.md I.2).
import { type CronTimes, nextCronTime } from './cron.ts';
import { after, type Interval } from './interval.ts';

export interface Due {
  /** ms since the epoch */
  readonly dueDate: number;
  /** Firings, this one included; -1: without end. */
  readonly repetitions: number;
}

export interface Schedule {
  /** The first time, seen from now. */
  first(nowMs: number): Due;
  /** The time after one that was due; `left` is how often it still fires then. */
  next(previousDueMs: number, nowMs: number, left: number): Due;
}

export const WITHOUT_END = -1;

/** Once, after a while. */
export function afterInterval(interval: Interval): Schedule {
  return repeating(1, interval, undefined);
}

/** Once, at a moment. */
export function atMoment(dueDate: number): Schedule {
  return {
    first: () => ({ dueDate, repetitions: 1 }),
    next: (_previous, _now, left) => ({ dueDate, repetitions: left }),
  };
}

/** @param startMs the first time; one that has passed is skipped */
export function repeating(
  repetitions: number,
  interval: Interval,
  startMs: number | undefined,
): Schedule {
  return {
    first: (now) => ({
      dueDate: startMs !== undefined && startMs > now ? startMs : after(now, interval),
      repetitions,
    }),
    next: (previous, now, left) => {
      const regular = after(previous, interval);
      return { dueDate: regular > now ? regular : after(now, interval), repetitions: left };
    },
  };
}

/** Whenever a cron expression says so. */
export function byCron(times: CronTimes): Schedule {
  const due = (now: number, left: number): Due => {
    const next = nextCronTime(times, now);
    // No such day: due at once and never again, as the reference does.
    return next === undefined
      ? { dueDate: now, repetitions: 0 }
      : { dueDate: next, repetitions: left };
  };
  return {
    first: (now) => due(now, WITHOUT_END),
    next: (_previous, now, left) => due(now, left),
  };
}
