// What one operation does to the configuration: when it begins, and when it is done.
// Guarantees: pure and repeatable, an operation that began or ended before a crash begins or ends again with the same
// result; what would cost the last copy of a partition is refused.
// Leaves to others: doing it (plan-executor.ts), the order of operations (planner.ts), the plan's own progress (change.ts).
import {
  type ClusterConfiguration,
  type MemberPhase,
  type MemberState,
  memberIds,
  memberOf,
  type Operation,
  type OperationKind,
  type PartitionId,
  type ReplicaPhase,
  type ReplicaState,
  replicasOf,
  withMember,
} from './cluster-configuration.ts';

/** An operation that cannot be carried out on this configuration: what is wrong and what to do. */
export class OperationError extends Error {}

type Of<K extends OperationKind> = Extract<Operation, { kind: K }>;

interface Steps<O> {
  /** Before the work: marks the part that is being changed. */
  begin(configuration: ClusterConfiguration, operation: O, nowMs: number): ClusterConfiguration;
  /** After the work. */
  end(configuration: ClusterConfiguration, operation: O, nowMs: number): ClusterConfiguration;
}

/**
 * The configuration while the operation is carried out.
 * @throws OperationError when it cannot be
 */
export function beginOperation(
  configuration: ClusterConfiguration,
  operation: Operation,
  nowMs: number,
): ClusterConfiguration {
  return stepsOf(operation).begin(configuration, operation, nowMs);
}

/** The configuration when the operation has been carried out. */
export function endOperation(
  configuration: ClusterConfiguration,
  operation: Operation,
  nowMs: number,
): ClusterConfiguration {
  return stepsOf(operation).end(configuration, operation, nowMs);
}

function stepsOf(operation: Operation): Steps<Operation> {
  return steps[operation.kind] as Steps<Operation>;
}

/** What a broker may have noted of itself unheard, before it was struck off, does not outweigh that. */
const FORCED_VERSION_STEP = 1_000;

const unchanged = (configuration: ClusterConfiguration): ClusterConfiguration => configuration;

