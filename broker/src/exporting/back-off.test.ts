// The back-off grows to ten seconds and never beyond, with its random part.
import { expect, test } from 'vitest';
import { backOffMs } from './back-off.ts';

test('it doubles up to ten seconds', () => {
  const waits = Array.from({ length: 12 }, (_, i) => backOffMs(i + 1, 0));
  expect(waits).toEqual([50, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000, 10000, 10000]);
  expect(backOffMs(1_000_000, 0)).toBe(10000);
});

test('the random part takes at most half', () => {
  expect(backOffMs(9, 1)).toBe(5000);
  expect(backOffMs(1, 0.5)).toBe(38);
});
