// Reads and writes temporal values. Two written forms, as the reference has them (observed.md section 3): `string()` and warnings use the FEEL
// form (`2024-03-10T10:00:00@Europe/Berlin`, `P1DT12H`), variables the form of Java's `toString` (`2024-03-10T10:00+01:00[Europe/Berlin]`, `PT36H`).
// Guarantees: a text that is no such value reads as undefined, never as an exception.
import {
  type DayTimeDuration,
  dayTimeDuration,
  type FeelDate,
  FeelDateTime,
  FeelTime,
  isDate,
  isKnownZone,
  localDateTime,
  type TemporalValue,
  YearMonthDuration,
  yearMonthDuration,
  zonedDateTime,
} from './temporal-values.ts';

const DATE = /^(-?(?:[1-9]\d{4,}|\d{4}))-(\d\d)-(\d\d)$/;
const TIME = /^T?(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:(Z)|([+-]\d\d:\d\d)|@(.+))?$/;

/** A date such as `2024-03-10`. */
export function parseDate(text: string): FeelDate | undefined {
  const parts = DATE.exec(text);
  return parts === null ? undefined : dateOf(Number(parts[1]), Number(parts[2]), Number(parts[3]));
}

export function dateOf(year: number, month: number, day: number): FeelDate | undefined {
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' });
  } catch {
    return undefined;
  }
}

/** A time of day from its parts; nanos within the second. */
export function timeOf(
  hour: number,
  minute: number,
  second: number,
  nanos: number,
): Temporal.PlainTime | undefined {
  try {
    const parts = [Math.floor(nanos / 1e6), Math.floor(nanos / 1e3) % 1e3, nanos % 1e3] as const;
    return new Temporal.PlainTime(hour, minute, second, ...parts);
  } catch {
    return undefined;
  }
}

/** A time such as `10:00:00`, `10:00:00+02:00`, `10:00:00@Europe/Berlin`. */
export function parseTime(text: string): FeelTime | undefined {
  const parts = TIME.exec(text);
  if (parts === null) return undefined;
  const midnight =
    parts[1] === '24' &&
    Number(parts[2]) === 0 &&
    Number(parts[3] ?? 0) === 0 &&
    Number(parts[4] ?? 0) === 0;
  const hour = midnight ? 0 : Number(parts[1]);
  const time = timeOf(
    hour,
    Number(parts[2]),
    Number(parts[3] ?? 0),
    Number((parts[4] ?? '').padEnd(9, '0')),
  );
  const zone = parts[5] ?? zeroIsZ(parts[6]) ?? parts[7] ?? null;
  if (time === undefined || (zone !== null && !isKnownZone(zone))) return undefined;
  return new FeelTime(time, zone);
}

const zeroIsZ = (offset: string | undefined): string | undefined =>
  offset === '+00:00' || offset === '-00:00' ? 'Z' : offset;

/** A date-time such as `2024-03-10T10:00:00`, with `Z`, an offset or `@zone`; a date alone is its midnight. */
export function parseDateTime(text: string): FeelDateTime | undefined {
  const split = text.indexOf('T');
  const date = parseDate(split < 0 ? text : text.slice(0, split));
  if (date === undefined) return undefined;
  if (split < 0) return localDateTime(date.toPlainDateTime());
  const clock = text.slice(split + 1);
  if (clock.startsWith('T') || clock.startsWith('24')) return undefined;
  const time = parseTime(clock);
  return time && dateTimeOf(date, time);
}

/** Date and time together. */
export function dateTimeOf(date: FeelDate, time: FeelTime): FeelDateTime | undefined {
  const local = date.toPlainDateTime(time.time);
  return time.zone === null ? localDateTime(local) : zonedDateTime(local, time.zone);
}

const YEAR_MONTHS = /^([+-])?P(?=.)(?:(-?\d{1,15})Y)?(?:(-?\d{1,15})M)?$/i;
const DAY_TIME =
  /^([+-])?P(?=.)(?:(-?\d{1,15})D)?(?:T(?=.)(?:(-?\d{1,15})H)?(?:(-?\d{1,15})M)?(?:(-?)(\d{1,15})(?:\.(\d{1,9}))?S)?)?$/i;