const steps: { readonly [K in OperationKind]: Steps<Of<K>> } = {
  BROKER_ADD: {
    begin: (configuration, { brokerId }, nowMs) => {
      const known = configuration.members.find(({ id }) => id === brokerId);
      if (known?.state === 'JOINING' || known?.state === 'ACTIVE') return configuration;
      return inPhase(configuration, known ?? newMember(brokerId), 'JOINING', nowMs);
    },
    end: (configuration, { brokerId }, nowMs) =>
      inPhase(configuration, presentMember(configuration, brokerId), 'ACTIVE', nowMs),
  },
  BROKER_REMOVE: {
    begin: (configuration, { brokerId }, nowMs) => {
      const member = memberOf(configuration, brokerId);
      if (member === undefined) return configuration;
      refuseReplicas(member);
      if (memberIds(configuration).length === 1) {
        throw new OperationError(
          `broker ${brokerId} is the last broker of the cluster and cannot be removed; add another one first`,
        );
      }
      return inPhase(configuration, member, 'LEAVING', nowMs);
    },
    end: (configuration, { brokerId }, nowMs) => left(configuration, brokerId, nowMs),
  },
  BROKER_FORCE_REMOVE: {
    begin: (configuration, { removed }) => {
      const member = memberOf(configuration, removed);
      if (member !== undefined) refuseReplicas(member);
      return configuration;
    },
    end: (configuration, { removed }, nowMs) => {
      const gone = left(configuration, removed, nowMs);
      const member = gone.members.find(({ id }) => id === removed);
      if (gone === configuration || member === undefined) return configuration;
      return withMember(gone, { ...member, version: member.version + FORCED_VERSION_STEP });
    },
  },
  PARTITION_JOIN: {
    begin: (configuration, { brokerId, partitionId, priority }, nowMs) => {
      const member = activeMember(configuration, brokerId);
      const known = member.replicas.find((replica) => replica.partitionId === partitionId);
      if (known?.state === 'ACTIVE') return configuration;
      const [source] = activeElsewhere(configuration, brokerId, partitionId);
      if (source === undefined) {
        throw new OperationError(
          `broker ${brokerId} cannot join partition ${partitionId}: no other broker has an active replica of it`,
        );
      }
      const { exporters } = source;
      const replica = { partitionId, state: 'JOINING' as const, priority, exporters };
      return withReplica(configuration, member, replica, nowMs);
    },
    end: (configuration, operation, nowMs) => replicaActive(configuration, operation, nowMs),
  },
  PARTITION_LEAVE: {
    begin: (configuration, { brokerId, partitionId }, nowMs) => {
      const member = memberOf(configuration, brokerId);
      const replica = member?.replicas.find((each) => each.partitionId === partitionId);
      if (member === undefined || replica === undefined) return configuration;
      if (activeElsewhere(configuration, brokerId, partitionId).length === 0) {
        throw new OperationError(
          `broker ${brokerId} has the only active replica of partition ${partitionId} and cannot leave it; ` +
            'let another broker join the partition first',
        );
      }
      return withReplica(configuration, member, { ...replica, state: 'LEAVING' }, nowMs);
    },
    end: (configuration, { brokerId, partitionId }, nowMs) => {
      const member = memberOf(configuration, brokerId);
      return member === undefined
        ? configuration
        : withoutReplica(configuration, member, partitionId, nowMs);
    },
  },
  PARTITION_RECONFIGURE_PRIORITY: {
    begin: (configuration, { brokerId, partitionId }) => {
      activeReplica(configuration, brokerId, partitionId);
      return configuration;
    },
    end: (configuration, { brokerId, partitionId, priority }, nowMs) => {
      const member = memberOf(configuration, brokerId);
      const replica = member?.replicas.find((each) => each.partitionId === partitionId);
      if (member === undefined || replica === undefined) return configuration;
      return withReplica(configuration, member, { ...replica, priority }, nowMs);
    },
  },
  PARTITION_FORCE_RECONFIGURE: {
    begin: (configuration, { brokerId, partitionId, retained }) => {
      activeReplica(configuration, brokerId, partitionId);
      if (!retained.includes(brokerId)) {
        throw new OperationError(
          `broker ${brokerId} cannot reconfigure partition ${partitionId} without being one of its replicas ${retained.join(', ')}`,
        );
      }
      return configuration;
    },
    end: (configuration, { partitionId, retained }, nowMs) => {
      let next = configuration;
      for (const { member: id } of replicasOf(configuration, partitionId)) {
        const member = next.members.find((each) => each.id === id);
        if (member === undefined) continue;
        next = retained.includes(id) ? next : withoutReplica(next, member, partitionId, nowMs);
      }
      return next;
    },
  },
  PARTITION_BOOTSTRAP: {
    begin: (configuration, { brokerId, partitionId, priority }, nowMs) => {
      const member = activeMember(configuration, brokerId);
      const known = member.replicas.find((replica) => replica.partitionId === partitionId);
      if (known?.state === 'ACTIVE') return configuration;
      const others = replicasOf(configuration, partitionId).filter(
        (each) => each.member !== brokerId,
      );
      if (others.length > 0) {
        throw new OperationError(
          `partition ${partitionId} cannot be made anew on broker ${brokerId}: broker ${others[0]?.member} has it already`,
        );
      }
      const [model] = replicasOf(configuration, 1);
      const exporters = model?.exporters ?? [];
      const replica = { partitionId, state: 'BOOTSTRAPPING' as const, priority, exporters };
      return withReplica(configuration, member, replica, nowMs);
    },
    end: (configuration, operation, nowMs) => replicaActive(configuration, operation, nowMs),
  },
  START_PARTITION_SCALE_UP: { begin: unchanged, end: unchanged },
  AWAIT_REDISTRIBUTION: { begin: unchanged, end: unchanged },
  UPDATE_ROUTING_STATE: {
    begin: unchanged,
    end: (configuration, { partitionsCount }) => {
      const { routing } = configuration;
      if (routing.partitionsCount >= partitionsCount) return configuration;
      return {
        ...configuration,
        routing: { ...routing, version: routing.version + 1, partitionsCount },
      };
    },
  },
};

function newMember(id: number): MemberState {
  return { id, version: 0, updatedAtMs: 0, state: 'JOINING', replicas: [] };
}

