// A group under random faults: nothing is ever lost, and it recovers.
import { expect, it } from 'vitest';
import { type RunCounts, randomRun } from './random-run.ts';

const seeds = process.env.RAFT_SEEDS ?? '1..300';

it(`keeps every promise and recovers, seeds ${seeds}`, { timeout: 3_600_000 }, () => {
  const [from = 1, to = from] = seeds.split('..').map(Number);
  const sums: Record<string, number> = {};
  const failures: string[] = [];
  for (let seed = from; seed <= to; seed++) {
    try {
      const counts = randomRun({ seed });
      for (const name of Object.keys(counts) as (keyof RunCounts)[]) {
        sums[name] = (sums[name] ?? 0) + counts[name];
      }
    } catch (error) {
      failures.push(`seed ${seed}: ${(error as Error).message}`);
    }
  }
  expect(failures).toEqual([]);
  const runs = to - from + 1;
  // Faults that leave nothing to look at would prove nothing.
  for (const name of ['leaders', 'commits', 'reads']) expect(sums[name]).toBeGreaterThan(runs / 2);
});