/** A duration of either kind; a mixture of years or months with days or times is none. */
export function parseDuration(text: string): DayTimeDuration | YearMonthDuration | undefined {
  const months = YEAR_MONTHS.exec(text);
  if (months !== null) {
    const total = Number(months[2] ?? 0) * 12 + Number(months[3] ?? 0);
    return yearMonthDuration(months[1] === '-' ? -total : total);
  }
  const parts = DAY_TIME.exec(text);
  if (parts === null) return undefined;
  const sign = parts[1] === '-' ? -1 : 1;
  const secondSign = parts[5] === '-' ? -1 : 1;
  const seconds =
    Number(parts[2] ?? 0) * 86400 +
    Number(parts[3] ?? 0) * 3600 +
    Number(parts[4] ?? 0) * 60 +
    secondSign * Number(parts[6] ?? 0);
  return dayTimeDuration(
    sign * seconds,
    sign * secondSign * Number((parts[7] ?? '').padEnd(9, '0')),
  );
}

/** The value of an `@"..."` literal, whichever temporal type its text has. */
export function parseTemporal(text: string): TemporalValue | undefined {
  if (/^[+-]?P/i.test(text)) return parseDuration(text);
  return parseDate(text) ?? parseTime(text) ?? parseDateTime(text);
}

const two = (value: number): string => (value < 10 ? `0${value}` : String(value));
const nanosOf = (time: { millisecond: number; microsecond: number; nanosecond: number }): number =>
  time.millisecond * 1e6 + time.microsecond * 1e3 + time.nanosecond;

/** Fraction of a second without zeros at its end, with the point; empty when there is none. */
function fraction(nanos: number): string {
  return nanos === 0 ? '' : `.${String(nanos).padStart(9, '0').replace(/0+$/, '')}`;
}

/** Fraction in groups of three digits, as Java writes times. */
function groupedFraction(nanos: number): string {
  const digits = fraction(nanos);
  return digits === '' ? '' : digits.padEnd(1 + 3 * Math.ceil((digits.length - 1) / 3), '0');
}

type Clock = Temporal.PlainTime | Temporal.PlainDateTime;

const fullClock = (time: Clock): string =>
  `${two(time.hour)}:${two(time.minute)}:${two(time.second)}${fraction(nanosOf(time))}`;

function shortClock(time: Clock): string {
  const nanos = nanosOf(time);
  const minutes = `${two(time.hour)}:${two(time.minute)}`;
  return time.second === 0 && nanos === 0
    ? minutes
    : `${minutes}:${two(time.second)}${groupedFraction(nanos)}`;
}

function dateText(date: FeelDate | Temporal.PlainDateTime, plus: string): string {
  const year = String(Math.abs(date.year)).padStart(4, '0');
  const sign = date.year < 0 ? '-' : date.year > 9999 ? plus : '';
  return `${sign}${year}-${two(date.month)}-${two(date.day)}`;
}

const isZoneId = (zone: string): boolean => zone !== 'Z' && !/^[+-]/.test(zone);
const feelZone = (zone: string | null): string =>
  zone === null ? '' : isZoneId(zone) ? `@${zone}` : zone;

/** Days-and-time duration as `string()` shows it: `P1DT2H`, `-PT0.5S`, `P0D`. */
function dayTimeText(value: DayTimeDuration): string {
  const negative = value.seconds < 0;
  const borrow = negative && value.nanos > 0;
  const seconds = Math.abs(borrow ? value.seconds + 1 : value.seconds);
  const nanos = borrow ? 1e9 - value.nanos : value.nanos;
  const days = Math.floor(seconds / 86400);
  const parts = `${part(Math.floor(seconds / 3600) % 24, 'H')}${part(Math.floor(seconds / 60) % 60, 'M')}`;
  const rest = seconds % 60 === 0 && nanos === 0 ? '' : `${seconds % 60}${fraction(nanos)}S`;
  if (days === 0 && parts === '' && rest === '') return 'P0D';
  const clock = parts === '' && rest === '' ? '' : `T${parts}${rest}`;
  return `${negative ? '-' : ''}P${part(days, 'D')}${clock}`;
}

