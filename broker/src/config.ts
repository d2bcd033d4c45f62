// The broker's configuration: one typed object, from defaults, file, environment and command line, in this order.
//
// Names and forms are those of broker-operations.md section 10, so that operators keep theirs; limits are checked in
// config/setting-table.ts. An unknown or malformed setting stops the start with a ConfigError.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  ConfigError,
  emptySettings,
  readEnvironment,
  readFileText,
  type Settings,
} from './config/setting-sources.ts';
import type { LogLevel } from './ops/log.ts';

export { ConfigError };

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
}

export interface ExporterConfig {
  /** Lower case. */
  readonly id: string;
  /** A built-in name or a module path. */
  readonly className: string;
  /** As given; exporters compare names without case and separators. */
  readonly args: Readonly<Record<string, unknown>>;
}

export interface Config {
  readonly nodeId: number;
  readonly clusterName: string;
  /** Default 1; 1 to 255. Fixed when the data directory is created. */
  readonly partitionsCount: number;
  readonly clusterSize: number;
  readonly replicationFactor: number;
  /** Absolute path. Default: `data` in the working directory. */
  readonly dataDirectory: string;
  /** Default 127.0.0.1. */
  readonly host: string;
  /** Port that the topology names for the broker. Default 26501 + 10 x port offset. */
  readonly commandPort: number;
  readonly gateway: GatewayConfig;
  /** Default: host of the network, 9600 + 10 x port offset; 0: any free port. */
  readonly management: { readonly host: string; readonly port: number };
  /** Whether the clock can be moved over the management port. Default false. */
  readonly clockControlled: boolean;
  /** Bytes of one log file. Default 64 MiB. */
  readonly logSegmentBytes: number;
  /** Time between checkpoints, ms. Default 5 min. */
  readonly checkpointPeriodMs: number;
  /** Free bytes below which commands are refused, and below which nothing is written. Default 2 GB, 1 GB. */
  readonly disk: {
    readonly monitoring: boolean;
    readonly intervalMs: number;
    readonly freeBytesProcessing: number;
    readonly freeBytesReplication: number;
  };
  /** Whether commands that start work are refused when a partition has too many waiting, and how many it may have. */
  readonly backpressure: { readonly enabled: boolean; readonly limit: number };
  /** Follow-up commands of one command in the same turn. Default 100. */
  readonly maxCommandsInBatch: number;
  /** Whether partitions run in threads of their own. Default true. */
  readonly partitionThreads: boolean;
  /** Bytes of decoded values kept in memory by one partition. Default 32 MiB. */
  readonly storeCacheBytes: number;
  readonly exporters: readonly ExporterConfig[];
  readonly logLevel: LogLevel;
  /** How long a graceful stop may take before the rest is cut, ms. Default 10 s. */
  readonly shutdownTimeoutMs: number;
}

/** What the command line sets; it wins over everything. */
export interface Flags {
  readonly data?: string | undefined;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
}

export interface ConfigSources {
  /** Path of a YAML or JSON file. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly flags?: Flags;
}

export interface LoadedConfig {
  readonly config: Config;
  /** One line for each known setting that has no effect here. */
  readonly notices: readonly string[];
}

/** @throws ConfigError */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const settings = emptySettings();
  if (sources.file !== undefined)
    readFileText(settings, readConfigFile(sources.file), sources.file);
  readEnvironment(settings, sources.env);
  return { config: build(settings, sources.flags ?? {}), notices: settings.notices };
}

function readConfigFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`the configuration file cannot be read: ${(error as Error).message}`);
  }
}

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const PORTS_PER_OFFSET = 10;

/** Reads settings with their default; a setting of the standalone gateway stands for the embedded one's. */
class Reader {
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

function build(settings: Settings, flags: Flags): Config {
  const from = new Reader(settings);
  const host = flags.host ?? from.broker('network.host', '127.0.0.1');
  const offset = from.broker('network.portOffset', 0) * PORTS_PER_OFFSET;
  const shifted = (port: number): number => (port === 0 ? 0 : port + offset);
  const commandPort = from.broker(
    'network.commandApi.advertisedPort',
    from.broker('network.commandApi.port', 26501),
  );
  const config: Config = {
    nodeId: from.broker('cluster.nodeId', 0),
    clusterName: from.broker('cluster.clusterName', 'zeebe-cluster'),
    partitionsCount: from.broker('cluster.partitionsCount', 1),
    clusterSize: from.broker('cluster.clusterSize', 1),
    replicationFactor: from.broker('cluster.replicationFactor', 1),
    dataDirectory: path.resolve(flags.data ?? from.broker('data.directory', 'data')),
    host,
    commandPort: shifted(commandPort),
    gateway: gatewayConfig(from, host, shifted, flags),
    management: {
      host: from.get('management.server.address', host),
      port: from.get('management.server.port', 9600 + offset),
    },
    clockControlled: from.get('zeebe.clock.controlled', false),
    logSegmentBytes: from.broker('data.logSegmentSize', 64 * MIB),
    checkpointPeriodMs: from.broker('data.snapshotPeriod', 300_000),
    disk: {
      monitoring: from.broker('data.disk.enableMonitoring', true),
      intervalMs: from.broker('data.disk.monitoringInterval', 1000),
      freeBytesProcessing: from.broker('data.disk.freeSpace.processing', 2 * GIB),
      freeBytesReplication: from.broker('data.disk.freeSpace.replication', GIB),
    },
    backpressure: {
      enabled: from.broker(
        'flowControl.request.enabled',
        from.broker('backpressure.enabled', true),
      ),
      limit: from.broker(
        'flowControl.request.fixed.limit',
        from.broker('backpressure.fixed.limit', 10_000),
      ),
    },
    maxCommandsInBatch: from.broker('processing.maxCommandsInBatch', 100),
    partitionThreads: from.get('millrace.partitionThreads', true),
    storeCacheBytes: from.get('millrace.storeCache', 32 * MIB),
    exporters: exporterConfigs(settings),
    logLevel: from.get('zeebe.log.level', 'info'),
    shutdownTimeoutMs: from.get('millrace.shutdownTimeout', 10_000),
  };
  check(config);
  return config;
}

function gatewayConfig(
  from: Reader,
  host: string,
  shifted: (port: number) => number,
  flags: Flags,
): GatewayConfig {
  const advertised = from.broker(
    'network.commandApi.advertisedHost',
    from.broker('network.advertisedHost', host),
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
  };
}

function exporterConfigs(settings: Settings): ExporterConfig[] {
  return [...settings.exporters.values()].map(({ id, className, args }) => {
    if (className === undefined || className === '') {
      throw new ConfigError(
        `exporter '${id}' has no class name: set ZEEBE_BROKER_EXPORTERS_${id.toUpperCase()}_CLASSNAME`,
      );
    }
    return { id, className, args };
  });
}

function check(config: Config): void {
  const { freeBytesProcessing, freeBytesReplication } = config.disk;
  if (config.disk.monitoring && freeBytesProcessing <= freeBytesReplication) {
    throw new ConfigError(
      'zeebe.broker.data.disk.freeSpace.processing must be larger than that of replication, but ' +
        `they are ${freeBytesProcessing} and ${freeBytesReplication} bytes`,
    );
  }
  for (const [name, port] of [
    ['gateway', config.gateway.port],
    ['management', config.management.port],
  ] as const) {
    if (port > 65_535) throw new ConfigError(`the ${name} port ${port} is above 65535`);
  }
}
