import { expect, it } from 'vitest';
import { isZonedDateTime } from './zoned-date-time.ts';

it.each([
  ['2023-03-02T15:35+02:00', true],
  ['2024-01-01T10:00:00Z', true],
  ['2024-01-01T10:00:00.123456789-05:30', true],
  ['2024-02-29T10:00:00+02:00[Europe/Berlin]', true],
  ['2023-02-29T10:00:00Z', false],
  ['2024-13-01T10:00:00Z', false],
  ['2024-01-01T24:00:00Z', false],
  ['2024-01-01T10:00:00', false],
  ['2024-01-01', false],
  ['2026-01-02T03:04:05[Europe/Berlin]', false],
  [' 2024-01-01T10:00:00Z', false],
  ['tomorrow', false],
])('%s: %s', (text, expected) => {
  expect(isZonedDateTime(text)).toBe(expected);
});
