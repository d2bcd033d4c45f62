// The configuration that a cluster begins with, as the brokers' settings describe it.
// Guarantees: the same settings give the same configuration but for the cluster's id.
// Leaves to others: when it is used at all: only if no broker has a configuration yet (cluster-configuration-keeper.ts).
import { canonicalText } from './canonical-text.ts';
import {
  type ClusterConfiguration,
  type ExporterSwitch,
  type MemberId,
  type MemberState,
  memberIds,
  partitionIds,
  replicationFactorOf,
} from './cluster-configuration.ts';
import {
  type FixedPartition,
  fixedDistribution,
  type PlacedPartition,
  roundRobin,
} from './distribution.ts';

export interface StaticCluster {
  /** Brokers 0 up to this one, without it. */
  readonly clusterSize: number;
  readonly partitionsCount: number;
  readonly replicationFactor: number;
  /** Undefined: round robin. */
  readonly fixed?: readonly FixedPartition[] | undefined;
  /** Exporters that every replica has, by id. */
  readonly exporterIds: readonly string[];
}

/** Ids of the brokers that the settings name. */
export function staticMembers({ clusterSize }: StaticCluster): readonly MemberId[] {
  return Array.from({ length: clusterSize }, (_, id) => id);
}

/** @throws DistributionError when the settings do not fit together */
export function staticDistribution(settings: StaticCluster): readonly PlacedPartition[] {
  const { fixed, partitionsCount, replicationFactor } = settings;
  const members = staticMembers(settings);
  return fixed === undefined
    ? roundRobin(members, partitionsCount, replicationFactor)
    : fixedDistribution(fixed, members, partitionsCount, replicationFactor);
}

/** @throws DistributionError when the settings do not fit together */
export function staticConfiguration(
  settings: StaticCluster,
  clusterId: string,
): ClusterConfiguration {
  const { partitionsCount, exporterIds } = settings;
  const members = staticMembers(settings);
  const distribution = staticDistribution(settings);
  const exporters: readonly ExporterSwitch[] = exporterIds.map((id) => ({ id, state: 'ENABLED' }));
  return {
    clusterId,
    version: 1,
    voters: members,
    lastChange: null,
    pendingChange: null,
    members: members.map((id) => ({
      id,
      version: 0,
      updatedAtMs: 0,
      state: 'ACTIVE',
      replicas: distribution.flatMap(({ partitionId, replicas }) =>
        replicas
          .filter(({ member }) => member === id)
          .map(({ priority }) => ({ partitionId, state: 'ACTIVE', priority, exporters })),
      ),
    })),
    routing: { version: 1, partitionsCount, messagePartitionsCount: partitionsCount },
  };
}

/**
 * A broker's own entry as it stands when its replicas run: no longer new, and with the exporters that its settings name. One that
 * is new is enabled, one that is known stays as it is, one that is not named any more is gone.
 */
export function startedMember(
  member: MemberState,
  exporterIds: readonly string[],
  nowMs: number,
): MemberState {
  const replicas = member.replicas.map((replica) => ({
    ...replica,
    exporters: exporterIds.map(
      (id): ExporterSwitch =>
        replica.exporters.find((exporter) => exporter.id === id) ?? { id, state: 'ENABLED' },
    ),
  }));
  const isSame = canonicalText(replicas) === canonicalText(member.replicas);
  if (isSame && member.version > 0) return member;
  return { ...member, replicas, version: member.version + 1, updatedAtMs: nowMs };
}

/** How the cluster differs from the settings, for the log; empty when it does not. */
export function differencesFrom(
  settings: StaticCluster,
  configuration: ClusterConfiguration,
): readonly string[] {
  const brokers = memberIds(configuration);
  const differences: string[] = [];
  const named = staticMembers(settings);
  if (named.join() !== brokers.join()) {
    differences.push(`brokers: settings ${named.join(', ')}, cluster ${brokers.join(', ')}`);
  }
  const compare = (what: string, setting: number, actual: number) => {
    if (setting !== actual) differences.push(`${what}: settings ${setting}, cluster ${actual}`);
  };
  compare('partitions', settings.partitionsCount, partitionIds(configuration).length);
  compare('replication factor', settings.replicationFactor, replicationFactorOf(configuration));
  return differences;
}
