import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SortedSuffixes } from './sorted-suffixes.ts';

test('behaves like a sorted array', () => {
  const change = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 2000 }));
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 1500 }),
      fc.array(change, { maxLength: 1500 }),
      fc.array(fc.tuple(fc.integer({ min: -1, max: 2001 }), fc.nat(700)), { maxLength: 5 }),
      (start, changes, probes) => {
        const model = new Set(start);
        const sorted = SortedSuffixes.of([...model]);
        for (const [add, suffix] of changes) {
          if (add && !model.has(suffix)) sorted.add(suffix);
          if (!add) sorted.remove(suffix);
          if (add) model.add(suffix);
          else model.delete(suffix);
        }
        const all = [...model].sort((a, b) => a - b);
        expect(sorted.size).toBe(all.length);
        expect(sorted.slice(undefined, undefined, Number.POSITIVE_INFINITY)).toEqual(all);
        for (const [suffix, limit] of probes) {
          expect(sorted.rank(suffix)).toBe(all.filter((s) => s <= suffix).length);
          const between = all.filter((s) => s > suffix && s <= suffix + limit);
          expect(sorted.slice(suffix, suffix + limit, limit)).toEqual(between.slice(0, limit));
          expect(sorted.at(limit)).toBe(all[limit]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('appending and taking from the front keep their order over many blocks', () => {
  const sorted = SortedSuffixes.of<number>([]);
  for (let i = 0; i < 10_000; i++) sorted.add(i);
  for (let i = 0; i < 9_000; i++) sorted.remove(i);
  expect(sorted.slice(undefined, undefined, 2)).toEqual([9_000, 9_001]);
  expect(sorted.rank(undefined)).toBe(1_000);
});
