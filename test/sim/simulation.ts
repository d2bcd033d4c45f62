// What every kind of simulation offers the program around it: one run of one seed, and its outcome.
// Guarantees: the same seed and options give the same outcome, digest and trace included (not with the real LevelDB).
// Leaves to others: repeating, shrinking, printing (run-sim.ts, shrink.ts).
import type { Fault } from './faults/fault.ts';
import type { Failure } from './world/world.ts';

export interface RunOptions {
  /** Instead of those that the seed draws. */
  readonly faults?: readonly Fault[] | undefined;
  readonly isTraced?: boolean | undefined;
  /** State on the real LevelDB: not bit-deterministic, and disks have no faults. */
  readonly isOnLevelDb?: boolean | undefined;
}

export interface Outcome {
  readonly seed: number;
  readonly failure: Failure | undefined;
  readonly faults: readonly Fault[];
  /** Virtual time at the end, ms. */
  readonly endMs: number;
  /** Events of the virtual time. */
  readonly events: number;
  /** Equal for equal runs. */
  readonly digest: number;
  readonly trace: readonly string[];
  /** What happened how often, so that a run in which nothing happened is noticed. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface Simulation {
  readonly name: string;
  run(seed: number, options: RunOptions): Promise<Outcome>;
}
