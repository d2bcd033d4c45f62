// The broker's configuration: one typed object, from defaults, file, environment and command line, in this order.
//
// Names and forms are those of broker-operations.md section 10, so that operators keep theirs; limits are checked in
// config/setting-table.ts. An unknown or malformed setting stops the start with a ConfigError.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import {
  brokerClusterConfig,
  type ClusterConfig,
  gatewayClusterConfig,
  type ReadSetting,
} from './config/cluster-config.ts';
import { type Flags, type GatewayConfig, gatewayConfig, Reader } from './config/gateway-config.ts';
import {
  ConfigError,
  emptySettings,
  readEnvironment,
  readFileText,
  type Settings,
} from './config/setting-sources.ts';
import type { LogLevel } from './ops/log.ts';

export type { Flags, GatewayConfig } from './config/gateway-config.ts';
export { ConfigError };

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
  /** Default 1; 1 to 255. Fixed when the data directory is created. */
  readonly partitionsCount: number;
  readonly cluster: ClusterConfig;
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
  /** Threads that partitions share. Default: one less than the machine has, at least 1. */
  readonly threads: number;
  /** Bytes of decoded values kept in memory by one partition. Default 32 MiB. */
  readonly storeCacheBytes: number;
  readonly exporters: readonly ExporterConfig[];
  readonly logLevel: LogLevel;
  /** How long a graceful stop may take before the rest is cut, ms. Default 10 s. */
  readonly shutdownTimeoutMs: number;
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

/** What a stand-alone gateway is told. */
export interface GatewayProcessConfig {
  readonly cluster: ClusterConfig;
  readonly gateway: GatewayConfig;
  readonly management: { readonly host: string; readonly port: number };
  readonly logLevel: LogLevel;
  /** ms */
  readonly shutdownTimeoutMs: number;
}

/** The configuration of a stand-alone gateway. @throws ConfigError */
export function loadGatewayConfig(sources: ConfigSources): {
  readonly config: GatewayProcessConfig;
  readonly notices: readonly string[];
} {
  const settings = read(sources);
  const from = new Reader(settings);
  const flags = sources.flags ?? {};
  const readGateway: ReadSetting = (name, missing) => from.get(`zeebe.gateway.${name}`, missing);
  const host = flags.host ?? readGateway('network.host', '127.0.0.1');
  const config = {
    cluster: gatewayClusterConfig(readGateway),
    gateway: gatewayConfig(from, host, (port) => port, flags),
    management: {
      host: from.get('management.server.address', host),
      port: from.get('management.server.port', 9600),
    },
    logLevel: from.get<LogLevel>('zeebe.log.level', 'info'),
    shutdownTimeoutMs: from.get('millrace.shutdownTimeout', 10_000),
  };
  return { config, notices: settings.notices };
}

function read(sources: ConfigSources): Settings {
  const settings = emptySettings();
  if (sources.file !== undefined)
    readFileText(settings, readConfigFile(sources.file), sources.file);
  readEnvironment(settings, sources.env);
  return settings;
}

/** @throws ConfigError */
export function loadConfig(sources: ConfigSources): LoadedConfig {
  const settings = read(sources);
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

function build(settings: Settings, flags: Flags): Config {
  const from = new Reader(settings);
  const host = flags.host ?? from.broker('network.host', '127.0.0.1');
  const offset = from.broker('network.portOffset', 0) * PORTS_PER_OFFSET;
  const shifted = (port: number): number => (port === 0 ? 0 : port + offset);
  const commandPort = from.broker(
    'network.commandApi.advertisedPort',
    from.broker('network.commandApi.port', 26501),
  );
  const nodeId = from.broker('cluster.nodeId', 0);
  const readBroker: ReadSetting = (name, missing) => from.broker(name, missing);
  const cluster = brokerClusterConfig(readBroker, host, shifted, nodeId);
  const config: Config = {
    nodeId,
    partitionsCount: from.broker('cluster.partitionsCount', 1),
    cluster,
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
    threads: from.broker('threads.cpuThreadCount', Math.max(1, availableParallelism() - 1)),
    storeCacheBytes: from.get('millrace.storeCache', 32 * MIB),
    exporters: exporterConfigs(settings),
    logLevel: from.get('zeebe.log.level', 'info'),
    shutdownTimeoutMs: from.get('millrace.shutdownTimeout', 10_000),
  };
  check(config);
  return config;
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