/** @throws OperationError when the broker does not belong to the cluster */
function presentMember(configuration: ClusterConfiguration, brokerId: number): MemberState {
  const member = memberOf(configuration, brokerId);
  if (member !== undefined) return member;
  throw new OperationError(`broker ${brokerId} is not a member of the cluster; add it first`);
}

/** @throws OperationError when the broker cannot take replicas */
function activeMember(configuration: ClusterConfiguration, brokerId: number): MemberState {
  const member = presentMember(configuration, brokerId);
  if (member.state === 'ACTIVE') return member;
  throw new OperationError(`broker ${brokerId} is ${member.state}, not ACTIVE`);
}

/** @throws OperationError when the broker has no such replica, or not all of it */
function activeReplica(
  configuration: ClusterConfiguration,
  brokerId: number,
  partitionId: PartitionId,
): ReplicaState {
  const member = presentMember(configuration, brokerId);
  const replica = member.replicas.find((each) => each.partitionId === partitionId);
  if (replica === undefined) {
    throw new OperationError(`broker ${brokerId} has no replica of partition ${partitionId}`);
  }
  if (replica.state === 'ACTIVE') return replica;
  throw new OperationError(
    `the replica of partition ${partitionId} on broker ${brokerId} is ${replica.state}, not ACTIVE`,
  );
}

function refuseReplicas(member: MemberState): void {
  if (member.replicas.length === 0) return;
  const ids = member.replicas.map(({ partitionId }) => partitionId).join(', ');
  throw new OperationError(
    `broker ${member.id} still has replicas of the partitions ${ids}; move them to other brokers first, ` +
      'for example by scaling to the brokers that remain',
  );
}

function activeElsewhere(
  configuration: ClusterConfiguration,
  brokerId: number,
  partitionId: PartitionId,
): readonly ReplicaState[] {
  return replicasOf(configuration, partitionId).filter(
    (replica) => replica.member !== brokerId && replica.state === 'ACTIVE',
  );
}

function inPhase(
  configuration: ClusterConfiguration,
  member: MemberState,
  state: MemberPhase,
  nowMs: number,
): ClusterConfiguration {
  return member.state === state && member.version > 0
    ? configuration
    : changed(configuration, { ...member, state }, nowMs);
}

function left(
  configuration: ClusterConfiguration,
  id: number,
  nowMs: number,
): ClusterConfiguration {
  const member = memberOf(configuration, id);
  if (member === undefined) return configuration;
  return changed(configuration, { ...member, state: 'LEFT', replicas: [] }, nowMs);
}

function replicaActive(
  configuration: ClusterConfiguration,
  { brokerId, partitionId }: { readonly brokerId: number; readonly partitionId: PartitionId },
  nowMs: number,
): ClusterConfiguration {
  const member = memberOf(configuration, brokerId);
  const replica = member?.replicas.find((each) => each.partitionId === partitionId);
  if (member === undefined || replica === undefined) return configuration;
  const state: ReplicaPhase = 'ACTIVE';
  return withReplica(configuration, member, { ...replica, state }, nowMs);
}

function withReplica(
  configuration: ClusterConfiguration,
  member: MemberState,
  replica: ReplicaState,
  nowMs: number,
): ClusterConfiguration {
  const known = member.replicas.find((each) => each.partitionId === replica.partitionId);
  if (known?.state === replica.state && known.priority === replica.priority) return configuration;
  const others = member.replicas.filter((each) => each.partitionId !== replica.partitionId);
  const replicas = [...others, replica].sort((a, b) => a.partitionId - b.partitionId);
  return changed(configuration, { ...member, replicas }, nowMs);
}

function withoutReplica(
  configuration: ClusterConfiguration,
  member: MemberState,
  partitionId: PartitionId,
  nowMs: number,
): ClusterConfiguration {
  const replicas = member.replicas.filter((each) => each.partitionId !== partitionId);
  return replicas.length === member.replicas.length
    ? configuration
    : changed(configuration, { ...member, replicas }, nowMs);
}

function changed(
  configuration: ClusterConfiguration,
  member: MemberState,
  nowMs: number,
): ClusterConfiguration {
  return withMember(configuration, { ...member, version: member.version + 1, updatedAtMs: nowMs });
}
