import { systemTimers } from '@millrace/raft';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PartitionClock } from './partition-clock.ts';

const START = 1_700_000_000_000;
let warnings: string[];
let clock: PartitionClock;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  warnings = [];
  clock = new PartitionClock(systemTimers, (text) => warnings.push(text));
});
afterEach(() => vi.useRealTimers());

test('a small step back is hidden, without a word', () => {
  expect(clock.now()).toBe(START);
  vi.setSystemTime(START - 900);
  expect(clock.now()).toBe(START);
  vi.setSystemTime(START + 5);
  expect(clock.now()).toBe(START + 5);
  expect(warnings).toEqual([]);
});

test('a larger one is taken as it is, with one warning', () => {
  clock.now();
  vi.setSystemTime(START - 60_000);
  expect([clock.now(), clock.now()]).toEqual([START - 60_000, START - 60_000]);
  expect(warnings).toEqual(['the clock went back by 60000 ms; records follow it']);
});

test('pinned, moved, and back to the real one with a warning', () => {
  clock.control(0, START + 10_000);
  vi.setSystemTime(START + 1);
  expect(clock.now()).toBe(START + 10_000);
  clock.control(3_600_000, undefined);
  expect(clock.now()).toBe(START + 3_600_001);
  expect(warnings).toEqual([]);
  clock.control(0, undefined);
  expect(clock.now()).toBe(START + 1);
  expect(warnings).toHaveLength(1);
});

test('a reset by less than a second is not hidden', () => {
  clock.control(500, undefined);
  expect(clock.now()).toBe(START + 500);
  clock.control(0, undefined);
  expect(clock.now()).toBe(START);
});
