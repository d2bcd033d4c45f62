// What the cluster's configuration means for one broker: the replicas that it runs, and the shape that gateways see.
import type { Config } from '../config.ts';
import type { ClusterShape } from './broker-info.ts';
import {
  type ClusterConfiguration,
  memberIds,
  memberOf,
  partitionIds,
  replicasOf,
  replicationFactorOf,
} from './configuration/core/cluster-configuration.ts';
import type { PlannedReplica } from './local-partitions.ts';

/** The replicas that this broker runs; one that is joining waits for the group's leader. */
export function replicasHere(
  configuration: ClusterConfiguration,
  nodeId: number,
  isNewGroup: boolean,
): readonly PlannedReplica[] {
  const own = memberOf(configuration, nodeId)?.replicas ?? [];
  return own.map(({ partitionId, state, priority }) => {
    if (state === 'JOINING') return { partitionId, members: [], isNewGroup: true };
    if (state === 'BOOTSTRAPPING') {
      const members = [{ id: nodeId, type: 'voter' as const, priority }];
      return { partitionId, members, isNewGroup: true };
    }
    const members = replicasOf(configuration, partitionId)
      .filter((replica) => replica.state === 'ACTIVE' || replica.member === nodeId)
      .map(({ member, priority: each }) => ({
        id: member,
        type: 'voter' as const,
        priority: each,
      }));
    return { partitionId, members, isNewGroup };
  });
}

/** The cluster as gateways see it. */
export function shapeOf(configuration: ClusterConfiguration): ClusterShape {
  const { routing } = configuration;
  return {
    clusterSize: memberIds(configuration).length,
    partitionsCount: partitionIds(configuration).length,
    replicationFactor: replicationFactorOf(configuration),
    startPartitions: firstNumbers(routing.partitionsCount),
    messagePartitionsCount: routing.messagePartitionsCount,
  };
}

/** What the settings say, until the configuration is found. */
export function shapeBefore({ cluster, partitionsCount }: Config): ClusterShape {
  return {
    clusterSize: cluster.size,
    partitionsCount,
    replicationFactor: cluster.replicationFactor,
    startPartitions: firstNumbers(partitionsCount),
    messagePartitionsCount: partitionsCount,
  };
}

function firstNumbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
