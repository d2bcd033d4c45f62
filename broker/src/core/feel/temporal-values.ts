// The temporal values of FEEL: date and local time are the runtime's own PlainDate and PlainTime; the classes here are the forms that the
// runtime does not have (a time with a zone, a date-time that may be local, the two kinds of duration).
// Guarantees: immutable; equal values have equal fields. Leaves to others: reading and writing text (temporal-text.ts), arithmetic
// (temporal-arithmetic.ts). Nothing here asks a clock.

export type FeelDate = Temporal.PlainDate;

/** A time of day. `zone` is null (local), `Z`, an offset such as `+02:00`, or a time zone id. */
export class FeelTime {
  readonly time: Temporal.PlainTime;
  readonly zone: string | null;
  constructor(time: Temporal.PlainTime, zone: string | null) {
    this.time = time;
    this.zone = zone;
  }
}

/** A date and time. `zone` as for a time; `zoned` is the same moment with its zone, null when local. */
export class FeelDateTime {
  readonly local: Temporal.PlainDateTime;
  readonly zone: string | null;
  readonly zoned: Temporal.ZonedDateTime | null;
  constructor(
    local: Temporal.PlainDateTime,
    zone: string | null,
    zoned: Temporal.ZonedDateTime | null,
  ) {
    this.local = local;
    this.zone = zone;
    this.zoned = zoned;
  }
}

/** A days-and-time duration: whole seconds (safe integer, may be negative) and 0..999,999,999 nanoseconds on top. */
export class DayTimeDuration {
  readonly seconds: number;
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** A years-and-months duration in months (safe integer, may be negative). */
export class YearMonthDuration {
  readonly months: number;
  constructor(months: number) {
    this.months = months;
  }
}

export type TemporalValue =
  | FeelDate
  | FeelTime
  | FeelDateTime
  | DayTimeDuration
  | YearMonthDuration;

export const isDate = (value: unknown): value is FeelDate => value instanceof Temporal.PlainDate;

/** The runtime's name of a zone of ours. */
const runtimeZone = (zone: string): string => (zone === 'Z' ? 'UTC' : zone);

/** A date-time in a zone; undefined when the zone is unknown or the moment is out of range. Of two moments at a clock change the earlier one. */
export function zonedDateTime(
  local: Temporal.PlainDateTime,
  zone: string,
): FeelDateTime | undefined {
  try {
    const zoned = local.toZonedDateTime(runtimeZone(zone));
    return new FeelDateTime(zoned.toPlainDateTime(), zone, zoned);
  } catch {
    return undefined;
  }
}

/** The same moment as a date-time of ours. */
export function fromZoned(zoned: Temporal.ZonedDateTime, zone: string): FeelDateTime {
  return new FeelDateTime(zoned.toPlainDateTime(), zone, zoned);
}

export function localDateTime(local: Temporal.PlainDateTime): FeelDateTime {
  return new FeelDateTime(local, null, null);
}

/** The moment of a date-time in another zone (a local one is taken to be in that zone); undefined when the zone is unknown. */
export function inZone(value: FeelDateTime, zone: string): FeelDateTime | undefined {
  if (value.zoned === null) return zonedDateTime(value.local, zone);
  try {
    return fromZoned(value.zoned.withTimeZone(runtimeZone(zone)), zone);
  } catch {
    return undefined;
  }
}

/** UTC offset of a zoned date-time in seconds. */
export const offsetSeconds = (zoned: Temporal.ZonedDateTime): number =>
  zoned.offsetNanoseconds / 1e9;

/** A time in a zone is only defined together with a date; its offset is that of this day's start. */
const REFERENCE_DAY = Temporal.PlainDate.from('2024-01-01');

/** UTC offset of a time in seconds; undefined when it is local. */
export function timeOffset(value: FeelTime): number | undefined {
  if (value.zone === null) return undefined;
  return offsetSeconds(
    REFERENCE_DAY.toZonedDateTime({ timeZone: runtimeZone(value.zone), plainTime: value.time }),
  );
}

/** Whether the runtime knows the time zone id. */
export function isKnownZone(zone: string): boolean {
  try {
    REFERENCE_DAY.toZonedDateTime(runtimeZone(zone));
    return true;
  } catch {
    return false;
  }
}

/** A duration of seconds and nanoseconds in any combination of signs; undefined beyond the safe range. */
export function dayTimeDuration(seconds: number, nanos: number): DayTimeDuration | undefined {
  const carry = Math.floor(nanos / 1e9);
  const whole = seconds + carry;
  return Number.isSafeInteger(whole)
    ? new DayTimeDuration(whole + 0, nanos - carry * 1e9)
    : undefined;
}

export function yearMonthDuration(months: number): YearMonthDuration | undefined {
  return Number.isSafeInteger(months) ? new YearMonthDuration(months + 0) : undefined;
}
