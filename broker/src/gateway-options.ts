// What a gateway is told at its start, out of the configuration of its process.
import type { GatewayConfig } from './config.ts';
import { GATEWAY_DEFAULTS, type GatewayOptions } from './gateway/index.ts';

/** The release of the protocol that clients compare with their own. */
export const RELEASE = GATEWAY_DEFAULTS.version;

/** @param session of the gateway, see protocol's request-ids */
export function gatewayOptions(gateway: GatewayConfig, session: number): GatewayOptions {
  return {
    ...GATEWAY_DEFAULTS,
    session,
    host: gateway.host,
    port: gateway.port,
    tls: gateway.tls,
    maxMessageBytes: gateway.maxMessageBytes,
    requestTimeoutMs: gateway.requestTimeoutMs,
    longPolling: {
      enabled: gateway.longPollingEnabled,
      timeoutMs: gateway.longPollingTimeoutMs,
      probeMs: gateway.longPollingProbeMs,
    },
    streamCapacity: gateway.streamCapacity,
    streamBufferBytes: gateway.streamBufferBytes,
    multiTenancy: gateway.multiTenancy,
  };
}
