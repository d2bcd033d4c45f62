// Makes a failing run smaller: fewer faults that still break the same promise.
// Guarantees: what it answers was run and failed; the number of runs is bounded.
// Leaves to others: what a run is.
import type { Fault } from './faults/fault.ts';
import type { Outcome, RunOptions, Simulation } from './simulation.ts';

const RUNS_MAX = 80;

export interface Shrunk {
  readonly outcome: Outcome;
  readonly runs: number;
}

/** The smallest failing run that was found; the given one when it cannot be made smaller. */
export async function shrink(
  simulation: Simulation,
  failed: Outcome,
  options: RunOptions,
): Promise<Shrunk> {
  let best = failed;
  let runs = 0;
  const fails = async (faults: readonly Fault[]): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false;
    runs++;
    const outcome = await simulation.run(failed.seed, { ...options, faults, isTraced: false });
    if (outcome.failure?.check !== failed.failure?.check) return false;
    best = outcome;
    return true;
  };
  // What began after the failure had no part in it.
  const endMs = failed.failure?.atMs ?? 0;
  await fails(failed.faults.filter(({ atMs }) => atMs <= endMs));
  // The shortest prefix, then each of the rest by itself, larger pieces first.
  for (let size = best.faults.length >>> 1; size >= 1; size >>>= 1) {
    while (best.faults.length > size && (await fails(best.faults.slice(0, -size)))) {}
  }
  for (let size = best.faults.length >>> 1; size >= 1; size >>>= 1) {
    for (let at = 0; at < best.faults.length; ) {
      const without = [...best.faults.slice(0, at), ...best.faults.slice(at + size)];
      if (!(await fails(without))) at += size;
    }
  }
  if (await fails([])) return { outcome: best, runs };
  return { outcome: best, runs };
}
