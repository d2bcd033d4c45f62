// A stand-alone gateway as a real process: free ports, in front of the brokers at the given offsets.
//
// Guarantees: those of broker-process.ts, which it is but for its command and its settings.
import { BrokerProcess } from './broker-process.ts';
import { freePortOffset } from './free-ports.ts';

export interface GatewayProcessOptions {
  /** Port offsets of the brokers that it asks for the others. */
  readonly contacts: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
  /** Keep the ports of an earlier process, so that clients find the gateway again. */
  readonly portOffset?: number;
}

const CLUSTER_PORT = 26502;

/** Starts a gateway and waits for nothing. */
export async function spawnGateway(options: GatewayProcessOptions): Promise<BrokerProcess> {
  const portOffset = options.portOffset ?? (await freePortOffset());
  const points = options.contacts.map((offset) => `127.0.0.1:${CLUSTER_PORT + 10 * offset}`);
  return BrokerProcess.spawn({
    args: ['gateway'],
    portOffset,
    env: {
      ZEEBE_BROKER_DATA_DIRECTORY: undefined,
      ZEEBE_BROKER_NETWORK_PORTOFFSET: undefined,
      ZEEBE_GATEWAY_NETWORK_PORT: String(26500 + 10 * portOffset),
      ZEEBE_GATEWAY_CLUSTER_PORT: String(CLUSTER_PORT + 10 * portOffset),
      ZEEBE_GATEWAY_CLUSTER_INITIALCONTACTPOINTS: points.join(','),
      MANAGEMENT_SERVER_PORT: String(9600 + 10 * portOffset),
      ...options.env,
    },
  });
}
