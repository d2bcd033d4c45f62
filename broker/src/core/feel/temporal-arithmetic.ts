// Arithmetic and order of temporal values. Each function gives undefined when the operation does not exist for the two types, are not of
// one kind (local with zoned), or the result is out of range; the caller turns that into null with a warning.
// Facts: observed.md section 3 (what the reference does) and section 1 (where we follow the FEEL standard instead: a zoned time equals the
// same moment in another zone; a date plus hours keeps the time of day).
import {
  compareNumbers,
  divide,
  type FeelNumber,
  fromDecimal,
  isZero,
  multiply,
  toDecimal,
  truncated,
} from './number.ts';
import { roundTo } from './rounding.ts';
import {
  DayTimeDuration,
  dayTimeDuration,
  type FeelDate,
  FeelDateTime,
  FeelTime,
  fromZoned,
  isDate,
  localDateTime,
  type TemporalValue,
  timeOffset,
  YearMonthDuration,
  yearMonthDuration,
} from './temporal-values.ts';

export type DurationValue = DayTimeDuration | YearMonthDuration;

export const isDuration = (value: unknown): value is DurationValue =>
  value instanceof DayTimeDuration || value instanceof YearMonthDuration;

export function negateDuration(value: DurationValue): DurationValue | undefined {
  if (value instanceof YearMonthDuration) return yearMonthDuration(-value.months);
  return dayTimeDuration(-value.seconds, -value.nanos);
}

/** Sum of two durations of one kind. */
export function addDurations(a: DurationValue, b: DurationValue): DurationValue | undefined {
  if (a instanceof YearMonthDuration) {
    return b instanceof YearMonthDuration ? yearMonthDuration(a.months + b.months) : undefined;
  }
  return b instanceof DayTimeDuration
    ? dayTimeDuration(a.seconds + b.seconds, a.nanos + b.nanos)
    : undefined;
}

/** A date, time or date-time moved by a duration. */
export function move(
  value: FeelDate | FeelTime | FeelDateTime,
  by: DurationValue,
): TemporalValue | undefined {
  try {
    if (value instanceof FeelTime)
      return by instanceof DayTimeDuration ? moveTime(value, by) : undefined;
    const duration =
      by instanceof YearMonthDuration
        ? Temporal.Duration.from({ months: by.months })
        : Temporal.Duration.from({ seconds: by.seconds });
    const nanos =
      by instanceof DayTimeDuration ? Temporal.Duration.from({ nanoseconds: by.nanos }) : undefined;
    if (isDate(value)) return moveDate(value, by, duration, nanos);
    if (value.zoned !== null && value.zone !== null) {
      const moved = value.zoned.add(duration);
      return fromZoned(nanos ? moved.add(nanos) : moved, value.zone);
    }
    const moved = value.local.add(duration);
    return localDateTime(nanos ? moved.add(nanos) : moved);
  } catch {
    return undefined;
  }
}

function moveDate(
  date: FeelDate,
  by: DurationValue,
  duration: Temporal.Duration,
  nanos: Temporal.Duration | undefined,
): TemporalValue {
  if (by instanceof YearMonthDuration || nanos === undefined) return date.add(duration);
  if (by.nanos === 0 && by.seconds % 86400 === 0) return date.add({ days: by.seconds / 86400 });
  return localDateTime(date.toPlainDateTime().add(duration).add(nanos));
}

function moveTime(value: FeelTime, by: DayTimeDuration): FeelTime {
  return new FeelTime(
    value.time
      .add({ seconds: by.seconds % 86400, nanoseconds: by.seconds < 0 ? 0 : by.nanos })
      .add({
        nanoseconds: by.seconds < 0 ? by.nanos : 0,
      }),
    value.zone,
  );
}

const nanosOfDay = (time: Temporal.PlainTime): number =>
  ((time.hour * 60 + time.minute) * 60 + time.second) * 1e9 +
  time.millisecond * 1e6 +
  time.microsecond * 1e3 +
  time.nanosecond;

