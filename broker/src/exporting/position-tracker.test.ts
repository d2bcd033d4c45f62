// Positions: examples, and a comparison with a slow and obvious tracker.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PositionTracker } from './position-tracker.ts';

test('acknowledging the last wanted record acknowledges the whole batch', () => {
  const tracker = new PositionTracker(-1, 0);
  tracker.handed(2, 10, 8);
  tracker.acknowledge(8);
  expect([tracker.position, tracker.index]).toEqual([10, 2]);
});

test('acknowledging a part moves the position, not the index', () => {
  const tracker = new PositionTracker(-1, 0);
  tracker.handed(2, 10, 8);
  tracker.acknowledge(5);
  expect([tracker.position, tracker.index]).toEqual([5, 0]);
});

test('dropped records count only when everything before them is acknowledged', () => {
  const tracker = new PositionTracker(-1, 0);
  tracker.handed(1, 5, -1);
  expect([tracker.position, tracker.index]).toEqual([5, 1]);
  tracker.handed(2, 10, 10);
  tracker.handed(3, 15, -1);
  expect([tracker.position, tracker.index]).toEqual([5, 1]);
  tracker.acknowledge(10);
  expect([tracker.position, tracker.index]).toEqual([15, 3]);
});

test('a position that was never handed over does not run ahead', () => {
  const tracker = new PositionTracker(3, 1);
  tracker.acknowledge(1000);
  expect(tracker.position).toBe(3);
  tracker.handed(2, 6, 6);
  tracker.acknowledge(1000);
  expect([tracker.position, tracker.index]).toEqual([6, 2]);
});

test('after a rewind old acknowledgements of what will come again change nothing', () => {
  const tracker = new PositionTracker(-1, 0);
  tracker.handed(1, 5, 5);
  tracker.handed(2, 9, 9);
  tracker.acknowledge(5);
  tracker.rewind();
  expect(tracker.handedPosition).toBe(5);
  tracker.acknowledge(9);
  expect([tracker.position, tracker.index]).toEqual([5, 1]);
});

test('it agrees with a tracker that knows every record', () => {
  const batch = fc.record({ wanted: fc.array(fc.boolean(), { maxLength: 6 }) });
  const acknowledge = fc.record({ back: fc.nat(12) });
  fc.assert(
    fc.property(fc.array(fc.oneof(batch, acknowledge), { maxLength: 40 }), (steps) => {
      const tracker = new PositionTracker(-1, 0);
      const records: { wanted: boolean; position: number }[] = [];
      const ends: { index: number; count: number }[] = [];
      let newest = -1;
      for (const step of steps) {
        if ('wanted' in step) {
          for (const wanted of step.wanted) records.push({ wanted, position: records.length });
          ends.push({ index: ends.length + 1, count: records.length });
          const last = records.findLastIndex((each) => each.wanted);
          const isNew = last >= records.length - step.wanted.length;
          const upTo = step.wanted.length === 0 ? -1 : records.length - 1;
          tracker.handed(ends.length, upTo, isNew ? last : -1);
        } else {
          newest = Math.max(newest, records.length - 1 - step.back);
          tracker.acknowledge(records.length - 1 - step.back);
        }
        const open = records.findIndex((each) => each.wanted && each.position > newest);
        const sure = open < 0 ? records.length : open;
        // Everything that counts as acknowledged is, and whole batches are found as soon as they are.
        expect(tracker.position).toBeLessThan(sure);
        const whole = ends.filter((end) => end.count <= sure).length;
        expect(tracker.index).toBe(whole);
      }
    }),
  );
});
