// Front door of the gateway.
export {
  GATEWAY_DEFAULTS,
  type Gateway,
  type GatewayOptions,
  type GatewayServices,
  startGateway,
} from './gateway.ts';
export { DEFAULT_BOUNDS, type GatewayBounds } from './limits.ts';
export type { PartitionPort } from './partitions/partition-port.ts';
export type { JobStreamView } from './service/job-streams.ts';
