// The part of the configuration that a gateway needs, in a broker or as a process of its own: a setting of the stand-alone
// gateway stands for the embedded one's.
import { reachable } from './cluster-config.ts';
import { ConfigError, type Settings } from './setting-sources.ts';

const MIB = 1024 ** 2;

export interface GatewayConfig {
  /** Address to listen on. Default: `network.host`. */
  readonly host: string;
  /** gRPC port; 0: any free one. Default 26500 + 10 x port offset. */
  readonly port: number;
  /** Host that the topology names. Default: the advertised host of the network, else its host. */
  readonly advertisedHost: string;
  /** Largest request and largest answer, bytes. Default 4 MiB. */
  readonly maxMessageBytes: number;
  /** How long a command may take, ms. Default 15 s. */
  readonly requestTimeoutMs: number;
  /** PEM files for TLS; undefined: cleartext. */
  readonly tls:
    | { readonly certificateChainPath: string; readonly privateKeyPath: string }
    | undefined;
  /** Whether job activations wait for jobs. Default true. */
  readonly longPollingEnabled: boolean;
  /** How long they wait when the client names no time, ms. Default 10 s. */
  readonly longPollingTimeoutMs: number;
  /** How often a waiting one asks without being told, ms. Default 10 s. */
  readonly longPollingProbeMs: number;
  /** Pushed, unfinished jobs of one job stream. Default 256. */
  readonly streamCapacity: number;
  /** Bytes of pushed jobs that may wait for a slow client. Default 16 MiB. */
  readonly streamBufferBytes: number;
  /** Whether requests name tenants. Default false. */
  readonly multiTenancy: boolean;
}

/** What the command line sets; it wins over everything. */
export interface Flags {
  readonly data?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
}

/** Reads settings with their default; a setting of the standalone gateway stands for the embedded one's. */
export class Reader {
  readonly #values: ReadonlyMap<string, unknown>;
  constructor(settings: Settings) {
    this.#values = settings.values;
  }
  get<T>(name: string, missing: T): T {
    return (this.#values.get(name) as T | undefined) ?? missing;
  }
  broker<T>(name: string, missing: T): T {
    return this.get(`zeebe.broker.${name}`, missing);
  }
  gateway<T>(name: string, missing: T): T {
    return this.broker(`gateway.${name}`, this.get(`zeebe.gateway.${name}`, missing));
  }
}

/**
 * @param host where it listens unless a setting says otherwise
 * @throws ConfigError
 */
export function gatewayConfig(
  from: Reader,
  host: string,
  shifted: (port: number) => number,
  flags: Flags,
): GatewayConfig {
  const advertised = from.broker(
    'network.commandApi.advertisedHost',
    from.broker('network.advertisedHost', reachable(host)),
  );
  const certificateChainPath = from.gateway('security.certificateChainPath', '');
  const privateKeyPath = from.gateway('security.privateKeyPath', '');
  const secure = from.gateway('security.enabled', false);
  if (secure && (certificateChainPath === '' || privateKeyPath === '')) {
    throw new ConfigError(
      'zeebe.broker.gateway.security.enabled needs certificateChainPath and privateKeyPath beside it',
    );
  }
  return {
    host: flags.host ?? from.gateway('network.host', host),
    port: flags.port ?? shifted(from.gateway('network.port', 26500)),
    advertisedHost: advertised,
    maxMessageBytes: from.gateway(
      'network.maxMessageSize',
      from.broker('network.maxMessageSize', 4 * MIB),
    ),
    requestTimeoutMs: from.gateway('cluster.requestTimeout', 15_000),
    tls: secure ? { certificateChainPath, privateKeyPath } : undefined,
    longPollingEnabled: from.gateway('longPolling.enabled', true),
    longPollingTimeoutMs: from.gateway('longPolling.timeout', 10_000),
    longPollingProbeMs: from.gateway('longPolling.probeTimeout', 10_000),
    streamCapacity: from.get('millrace.gateway.streamCapacity', 256),
    streamBufferBytes: from.get('millrace.gateway.streamBuffer', 16 * MIB),
    multiTenancy: from.gateway('multiTenancy.enabled', false),
  };
}
