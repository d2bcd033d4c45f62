// The window of requests: it knows the newest ones exactly, says what it does not know, and stays within its bound.
import { requestIdOf } from '@millrace/protocol';
import { expect, test } from 'vitest';
import { RequestWindow } from './request-window.ts';

test('a request is unknown, under way, then answered', () => {
  const window = new RequestWindow();
  const id = requestIdOf(77, 5);
  expect(window.get(id)).toBeUndefined();
  window.begin(id);
  expect(window.get(id)).toBe('under-way');
  window.answered(id, 12, 3, 1_000);
  expect(window.get(id)).toEqual({ index: 12, place: 3 });
  expect(window.get(requestIdOf(78, 5))).toBeUndefined();
});

test('what was under way is unknown after leadership has ended; answers stay', () => {
  const window = new RequestWindow();
  window.begin(1);
  window.begin(2);
  window.answered(2, 1, 0, 5);
  window.endEra();
  expect(window.get(1)).toBeUndefined();
  expect(window.get(2)).toEqual({ index: 1, place: 0 });
  window.begin(1);
  expect(window.get(1)).toBe('under-way');
});

test('a request without a trace may be executed again, an answered one not', () => {
  const window = new RequestWindow();
  window.begin(1);
  window.forget(1);
  expect(window.get(1)).toBeUndefined();
  window.answered(2, 9, 9, 5);
  window.forget(2);
  expect(window.get(2)).toEqual({ index: 9, place: 9 });
});

test('the newest requests of many sessions are all known, and from when on is told', () => {
  const window = new RequestWindow(1_000);
  const ids: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    const id = requestIdOf(1 + (i % 7) * 1_000_003, i);
    ids.push(id);
    window.answered(id, i + 1, i % 50, i);
  }
  expect(window.size).toBeLessThanOrEqual(2_000);
  for (let i = 0; i < ids.length; i++) {
    const seen = window.get(ids[i] as number);
    if (i > window.coveredSinceMs) expect(seen).toEqual({ index: i + 1, place: i % 50 });
    else if (seen !== undefined) expect(seen).toEqual({ index: i + 1, place: i % 50 });
  }
  expect(window.coveredSinceMs).toBeGreaterThan(7_000);
  expect(window.coveredSinceMs).toBeLessThanOrEqual(9_000);
});

test('a log that begins late is told', () => {
  const window = new RequestWindow();
  window.startsAt(50);
  window.startsAt(40);
  expect(window.coveredSinceMs).toBe(50);
});
