// What the log says about the configuration that an operator should know: each line names the thing and the remedy.
import {
  type ClusterConfiguration,
  type MemberId,
  memberIds,
} from './core/cluster-configuration.ts';
import { differencesFrom, type StaticCluster } from './core/static-configuration.ts';

/** The settings describe another cluster than the stored one; undefined when they do not, or while it is being changed. */
export function differenceNotice(
  settings: StaticCluster,
  configuration: ClusterConfiguration,
  file: string,
): string | undefined {
  const differences = differencesFrom(settings, configuration);
  if (differences.length === 0 || configuration.pendingChange !== null) return undefined;
  return (
    `the settings describe another cluster than ${file}, which counts (${differences.join('; ')}). ` +
    'To change the cluster use PATCH /actuator/cluster; to silence this line correct the settings.'
  );
}

/** The broker is in no cluster, or has left it. */
export function outsiderNotice(nodeId: MemberId, configuration: ClusterConfiguration): string {
  return (
    `broker ${nodeId} is not a member of the cluster (${memberIds(configuration).join(', ')}) and runs nothing; ` +
    `add it with POST /actuator/cluster/brokers/${nodeId}, or scale to it`
  );
}

/** A broker of another cluster has found this one. */
export function strangerNotice(from: MemberId, theirs: string, ours: string): string {
  return (
    `broker ${from} belongs to the cluster ${theirs}, this one to ${ours}; what it says is ignored. ` +
    'Give the clusters different names (ZEEBE_BROKER_CLUSTER_CLUSTERNAME), or start the wrong one with an empty data directory.'
  );
}
