// Cancelling what has many parts: step by step, in turns that stay small however many there are.
import { expect, test } from 'vitest';
import { bpmn, end, job, start } from './models.ts';
import { Scenario } from './scenario.ts';

const ROUNDS = 1200;
/** A turn of a hundred commands, each with the few records of one element that ends. */
const TURN_BYTES_MAX = 256 * 1024;

test('many children end in many small turns, and leave nothing', () => {
  let longest = 0;
  const s = new Scenario({
    flushEvery: 50,
    turnsMax: 100_000,
    onTurn: (_, entryBytes) => {
      longest = Math.max(longest, entryBytes);
    },
  });
  const marker =
    '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items"/></extensionElements>' +
    '</multiInstanceLoopCharacteristics>';
  const work = { ...job('work'), inside: marker };
  s.deployModel(bpmn('p', [start(), work, end()], 'start -> work -> end'));
  s.create('p', `{"items":${JSON.stringify(Array.from({ length: ROUNDS }, () => 0))}}`);
  longest = 0;
  s.cancelInstance();
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
  expect(longest).toBeLessThan(TURN_BYTES_MAX);
  s.verify();
}, 120_000);
