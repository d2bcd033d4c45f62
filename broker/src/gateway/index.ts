// Front door of the gateway.
export type { BrokerView, ClusterView, PartitionNetwork, ReplicaView } from './cluster-view.ts';
export { GATEWAY_DEFAULTS, type Gateway, type GatewayOptions, startGateway } from './gateway.ts';
export {
  createGatewayService,
  type GatewayService,
  type GatewayServiceOptions,
  type GatewayServices,
} from './gateway-service.ts';
export { DEFAULT_BOUNDS, type GatewayBounds } from './limits.ts';
export { type LocalBroker, LocalCluster } from './partitions/local-cluster.ts';
export type { PartitionPort } from './partitions/partition-port.ts';
export type { JobStreamView } from './service/job-streams.ts';