const part = (value: number, unit: string): string => (value === 0 ? '' : `${value}${unit}`);

/** Days-and-time duration as it is written to a variable: hours, minutes and seconds, each with its sign. */
function dayTimeVariableText(value: DayTimeDuration): string {
  const borrow = value.seconds < 0 && value.nanos > 0;
  const total = borrow ? value.seconds + 1 : value.seconds;
  const nanos = borrow ? 1e9 - value.nanos : value.nanos;
  const [hours, minutes, seconds] = [
    Math.trunc(total / 3600),
    Math.trunc((total % 3600) / 60),
    total % 60,
  ];
  const rest =
    nanos === 0
      ? part(seconds, 'S')
      : `${borrow && seconds === 0 ? '-0' : seconds}${fraction(nanos)}S`;
  return `PT${part(hours, 'H')}${part(minutes, 'M')}${rest}`.replace(/^PT$/, 'PT0S');
}

function yearMonthText(value: YearMonthDuration): string {
  const months = Math.abs(value.months);
  const sign = value.months < 0 ? '-' : '';
  return months === 0
    ? 'P0Y'
    : `${sign}P${part(Math.floor(months / 12), 'Y')}${part(months % 12, 'M')}`;
}

function yearMonthVariableText(value: YearMonthDuration): string {
  const [years, months] = [Math.trunc(value.months / 12), value.months % 12];
  return value.months === 0 ? 'P0D' : `P${part(years, 'Y')}${part(months, 'M')}`;
}

/** The FEEL form: of `string()` and of warnings. */
export function temporalText(value: TemporalValue): string {
  if (isDate(value)) return dateText(value, '');
  if (value instanceof FeelTime) return fullClock(value.time) + feelZone(value.zone);
  if (value instanceof FeelDateTime)
    return `${dateText(value.local, '')}T${fullClock(value.local)}${feelZone(value.zone)}`;
  return value instanceof YearMonthDuration ? yearMonthText(value) : dayTimeText(value);
}

/** The form in which variables hold the value. */
export function temporalVariableText(value: TemporalValue): string {
  if (isDate(value)) return dateText(value, '+');
  if (value instanceof FeelTime) {
    return value.zone === null
      ? shortClock(value.time)
      : fullClock(value.time) + feelZone(value.zone);
  }
  if (value instanceof FeelDateTime) return dateTimeVariableText(value);
  return value instanceof YearMonthDuration
    ? yearMonthVariableText(value)
    : dayTimeVariableText(value);
}

/** `2024-03-10T10:00`, with the offset when zoned and the zone's name in brackets when it has one. */
export function dateTimeVariableText(value: FeelDateTime): string {
  const local = `${dateText(value.local, '+')}T${shortClock(value.local)}`;
  if (value.zone === null || value.zoned === null) return local;
  const offset = value.zoned.offset.replace(/^[+-]00:00$/, 'Z');
  return `${local}${offset}${isZoneId(value.zone) ? `[${value.zone}]` : ''}`;
}

const ZONED_ISO =
  /^(-?\d{4}|[+-]\d{5,9})(-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?)(Z|[+-](?:0\d|1[0-8])(?::\d\d)?)(?:\[([^\]]+)\])?$/i;

/** An ISO date-time with offset and optional `[zone]`, the form that task dates have as texts; undefined for anything else. */
export function parseZonedIso(text: string): FeelDateTime | undefined {
  const parts = ZONED_ISO.exec(text);
  if (parts === null) return undefined;
  const [, year = '', rest = '', shortOffset = '', zone] = parts;
  const offset = shortOffset.length === 3 ? `${shortOffset}:00` : shortOffset;
  const moment = parseDateTime(`${year.replace('+', '')}${rest}${offset}`.toUpperCase());
  if (moment?.zoned == null || zone === undefined) return moment;
  try {
    const zoned = moment.zoned.withTimeZone(zone);
    return new FeelDateTime(zoned.toPlainDateTime(), zone, zoned);
  } catch {
    return undefined;
  }
}
