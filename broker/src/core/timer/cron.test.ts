import { describe, expect, it } from 'vitest';
import { SYSTEM_ZONE } from '../feel/builtins/temporal-functions.ts';
import { nextCronTime, parseCron } from './cron.ts';
import { parseCycle } from './evaluate.ts';

const local = (text: string): number =>
  Temporal.PlainDateTime.from(text).toZonedDateTime(SYSTEM_ZONE).epochMilliseconds;

/** The next times after the first of March 2026 (a Sunday), noon. */
function times(expression: string, count = 3): readonly string[] {
  const cron = parseCron(expression);
  if (!cron.ok) return [cron.message];
  const found: string[] = [];
  let at = local('2026-03-01T12:00:00');
  while (found.length < count) {
    const next = nextCronTime(cron.value, at);
    if (next === undefined) return [...found, 'never'];
    found.push(
      Temporal.Instant.fromEpochMilliseconds(next)
        .toZonedDateTimeISO(SYSTEM_ZONE)
        .toPlainDateTime()
        .toString(),
    );
    at = next;
  }
  return found;
}

describe('cron expressions', () => {
  it.each([
    ['*/20 * * * * *', ['2026-03-01T12:00:20', '2026-03-01T12:00:40', '2026-03-01T12:01:00']],
    ['@hourly', ['2026-03-01T13:00:00', '2026-03-01T14:00:00', '2026-03-01T15:00:00']],
    ['0 0 9 * * MON-WED', ['2026-03-02T09:00:00', '2026-03-03T09:00:00', '2026-03-04T09:00:00']],
    ['0 0 9 ? * SAT-MON', ['2026-03-02T09:00:00', '2026-03-07T09:00:00', '2026-03-08T09:00:00']],
    ['0 0 0 L * *', ['2026-03-31T00:00:00', '2026-04-30T00:00:00', '2026-05-31T00:00:00']],
    ['0 0 0 L-1 * *', ['2026-03-30T00:00:00', '2026-04-29T00:00:00', '2026-05-30T00:00:00']],
    ['0 0 0 LW * *', ['2026-03-31T00:00:00', '2026-04-30T00:00:00', '2026-05-29T00:00:00']],
    ['0 0 0 15W * *', ['2026-03-16T00:00:00', '2026-04-15T00:00:00', '2026-05-15T00:00:00']],
    ['0 0 0 * * 5#2', ['2026-03-13T00:00:00', '2026-04-10T00:00:00', '2026-05-08T00:00:00']],
    ['0 0 0 * * FRIL', ['2026-03-27T00:00:00', '2026-04-24T00:00:00', '2026-05-29T00:00:00']],
    ['0 30 10 1 JAN,jun *', ['2026-06-01T10:30:00', '2027-01-01T10:30:00', '2027-06-01T10:30:00']],
    ['0 0 0 * * 0', ['2026-03-08T00:00:00', '2026-03-15T00:00:00', '2026-03-22T00:00:00']],
    ['0 0 0 * * 7', ['2026-03-08T00:00:00', '2026-03-15T00:00:00', '2026-03-22T00:00:00']],
    ['0 0 0 29 2 ?', ['2028-02-29T00:00:00', '2032-02-29T00:00:00', '2036-02-29T00:00:00']],
    ['0 0 0 31 2 *', ['never']],
    ['0 0 0 * * 5#6', ['never']],
  ])('%s', (expression, expected) => {
    expect(times(expression)).toEqual(expected);
  });

  // The texts are those of the reference (test/oracle/verdicts has more of them).
  it.each([
    ['', 'Empty expression!'],
    ['* * * * *', 'Cron expression contains 5 parts but we expect one of [6]'],
    ['@reboot', 'Nickname @reboot not supported!'],
    ['61 * * * * *', 'Failed to parse cron expression. Value 61 not in range [0, 59]'],
    ['5-1 * * * * *', 'Failed to parse cron expression. Invalid range! [5,1]'],
    ['*/0 * * * * *', 'Failed to parse cron expression. Period 0 not in range [0, 59]'],
    [
      '0 0 0 * FOO *',
      'Failed to parse cron expression. Invalid chars in expression! Expression: FOO Invalid chars: FOO',
    ],
  ])('%s is none', (expression, message) => {
    expect(parseCron(expression)).toEqual({ ok: false, message });
  });
});

describe('cycles', () => {
  const now = local('2026-03-01T12:00:00');
  const first = (text: string) => {
    const cycle = parseCycle(text);
    return cycle.ok ? cycle.value.first(now) : cycle.message;
  };

  it('count and repeat', () => {
    expect(first('R3/PT1S')).toEqual({ dueDate: now + 1000, repetitions: 3 });
    expect(first('R/PT1S')).toEqual({ dueDate: now + 1000, repetitions: -1 });
    const start = Date.UTC(2030, 0, 1);
    expect(first('R2/2030-01-01T00:00:00Z[Europe/Berlin]/PT1S')).toEqual({
      dueDate: start,
      repetitions: 2,
    });
  });

  it.each([
    ['R3', 'No interval given'],
    ['Rx/PT1S', 'Cannot parse repetitions count'],
    ['R/', 'Text cannot be parsed to a Period'],
    ['R3/2026-01-01T00:00:00/PT1S', "Text '2026-01-01T00:00:00' could not be parsed at index 19"],
  ])('%s is none', (text, message) => {
    expect(first(text)).toBe(message);
  });
});
