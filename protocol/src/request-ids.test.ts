// Numbers of requests: they keep their session apart and stay plain numbers.
import { expect, it } from 'vitest';
import { COUNT_MAX, drawSession, requestIdOf, SESSION_MAX, sessionOf } from './request-ids.ts';

it('gives every session its own numbers', () => {
  expect(sessionOf(requestIdOf(1, 0))).toBe(1);
  expect(sessionOf(requestIdOf(1, COUNT_MAX))).toBe(1);
  expect(requestIdOf(1, COUNT_MAX) + 1).toBe(requestIdOf(2, 0));
  expect(sessionOf(requestIdOf(SESSION_MAX, COUNT_MAX))).toBe(SESSION_MAX);
  expect(requestIdOf(SESSION_MAX, COUNT_MAX)).toBe(Number.MAX_SAFE_INTEGER);
});

it('has no session for what nobody waits for', () => {
  expect(sessionOf(-1)).toBe(0);
  expect(sessionOf(0)).toBe(0);
});

it('draws sessions from the whole range', () => {
  expect(drawSession(0)).toBe(1);
  expect(drawSession(0.9999999999)).toBe(SESSION_MAX);
});

it('refuses what is out of range', () => {
  expect(() => requestIdOf(0, 1)).toThrow(/session/);
  expect(() => requestIdOf(1, COUNT_MAX + 1)).toThrow(/counts/);
});
