// The front door of the folder: what the broker, its gateway and the management routes may use of the cluster's configuration.
// Guarantees: nothing else is imported from outside, but for the pure `core/distribution.ts`.
// Leaves to others: nothing.
export {
  ClusterConfigurationKeeper,
  type FoundConfiguration,
  type KeeperOptions,
} from './cluster-configuration-keeper.ts';
export { ConfigurationFileError } from './configuration-file.ts';
export { CONFIGURATION_LIMITS, type ConfigurationLimits } from './configuration-limits.ts';
export {
  type ChangePlan,
  type ClusterConfiguration,
  type MemberId,
  type MemberState,
  memberIds,
  memberOf,
  type Operation,
  type PartitionId,
  partitionIds,
  type Replica,
  type ReplicaState,
  type RoutingState,
  replicasOf,
  replicationFactorOf,
} from './core/cluster-configuration.ts';
export type {
  ChangeRequest,
  ClusterAnswer,
  ClusterRequest,
  RefusalReason,
} from './core/cluster-request.ts';
export { DistributionError, type FixedPartition } from './core/distribution.ts';
export type { StaticCluster } from './core/static-configuration.ts';
export { type Exchange, noExchange } from './exchange.ts';
export type { ActiveReplica, PartitionOperations } from './partition-operations.ts';
