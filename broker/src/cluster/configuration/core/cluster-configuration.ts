// The cluster as data: which brokers belong to it, which replicas each of them runs, and what is being changed.
// Guarantees: plain JSON data, lists sorted by id; every part carries the version that its writer counts up.
// Leaves to others: how two copies become one (merge.ts), what a change does to it (operation.ts, change.ts).
//
// Shape and names follow broker-operations.md 7.1. One difference: a broker that left stays in the list as LEFT, so that
// an old copy of it can never bring it back.

/** Node id of a broker. */
export type MemberId = number;
/** 1 to the number of partitions. */
export type PartitionId = number;

export type MemberPhase = 'JOINING' | 'ACTIVE' | 'LEAVING' | 'LEFT';
export type ReplicaPhase = 'BOOTSTRAPPING' | 'JOINING' | 'ACTIVE' | 'LEAVING';

export interface ExporterSwitch {
  readonly id: string;
  readonly state: 'ENABLED' | 'DISABLED';
}

/** One copy of a partition on one broker. */
export interface ReplicaState {
  readonly partitionId: PartitionId;
  readonly state: ReplicaPhase;
  /** The replica with the highest priority should lead. 1 or more. */
  readonly priority: number;
  readonly exporters: readonly ExporterSwitch[];
}

/** One broker. Written by that broker alone; by others only when it is removed by force. */
export interface MemberState {
  readonly id: MemberId;
  /** 0 until the broker has run its replicas for the first time; counted up with every change of this member. */
  readonly version: number;
  /** ms since the epoch; 0: never */
  readonly updatedAtMs: number;
  readonly state: MemberPhase;
  /** Sorted by partition. */
  readonly replicas: readonly ReplicaState[];
}

/** One step of a change. `brokerId` is the broker that carries it out. */
export type Operation =
  | { readonly kind: 'BROKER_ADD'; readonly brokerId: MemberId }
  | { readonly kind: 'BROKER_REMOVE'; readonly brokerId: MemberId }
  /** Takes a broker that is gone for good out of the list, on its behalf. */
  | {
      readonly kind: 'BROKER_FORCE_REMOVE';
      readonly brokerId: MemberId;
      readonly removed: MemberId;
    }
  | ({ readonly kind: 'PARTITION_JOIN'; readonly priority: number } & ReplicaName)
  | ({ readonly kind: 'PARTITION_LEAVE' } & ReplicaName)
  | ({ readonly kind: 'PARTITION_RECONFIGURE_PRIORITY'; readonly priority: number } & ReplicaName)
  /** Names the replicas that remain, without asking those that do not. */
  | ({
      readonly kind: 'PARTITION_FORCE_RECONFIGURE';
      readonly retained: readonly MemberId[];
    } & ReplicaName)
  /** Makes a new, empty partition with this replica as its only one. */
  | ({ readonly kind: 'PARTITION_BOOTSTRAP'; readonly priority: number } & ReplicaName)
  | ({ readonly kind: 'START_PARTITION_SCALE_UP' } & ScaleUp)
  | ({ readonly kind: 'AWAIT_REDISTRIBUTION' } & ScaleUp)
  | ({ readonly kind: 'UPDATE_ROUTING_STATE' } & ScaleUp);

interface ReplicaName {
  readonly brokerId: MemberId;
  readonly partitionId: PartitionId;
}

interface ScaleUp {
  readonly brokerId: MemberId;
  /** Partitions that there are afterwards. */
  readonly partitionsCount: number;
  /** The new ones among them. */
  readonly added: readonly PartitionId[];
}

export type OperationKind = Operation['kind'];

export interface CompletedOperation {
  readonly operation: Operation;
  readonly completedAtMs: number;
}

/** A change under way: operations are carried out one after the other, each by the broker that it names. */
export interface ChangePlan {
  readonly id: number;
  /** 1 at first; counted up with every operation that is done. */
  readonly version: number;
  readonly startedAtMs: number;
  readonly completed: readonly CompletedOperation[];
  readonly pending: readonly Operation[];
}

export interface CompletedChange {
  readonly id: number;
  readonly status: 'COMPLETED' | 'CANCELLED';
  readonly startedAtMs: number;
  readonly completedAtMs: number;
}

/** Where new work and messages go. */
export interface RoutingState {
  readonly version: number;
  /** Partitions 1 to this one take new process instances. */
  readonly partitionsCount: number;
  /** Messages are spread by the hash of their correlation key modulo this; fixed when the cluster is created. */
  readonly messagePartitionsCount: number;
}

/** What is decided by a majority before it counts (agreement.ts): which change runs, and which ran last. */
export interface ChangeRegister {
  /** 1 at first; one more whenever a change starts, is completed or is cancelled. */
  readonly version: number;
  /** A majority of these brokers decides the next version. */
  readonly voters: readonly MemberId[];
  readonly lastChange: CompletedChange | null;
  /** Only how far the plan has come changes under one version; each step is told by the broker that did it. */
  readonly pendingChange: ChangePlan | null;
}

export interface ClusterConfiguration extends ChangeRegister {
  /** Given once, when the cluster is created. */
  readonly clusterId: string;
  /** Sorted by id; those that left included. */
  readonly members: readonly MemberState[];
  readonly routing: RoutingState;
}

/** A replica together with the broker that has it. */
export interface Replica extends ReplicaState {
  readonly member: MemberId;
}

/** The broker, unless it never belonged to the cluster or has left it. */
export function memberOf(
  configuration: ClusterConfiguration,
  id: MemberId,
): MemberState | undefined {
  return configuration.members.find((member) => member.id === id && member.state !== 'LEFT');
}

/** Brokers that belong to the cluster, those that are joining or leaving included; ascending. */
export function memberIds(configuration: ClusterConfiguration): MemberId[] {
  return configuration.members
    .filter((member) => member.state !== 'LEFT')
    .map((member) => member.id);
}

/** All replicas of a partition in whatever state, by broker. */
export function replicasOf(
  configuration: ClusterConfiguration,
  partitionId: PartitionId,
): Replica[] {
  return configuration.members.flatMap((member) =>
    member.replicas
      .filter((replica) => replica.partitionId === partitionId)
      .map((replica) => ({ ...replica, member: member.id })),
  );
}

/** Partitions that have a replica somewhere, ascending. */
export function partitionIds(configuration: ClusterConfiguration): PartitionId[] {
  const ids = new Set<PartitionId>();
  for (const { replicas } of configuration.members) {
    for (const { partitionId } of replicas) ids.add(partitionId);
  }
  return [...ids].sort((a, b) => a - b);
}

/**
 * How many replicas partitions have: the count that most of them have, the larger one when two are as frequent. A
 * replica that was added or taken away by hand does not count as a wish for all others.
 */
export function replicationFactorOf(configuration: ClusterConfiguration): number {
  const partitionsByCount = new Map<number, number>();
  for (const partitionId of partitionIds(configuration)) {
    const count = replicasOf(configuration, partitionId).length;
    partitionsByCount.set(count, (partitionsByCount.get(count) ?? 0) + 1);
  }
  const [first] = [...partitionsByCount].sort(
    ([countA, a], [countB, b]) => b - a || countB - countA,
  );
  return first?.[0] ?? 1;
}

/** Members in a list with one of them replaced or added. */
export function withMember(
  configuration: ClusterConfiguration,
  member: MemberState,
): ClusterConfiguration {
  const others = configuration.members.filter(({ id }) => id !== member.id);
  return { ...configuration, members: [...others, member].sort((a, b) => a.id - b.id) };
}
