// Which broker should run which replica, with which priority: the plan that a cluster starts from and is scaled to.
// Guarantees: every partition gets exactly as many replicas as asked for, on different brokers; the same input gives the
// same distribution everywhere.
// Leaves to others: moving from one distribution to another (planner.ts).
import type { MemberId, PartitionId } from './cluster-configuration.ts';

export interface PlacedReplica {
  readonly member: MemberId;
  readonly priority: number;
}

export interface PlacedPartition {
  readonly partitionId: PartitionId;
  /** By broker, ascending. */
  readonly replicas: readonly PlacedReplica[];
}

/** A distribution that cannot be made, with what is wrong and what to do. */
export class DistributionError extends Error {}

/**
 * Round robin over the brokers in ascending order (broker-operations.md 7.2). Partition p has its first replica, with the
 * highest priority, on broker (p - 1) mod N and the others on the brokers after it. Their priorities fall going forward in
 * the first round over all brokers, going backward in the next, and so on, so that the partitions of a broker that fails
 * are led by different ones.
 * @throws DistributionError when there are fewer brokers than replicas
 */
export function roundRobin(
  brokers: readonly MemberId[],
  partitionsCount: number,
  replicationFactor: number,
): readonly PlacedPartition[] {
  if (replicationFactor < 1) {
    throw new DistributionError(`Replication factor [${replicationFactor}] must be greater than 0`);
  }
  if (brokers.length < replicationFactor) {
    throw new DistributionError(
      `Number of brokers [${brokers.length}] is less than the replication factor [${replicationFactor}]. ` +
        'Name more brokers, or a smaller replication factor.',
    );
  }
  const ordered = [...brokers].sort((a, b) => a - b);
  return Array.from({ length: partitionsCount }, (_, index) => ({
    partitionId: index + 1,
    replicas: replicasInRound(ordered, index, replicationFactor),
  }));
}

function replicasInRound(
  brokers: readonly MemberId[],
  index: number,
  replicationFactor: number,
): readonly PlacedReplica[] {
  const forward = Math.floor(index / brokers.length) % 2 === 0;
  const priorityOf = (step: number): number => {
    if (step === 0) return replicationFactor;
    return forward ? replicationFactor - step : step;
  };
  return Array.from({ length: replicationFactor }, (_, step) => ({
    member: brokers[(index + step) % brokers.length] as MemberId,
    priority: priorityOf(step),
  })).sort((a, b) => a.member - b.member);
}

/** A distribution that the operator lists, as ZEEBE_BROKER_EXPERIMENTAL_PARTITIONING_FIXED_* says it. */
export interface FixedPartition {
  readonly partitionId: PartitionId;
  readonly nodes: readonly { readonly nodeId: MemberId; readonly priority: number }[];
}

/**
 * The listed distribution, checked: all partitions, each with as many replicas as asked for, on brokers that exist.
 * @throws DistributionError
 */
export function fixedDistribution(
  listed: readonly FixedPartition[],
  brokers: readonly MemberId[],
  partitionsCount: number,
  replicationFactor: number,
): readonly PlacedPartition[] {
  const byId = new Map<PartitionId, FixedPartition>();
  for (const partition of listed) {
    const { partitionId } = partition;
    if (partitionId < 1 || partitionId > partitionsCount) {
      throw fixedError(partitionId, `is listed, but partitions are 1 to ${partitionsCount}`);
    }
    if (byId.has(partitionId)) throw fixedError(partitionId, 'is listed twice');
    byId.set(partitionId, partition);
  }
  return Array.from({ length: partitionsCount }, (_, index) => {
    const partition = byId.get(index + 1);
    if (partition === undefined) throw fixedError(index + 1, 'is not listed');
    checkNodes(partition, brokers, replicationFactor);
    return {
      partitionId: index + 1,
      replicas: partition.nodes
        .map(({ nodeId, priority }) => ({ member: nodeId, priority }))
        .sort((a, b) => a.member - b.member),
    };
  });
}

function checkNodes(
  { partitionId, nodes }: FixedPartition,
  brokers: readonly MemberId[],
  replicationFactor: number,
): void {
  if (nodes.length !== replicationFactor) {
    throw fixedError(
      partitionId,
      `lists ${nodes.length} nodes, but the replication factor is ${replicationFactor}`,
    );
  }
  const distinct = (values: readonly number[]) => new Set(values).size === values.length;
  if (!distinct(nodes.map(({ nodeId }) => nodeId)))
    throw fixedError(partitionId, 'names a node twice');
  if (!distinct(nodes.map(({ priority }) => priority))) {
    throw fixedError(partitionId, 'gives two nodes the same priority');
  }
  for (const { nodeId, priority } of nodes) {
    if (!brokers.includes(nodeId)) {
      throw fixedError(partitionId, `names node ${nodeId}, but nodes are ${brokers.join(', ')}`);
    }
    if (!Number.isSafeInteger(priority) || priority < 1) {
      throw fixedError(partitionId, `gives node ${nodeId} the priority ${priority}; use 1 or more`);
    }
  }
}

function fixedError(partitionId: PartitionId, what: string): DistributionError {
  return new DistributionError(
    `the fixed partition distribution is wrong: partition ${partitionId} ${what}. ` +
      'Correct zeebe.broker.experimental.partitioning.fixed.',
  );
}
