import { decodeEntry, EMPTY_JOB, LogRecord, makeKey, NO_OPERATION } from '@millrace/protocol';
import { expect, test } from 'vitest';
import type { Effect } from '../core/engine/effects.ts';
import { ResponseGate } from './response-gate.ts';

const completed = (counter: number) =>
  new LogRecord(
    'EVENT',
    'JOB',
    'COMPLETED',
    makeKey(1, counter),
    EMPTY_JOB,
    counter,
    -1,
    0,
    undefined,
    '',
    -1,
    NO_OPERATION,
    false,
  );
const answer = (requestId: number): Effect => ({
  kind: 'answer',
  requestId,
  record: completed(requestId),
});
const turn = (lastPosition: number, effects: readonly Effect[]) => ({
  firstPosition: 1,
  nextPosition: lastPosition + 1,
  timestamp: 1_000,
  effects,
});
const none = () => {};
const requestsOf = (bytes: Uint8Array | undefined) =>
  bytes === undefined ? [] : decodeEntry(bytes).map((record) => record.requestId);

test('nothing leaves before its entry is committed', () => {
  const gate = new ResponseGate(1);
  gate.hold(5, turn(10, [answer(1)]));
  gate.hold(6, turn(20, [answer(2), answer(3)]));
  gate.hold(7, turn(30, [answer(4)]));
  expect(gate.release(4, none)).toEqual([]);
  expect(requestsOf(gate.release(6, none)[0]?.answers)).toEqual([1, 2, 3]);
  expect([gate.depth, gate.committedPosition]).toEqual([1, 20]);
  expect(requestsOf(gate.release(7, none)[0]?.answers)).toEqual([4]);
  expect(gate.depth).toBe(0);
});

test('other effects come in their order; the list of a turn may be used again', () => {
  const gate = new ResponseGate(1);
  const effects: Effect[] = [{ kind: 'due', timeMs: 1 }, answer(1), { kind: 'due', timeMs: 2 }];
  gate.hold(1, turn(1, effects));
  effects.length = 0;
  const seen: Effect[] = [];
  gate.release(1, (effect) => seen.push(effect));
  expect(seen).toEqual([
    { kind: 'due', timeMs: 1 },
    { kind: 'due', timeMs: 2 },
  ]);
});

test('dropped entries end as unknown, once each, and nothing of them is released later', () => {
  const gate = new ResponseGate(1);
  gate.hold(1, turn(1, [answer(1)]));
  gate.hold(2, turn(2, [answer(2)]));
  gate.release(1, none);
  expect(gate.drop('the outcome is unknown', true)).toEqual([
    {
      kind: 'refused',
      requestId: 2,
      retry: true,
      code: 'UNAVAILABLE',
      message: 'the outcome is unknown',
    },
  ]);
  expect(gate.drop('again', true)).toEqual([]);
  expect(gate.release(9, none)).toEqual([]);
});
