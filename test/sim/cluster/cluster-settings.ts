// How the cluster of a run is made up, drawn from the seed: sizes, times, and which kinds of faults may come.
// Guarantees: small clusters and small limits, so that rare things happen often; nothing that the product does not promise to
// survive: data is lost on a minority of the replicas only.
// Leaves to others: the cluster itself.
import type { FaultKind } from '../faults/fault.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { ClusterSettings } from './broker-program.ts';

const WEIGHTS: Readonly<Partial<Record<FaultKind, number>>> = {
  kill: 4,
  crash: 4,
  stop: 3,
  pause: 3,
  cut: 4,
  isolate: 4,
  'slow-link': 2,
  'lost-connections': 2,
  'slow-disk': 2,
  'full-disk': 2,
  'read-only-disk': 1,
  'failed-sync': 1,
  'failed-write': 1,
  'clock-step': 1,
};
const DAMAGE: Readonly<Partial<Record<FaultKind, number>>> = { 'bit-rot': 1, 'lost-data': 2 };
const CHANGES: Readonly<Partial<Record<FaultKind, number>>> = { change: 4 };

export interface FaultSettings {
  readonly weights: Readonly<Partial<Record<FaultKind, number>>>;
  /** Machines that may lose what they had made durable. */
  readonly victims: number;
}

export function drawSettings(random: SeededRandom): ClusterSettings {
  const size = random.pick([1, 2, 3, 3, 3, 3, 5]);
  const electionMs = random.pick([500, 1_000, 2_500]);
  return {
    size,
    partitions: random.pick([1, 1, 2, 3]),
    replication: Math.min(size, random.pick([1, 2, 3, 3, 3, 3])),
    heartbeatMs: electionMs / 10,
    electionMs,
    requestTimeoutMs: random.pick([2_000, 5_000]),
    checkpointLogBytes: random.pick([20_000, 200_000, 10_000_000]),
    checkpointIntervalMs: random.pick([2_000, 10_000, 300_000]),
    segmentBytes: random.pick([32 * 1024, 256 * 1024]),
  };
}

export function drawFaultSettings(
  random: SeededRandom,
  { replication }: ClusterSettings,
): FaultSettings {
  const victims = Math.floor((replication - 1) / 2);
  // Not both: a change may leave a partition with fewer replicas than its data needs.
  const isDamaged = victims > 0 && random.chance(0.5);
  if (isDamaged) return { weights: { ...WEIGHTS, ...DAMAGE }, victims };
  return { weights: { ...WEIGHTS, ...CHANGES }, victims: 0 };
}
