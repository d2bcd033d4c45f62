// A group under random faults: nothing is ever lost, and it recovers.
//
// RAFT_SEEDS=1..20000 runs others; a single number also shows the last steps of a run that fails.
import { expect, it } from 'vitest';
import { type RunCounts, randomRun } from './random-run.ts';

const seeds = process.env.RAFT_SEEDS ?? '1..300';
const [from = 1, to = from] = seeds.split('..').map(Number);
const traceLines = 80;

it(`keeps every promise and recovers, seeds ${seeds}`, { timeout: 3_600_000 }, () => {
  const sums: Record<string, number> = {};
  const failures: string[] = [];
  for (let seed = from; seed <= to; seed++) {
    const trace: string[] = [];
    try {
      const counts = randomRun(
        from === to ? { seed, trace: (line) => trace.push(line) } : { seed },
      );
      for (const name of Object.keys(counts) as (keyof RunCounts)[]) {
        sums[name] = (sums[name] ?? 0) + counts[name];
      }
    } catch (error) {
      failures.push(`seed ${seed}: ${(error as Error).message}`, ...trace.slice(-traceLines));
    }
  }
  expect(failures).toEqual([]);
  // Runs in which nothing happens would prove nothing.
  const runs = to - from + 1;
  if (runs < 100) return;
  expect(sums.commits).toBeGreaterThan(10 * runs);
  for (const name of ['leaders', 'reads', 'crashes'] as const) {
    expect(sums[name]).toBeGreaterThan(runs);
  }
  for (const name of ['changes', 'transfers', 'checkpoints', 'hampered'] as const) {
    expect(sums[name]).toBeGreaterThan(runs / 20);
  }
});
