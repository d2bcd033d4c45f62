// The cluster's configuration, changes and operations in the JSON form of /actuator/cluster (broker-operations.md 7.4).
import {
  type ChangePlan,
  type ClusterConfiguration,
  type MemberState,
  type Operation,
  partitionIds,
} from '../../cluster/configuration/index.ts';

/** What a time is shown as that never was, as the reference does. */
const NEVER = '0000-01-01T00:00:00Z';

const timeText = (epochMs: number): string =>
  epochMs === 0 ? NEVER : new Date(epochMs).toISOString();

/** The answer to GET /actuator/cluster. */
export function configurationView(configuration: ClusterConfiguration): unknown {
  const { version, clusterId, lastChange, pendingChange } = configuration;
  return {
    version,
    clusterId,
    brokers: brokersView(configuration),
    ...(lastChange === null
      ? {}
      : {
          lastChange: {
            id: lastChange.id,
            status: lastChange.status,
            startedAt: timeText(lastChange.startedAtMs),
            completedAt: timeText(lastChange.completedAtMs),
          },
        }),
    ...(pendingChange === null ? {} : { pendingChange: planView(pendingChange) }),
    routing: routingView(configuration),
  };
}

/** All brokers that belong to the cluster. */
export function brokersView({ members }: ClusterConfiguration): unknown[] {
  return members.filter(({ state }) => state !== 'LEFT').map(brokerView);
}

function brokerView({ id, state, version, updatedAtMs, replicas }: MemberState): unknown {
  return {
    id,
    state,
    version,
    lastUpdatedAt: timeText(updatedAtMs),
    partitions: replicas.map((replica) => ({
      id: replica.partitionId,
      state: replica.state,
      priority: replica.priority,
      config: { exporting: { exporters: replica.exporters } },
    })),
  };
}

function planView({ id, version, startedAtMs, completed, pending }: ChangePlan): unknown {
  return {
    id,
    status: 'IN_PROGRESS',
    startedAt: timeText(startedAtMs),
    internalVersion: version,
    completed: completed.map(({ operation, completedAtMs }) => ({
      ...operationView(operation),
      completedAt: timeText(completedAtMs),
    })),
    pending: pending.map(operationView),
  };
}

interface OperationView {
  readonly operation: string;
  readonly brokerId: number;
  readonly partitionId?: number;
  readonly priority?: number;
  readonly brokers: readonly number[];
}

/** One planned, pending or completed operation. */
export function operationView(operation: Operation): OperationView {
  const { kind, brokerId } = operation;
  switch (kind) {
    case 'BROKER_FORCE_REMOVE':
      return { operation: 'BROKER_REMOVE', brokerId, brokers: [operation.removed] };
    case 'PARTITION_FORCE_RECONFIGURE': {
      const { partitionId, retained } = operation;
      return { operation: kind, brokerId, partitionId, brokers: retained };
    }
    case 'PARTITION_JOIN':
    case 'PARTITION_BOOTSTRAP':
    case 'PARTITION_RECONFIGURE_PRIORITY': {
      const { partitionId, priority } = operation;
      return { operation: kind, brokerId, partitionId, priority, brokers: [] };
    }
    case 'PARTITION_LEAVE':
      return { operation: kind, brokerId, partitionId: operation.partitionId, brokers: [] };
    default:
      return { operation: kind, brokerId, brokers: [] };
  }
}

/** While partitions are being added they exist, but take no new instances yet. */
function routingView(configuration: ClusterConfiguration): unknown {
  const { version, partitionsCount, messagePartitionsCount } = configuration.routing;
  const inactive = partitionIds(configuration).filter((id) => id > partitionsCount);
  const requestHandling =
    inactive.length === 0
      ? { strategy: 'AllPartitions', partitionCount: partitionsCount }
      : {
          strategy: 'ActivePartitions',
          basePartitionCount: partitionsCount,
          additionalActivePartitions: [],
          inactivePartitions: inactive,
        };
  return {
    version,
    requestHandling,
    messageCorrelation: { strategy: 'HashMod', partitionCount: messagePartitionsCount },
  };
}
