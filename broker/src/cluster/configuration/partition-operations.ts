// What a change asks of the partitions on this broker, and which operation asks for which of it.
// Guarantees: nothing by itself; `carryOut` calls one of these for one operation.
// Leaves to others: doing it, over Raft's membership change (broker-operations.md 1.7).
import {
  type ClusterConfiguration,
  type MemberId,
  type Operation,
  type OperationKind,
  type PartitionId,
  replicasOf,
} from './core/cluster-configuration.ts';

/** A broker that runs a full replica of the partition. */
export interface ActiveReplica {
  readonly member: MemberId;
  readonly priority: number;
}

/**
 * The work of operations. Each call resolves when its effect is durable, and rejects with what is wrong; it is then made
 * again after a while. Each may be made again after it succeeded (the broker died before it could note that): it then
 * resolves without doing anything twice. When the signal is aborted the change was cancelled: the call ends soon, as far
 * as it has come, resolving only if its effect is complete; the next operation waits for that.
 */
export interface PartitionOperations {
  /**
   * This broker becomes a full replica: started if it does not run, learner first, voter once it has caught up.
   * @param others those that have full replicas now
   */
  joinPartition(
    partitionId: PartitionId,
    priority: number,
    others: readonly ActiveReplica[],
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * This broker's replica is taken out of the partition's Raft group (handing leadership over first), stopped, and its data
   * removed. A replica that is not there has left already.
   * @param others those that have full replicas afterwards
   */
  leavePartition(
    partitionId: PartitionId,
    others: readonly ActiveReplica[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Makes a new, empty partition of which this broker has the only replica. One that exists is left as it is. */
  bootstrapPartition(
    partitionId: PartitionId,
    priority: number,
    signal: AbortSignal,
  ): Promise<void>;
  /** The replica of this broker stands for election with that priority from now on. */
  reconfigurePriority(
    partitionId: PartitionId,
    priority: number,
    signal: AbortSignal,
  ): Promise<void>;
  /**
   * Makes the retained replicas, of which this broker has one, the only members of the partition's Raft group, without
   * asking the others. Acknowledged data may be lost; the operator has said that there is no other way.
   */
  forceReconfigure(
    partitionId: PartitionId,
    retained: readonly MemberId[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Partition 1 begins to send all definitions, and those deployed from now on, to the added partitions. */
  startRedistribution(
    partitionsCount: number,
    added: readonly PartitionId[],
    signal: AbortSignal,
  ): Promise<void>;
  /** Resolves when the added partitions have all definitions. */
  awaitRedistribution(
    partitionsCount: number,
    added: readonly PartitionId[],
    signal: AbortSignal,
  ): Promise<void>;
}

type Work<O> = (
  operations: PartitionOperations,
  operation: O,
  configuration: ClusterConfiguration,
  signal: AbortSignal,
) => Promise<void>;

const nothing: Work<unknown> = () => Promise.resolve();

const work: { readonly [K in OperationKind]: Work<Extract<Operation, { kind: K }>> } = {
  BROKER_ADD: nothing,
  BROKER_REMOVE: nothing,
  BROKER_FORCE_REMOVE: nothing,
  PARTITION_JOIN: (operations, { brokerId, partitionId, priority }, configuration, signal) =>
    operations.joinPartition(
      partitionId,
      priority,
      others(configuration, brokerId, partitionId),
      signal,
    ),
  PARTITION_LEAVE: (operations, { brokerId, partitionId }, configuration, signal) =>
    operations.leavePartition(partitionId, others(configuration, brokerId, partitionId), signal),
  PARTITION_RECONFIGURE_PRIORITY: (operations, { partitionId, priority }, _, signal) =>
    operations.reconfigurePriority(partitionId, priority, signal),
  PARTITION_FORCE_RECONFIGURE: (operations, { partitionId, retained }, _, signal) =>
    operations.forceReconfigure(partitionId, retained, signal),
  PARTITION_BOOTSTRAP: (operations, { partitionId, priority }, _, signal) =>
    operations.bootstrapPartition(partitionId, priority, signal),
  START_PARTITION_SCALE_UP: (operations, { partitionsCount, added }, _, signal) =>
    operations.startRedistribution(partitionsCount, added, signal),
  AWAIT_REDISTRIBUTION: (operations, { partitionsCount, added }, _, signal) =>
    operations.awaitRedistribution(partitionsCount, added, signal),
  UPDATE_ROUTING_STATE: nothing,
};

/** Does what the operation asks for. Rejects with what is wrong. */
export function carryOut(
  operations: PartitionOperations,
  operation: Operation,
  configuration: ClusterConfiguration,
  signal: AbortSignal,
): Promise<void> {
  return (work[operation.kind] as Work<Operation>)(operations, operation, configuration, signal);
}

function others(
  configuration: ClusterConfiguration,
  brokerId: MemberId,
  partitionId: PartitionId,
): readonly ActiveReplica[] {
  return replicasOf(configuration, partitionId)
    .filter(({ member, state }) => member !== brokerId && state === 'ACTIVE')
    .map(({ member, priority }) => ({ member, priority }));
}