/** `a - b` of two dates, times or date-times of the same kind as a days-and-time duration. */
export function difference(a: TemporalValue, b: TemporalValue): DayTimeDuration | undefined {
  if (isDate(a) && isDate(b))
    return dayTimeDuration(b.until(a, { largestUnit: 'days' }).days * 86400, 0);
  if (a instanceof FeelTime && b instanceof FeelTime) {
    const offsets = commonOffsets(a, b);
    return (
      offsets && dayTimeDuration(offsets[1] - offsets[0], nanosOfDay(a.time) - nanosOfDay(b.time))
    );
  }
  if (!(a instanceof FeelDateTime) || !(b instanceof FeelDateTime)) return undefined;
  if ((a.zoned === null) !== (b.zoned === null)) return undefined;
  const span =
    a.zoned !== null && b.zoned !== null
      ? b.zoned.toInstant().until(a.zoned.toInstant(), { largestUnit: 'seconds' })
      : b.local.until(a.local, { largestUnit: 'seconds' });
  return dayTimeDuration(
    span.seconds,
    span.milliseconds * 1e6 + span.microseconds * 1e3 + span.nanoseconds,
  );
}

function commonOffsets(a: FeelTime, b: FeelTime): readonly [number, number] | undefined {
  const left = timeOffset(a);
  const right = timeOffset(b);
  if ((left === undefined) !== (right === undefined)) return undefined;
  return [left ?? 0, right ?? 0];
}

/** A duration times a number; like the reference, the number's fraction is ignored. */
export function scaleDuration(value: DurationValue, factor: FeelNumber): DurationValue | undefined {
  const whole = truncated(factor);
  if (value instanceof YearMonthDuration) return yearMonthDuration(value.months * whole);
  if (!Number.isSafeInteger(value.seconds * whole)) return undefined;
  const nanos = multiply(value.nanos, whole);
  if (nanos === undefined) return undefined;
  const carried = roundTo(divide(nanos, 1e9) ?? 0, 0, 'floor') ?? 0;
  const rest = truncated(nanos) - truncated(carried) * 1e9;
  return dayTimeDuration(value.seconds * whole + truncated(carried), rest);
}

/** A duration divided by a number: months are cut to whole ones, times to milliseconds. */
export function divideDuration(
  value: DurationValue,
  divisor: FeelNumber,
): DurationValue | undefined {
  if (isZero(divisor)) return undefined;
  if (value instanceof YearMonthDuration) {
    const months = divide(value.months, divisor);
    return months === undefined ? undefined : yearMonthDuration(truncated(months));
  }
  const milliseconds = divide(totalNanos(value), multiply(divisor, 1e6) ?? 1);
  if (milliseconds === undefined) return undefined;
  const whole = truncated(milliseconds);
  const seconds = Math.trunc(whole / 1000);
  return Number.isSafeInteger(whole)
    ? dayTimeDuration(seconds, (whole - seconds * 1000) * 1e6)
    : undefined;
}

function totalNanos(value: DayTimeDuration): FeelNumber {
  return fromDecimal(toDecimal(value.seconds).times(1e9).plus(value.nanos)) ?? 0;
}

/** Quotient of two durations of one kind as a number. */
export function divideDurations(a: DurationValue, b: DurationValue): FeelNumber | undefined {
  if (a instanceof YearMonthDuration)
    return b instanceof YearMonthDuration ? divide(a.months, b.months) : undefined;
  return b instanceof DayTimeDuration ? divide(totalNanos(a), totalNanos(b)) : undefined;
}

/** Order of two temporal values of the same kind; undefined when they cannot be compared. */
export function compareTemporal(a: TemporalValue, b: TemporalValue): number | undefined {
  if (isDate(a)) return isDate(b) ? Temporal.PlainDate.compare(a, b) : undefined;
  if (a instanceof FeelTime) return b instanceof FeelTime ? compareTimes(a, b) : undefined;
  if (a instanceof FeelDateTime)
    return b instanceof FeelDateTime ? compareDateTimes(a, b) : undefined;
  if (a instanceof YearMonthDuration)
    return b instanceof YearMonthDuration ? compareNumbers(a.months, b.months) : undefined;
  if (!(b instanceof DayTimeDuration)) return undefined;
  return compareNumbers(a.seconds, b.seconds) || compareNumbers(a.nanos, b.nanos);
}

function compareTimes(a: FeelTime, b: FeelTime): number | undefined {
  const offsets = commonOffsets(a, b);
  if (offsets === undefined) return undefined;
  return compareNumbers(
    nanosOfDay(a.time) - offsets[0] * 1e9,
    nanosOfDay(b.time) - offsets[1] * 1e9,
  );
}

function compareDateTimes(a: FeelDateTime, b: FeelDateTime): number | undefined {
  if (a.zoned !== null && b.zoned !== null)
    return Temporal.Instant.compare(a.zoned.toInstant(), b.zoned.toInstant());
  if (a.zoned !== null || b.zoned !== null) return undefined;
  return Temporal.PlainDateTime.compare(a.local, b.local);
}
