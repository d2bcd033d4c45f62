// What a broker says about itself to all others, and the view of the cluster that is put together from it.
//
// Guarantees: of two sayings of one broker the newer one counts; who is not connected is not shown; of several leaders of a
// partition the one with the highest term is believed.
// Leaves to others: sending and receiving (cluster-node.ts).
import type { BrokerView, ClusterView, ReplicaView } from '../gateway/cluster-view.ts';

export interface BrokerInfo extends BrokerView {
  /** Counts up with every saying of one life of the broker. */
  readonly number: number;
  /** What this broker knows of the cluster as a whole. */
  readonly shape: ClusterShape;
  /** The life: a later start has a greater one. ms since the epoch. */
  readonly startedMs: number;
}

/** What all brokers of a cluster agree on. */
export interface ClusterShape {
  readonly clusterSize: number;
  readonly partitionsCount: number;
  readonly replicationFactor: number;
  readonly startPartitions: readonly number[];
  readonly messagePartitionsCount: number;
}

/** @returns the info, or undefined when the value is none */
export function brokerInfoOf(value: unknown): BrokerInfo | undefined {
  const info = value as Partial<BrokerInfo> | null;
  if (typeof info !== 'object' || info === null) return undefined;
  const isSound =
    Number.isInteger(info.nodeId) &&
    typeof info.host === 'string' &&
    typeof info.port === 'number' &&
    typeof info.version === 'string' &&
    typeof info.number === 'number' &&
    typeof info.startedMs === 'number' &&
    isShape(info.shape) &&
    Array.isArray(info.partitions) &&
    info.partitions.every((each) => Number.isInteger((each as ReplicaView)?.partitionId));
  return isSound ? (info as BrokerInfo) : undefined;
}

function isShape(shape: Partial<ClusterShape> | undefined): boolean {
  const numbers = [
    shape?.clusterSize,
    shape?.partitionsCount,
    shape?.replicationFactor,
    shape?.messagePartitionsCount,
  ];
  return numbers.every(Number.isInteger) && Array.isArray(shape?.startPartitions);
}

export class Topology implements ClusterView {
  readonly #infos = new Map<number, BrokerInfo>();
  readonly #listeners: (() => void)[] = [];
  #shape: ClusterShape;
  #sorted: readonly BrokerInfo[] = [];
  #leaders = new Map<number, number>();

  constructor(shape: ClusterShape) {
    this.#shape = shape;
  }

  get clusterSize(): number {
    return this.#shape.clusterSize;
  }

  get partitionsCount(): number {
    return this.#shape.partitionsCount;
  }

  get replicationFactor(): number {
    return this.#shape.replicationFactor;
  }

  get startPartitions(): readonly number[] {
    return this.#shape.startPartitions;
  }

  get messagePartitionsCount(): number {
    return this.#shape.messagePartitionsCount;
  }

  brokers(): readonly BrokerView[] {
    return this.#sorted;
  }

  leaderOf(partitionId: number): number | undefined {
    return this.#leaders.get(partitionId);
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  get shape(): ClusterShape {
    return this.#shape;
  }

  setShape(shape: ClusterShape): void {
    this.#shape = shape;
    this.#tell();
  }

  /** A broker has said this about itself. */
  heard(info: BrokerInfo): void {
    const before = this.#infos.get(info.nodeId);
    const isOlder =
      before !== undefined &&
      (info.startedMs < before.startedMs ||
        (info.startedMs === before.startedMs && info.number <= before.number));
    if (isOlder) return;
    this.#infos.set(info.nodeId, info);
    this.#changed();
  }

  /** The broker cannot be reached. */
  lost(nodeId: number): void {
    if (this.#infos.delete(nodeId)) this.#changed();
  }

  #changed(): void {
    this.#sorted = [...this.#infos.values()].sort((a, b) => a.nodeId - b.nodeId);
    const terms = new Map<number, number>();
    this.#leaders = new Map();
    for (const { nodeId, partitions } of this.#sorted) {
      for (const { partitionId, role, term } of partitions) {
        if (role !== 'leader' || term <= (terms.get(partitionId) ?? -1)) continue;
        terms.set(partitionId, term);
        this.#leaders.set(partitionId, nodeId);
      }
    }
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
