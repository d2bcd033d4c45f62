// The broker: starts and stops its components in order, and carries messages between them.
//
// Order of the start: data directory, gateway and management (so that probes answer), partitions, exporters; then it is
// ready. Order of the stop: gateway, partitions, exporters, management.
import path from 'node:path';
import { drawSession } from '@millrace/protocol';
import { systemTimers } from '@millrace/raft';
import { BrokerClock } from './broker-clock.ts';
import type { Config } from './config.ts';
import { openDataDirectory, partitionFolder } from './data-directory.ts';
import { type Exporting, startExporting } from './exporting/index.ts';
import {
  GATEWAY_DEFAULTS,
  type Gateway,
  type GatewayOptions,
  LocalCluster,
  startGateway,
} from './gateway/index.ts';
import { createLog, type Log } from './ops/log.ts';
import { type ManagementHooks, startManagement } from './ops/management.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { ofBroker, type PartitionNotice, type PartitionStatus } from './partition/messages.ts';
import { PARTITION_DEFAULTS, type PartitionOptions } from './partition/partition-options.ts';
import { type PartitionHandle, placePartition } from './partition/place-partition.ts';

export interface Broker {
  /** host:port of the gRPC gateway */
  readonly gatewayAddress: string;
  /** host:port of the management server */
  readonly managementAddress: string;
  /** Resolves when every partition leads and every exporter is open; rejects when an exporter's configuration is wrong. */
  readonly ready: Promise<void>;
  /** Takes no more work, ends what is under way within the configured time, writes everything to disk. */
  close(): Promise<void>;
}

type Leading = Extract<PartitionNotice, { kind: 'leading' }>;

/** @throws Error when the data directory cannot be used or an address cannot be bound */
export async function startBroker(config: Config): Promise<Broker> {
  openDataDirectory(config.dataDirectory, config.partitionsCount);
  const broker = new RunningBroker(config);
  await broker.start();
  return broker;
}

class RunningBroker implements Broker {
  gatewayAddress = '';
  managementAddress = '';
  readonly #config: Config;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #clock: BrokerClock;
  readonly #partitions: readonly PartitionHandle[];
  readonly #statuses = new Map<number, PartitionStatus>();
  readonly #leading = new Map<number, Leading>();
  readonly #ready = Promise.withResolvers<void>();
  readonly ready: Promise<void> = this.#ready.promise;
  #isReady = false;
  #isStarted = false;
  #gateway: Gateway | undefined;
  #management: { close(): Promise<void> } | undefined;
  #exporting: Exporting | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#log = createLog(config.logLevel);
    this.#metrics = createMetrics(true);
    this.#clock = new BrokerClock(({ offsetMs, pinnedMs }) =>
      this.#tellAll({ kind: 'clock', offsetMs, pinnedMs }),
    );
    this.#partitions = Array.from({ length: config.partitionsCount }, (_, i) => this.#place(i + 1));
    this.ready.catch(() => {});
  }

  #place(partitionId: number): PartitionHandle {
    const config = this.#config;
    const options: PartitionOptions = {
      ...PARTITION_DEFAULTS,
      partitionId,
      partitionCount: config.partitionsCount,
      dir: partitionFolder(config.dataDirectory, partitionId),
      nodeId: config.nodeId,
      members: [{ id: config.nodeId, type: 'voter', priority: 1 }],
      segmentBytes: config.logSegmentBytes,
      checkpointIntervalMs: config.checkpointPeriodMs,
      commandsInBatchMax: config.maxCommandsInBatch,
      queueCommandsMax: config.backpressure.enabled
        ? config.backpressure.limit
        : Number.POSITIVE_INFINITY,
      queueBytesMax: config.backpressure.enabled
        ? PARTITION_DEFAULTS.queueBytesMax
        : Number.POSITIVE_INFINITY,
      stateCacheBytes: config.storeCacheBytes,
      diskFreeBytesMin: config.disk.monitoring ? config.disk.freeBytesProcessing : 0,
      exporterIds: config.exporters.map((exporter) => exporter.id),
    };
    const handle = placePartition(options, config.partitionThreads ? 'thread' : 'caller', (error) =>
      this.#log.error(
        { partitionId, err: error },
        'a partition ended unexpectedly and is started again',
      ),
    );
    handle.onMessage((message) => {
      for (const notice of message.notices) this.#notice(partitionId, notice);
    });
    return handle;
  }

  #tellAll(control: Parameters<PartitionHandle['send']>[0]['control'][number]): void {
    for (const partition of this.#partitions) partition.send(ofBroker(control));
  }

  #notice(partitionId: number, notice: PartitionNotice): void {
    switch (notice.kind) {
      case 'leading':
        this.#leading.set(partitionId, notice);
        if (this.#leading.size === this.#partitions.length) this.#allLead();
        return;
      case 'committed':
        this.#exporting?.committed(partitionId, notice.index, notice.position);
        return;
      case 'health':
        this.#statuses.set(partitionId, notice.status);
        return;
      case 'metrics':
        this.#metrics.partition(partitionId, notice.values);
        return;
      case 'send': {
        const target = this.#partitions[notice.toPartition - 1];
        const deliver = {
          kind: 'deliver' as const,
          fromPartition: partitionId,
          bytes: notice.bytes,
        };
        target?.send(ofBroker(deliver));
        return;
      }
      case 'log':
        this.#log[notice.level]({ partitionId }, notice.text);
        return;
      default:
        return;
    }
  }

  async start(): Promise<void> {
    const options: GatewayOptions = gatewayOptions(this.#config);
    try {
      const cluster = new LocalCluster(this.#partitions, {
        nodeId: this.#config.nodeId,
        host: this.#config.gateway.advertisedHost,
        port: this.#config.commandPort,
        version: options.version,
      });
      this.#gateway = await startGateway(cluster, cluster, options, {
        clock: this.#clock,
        timers: systemTimers,
        random: Math.random,
        log: this.#log,
        metrics: this.#metrics,
      });
      this.gatewayAddress = this.#gateway.address;
      const management = await startManagement({ ...this.#config.management, ...this.#hooks() });
      this.#management = management;
      this.managementAddress = management.address;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Every partition leads: exporters may begin, then the broker is ready. */
  #allLead(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#startExporting().then(
      () => {
        this.#isReady = true;
        this.#gateway?.setServing();
        this.#ready.resolve();
      },
      (error: Error) => this.#ready.reject(error),
    );
  }

  async #startExporting(): Promise<void> {
    const { exporters, dataDirectory } = this.#config;
    if (exporters.length === 0) return;
    const partitions = [...this.#leading].map(([partitionId, leading]) => ({
      partitionId,
      journalDir: leading.journalDir,
      committedIndex: leading.index,
      committedPosition: leading.position,
      positions: leading.exporters,
    }));
    const exporting = startExporting({
      partitions,
      exporters,
      phaseFile: path.join(dataDirectory, 'exporting-phase'),
      log: (level, text) => this.#log[level](text),
    });
    exporting.onPosition((partitionId, exporterId, position, index) => {
      const control = {
        kind: 'exporter-position' as const,
        position: { exporterId, position, index },
      };
      this.#partitions[partitionId - 1]?.send(ofBroker(control));
    });
    this.#exporting = exporting;
    await exporting.ready;
  }

  #hooks(): ManagementHooks {
    return {
      started: () => this.#leading.size === this.#partitions.length,
      ready: () => this.#isReady,
      faults: () =>
        [...this.#statuses.values()]
          .map((status) => status.reason)
          .filter((reason) => reason !== ''),
      metricsText: () => this.#metrics.text(),
      metricsContentType: this.#metrics.contentType,
      clock: this.#config.clockControlled ? this.#clock : undefined,
      jobStreams: () => this.#gateway?.jobStreams() ?? [],
      partitions: () => [...this.#statuses.values()],
      exporterPhase: () => phaseName(this.#exporting?.status().phase),
      setExporting: (phase) => this.#exporting?.setPhase(phase),
      exporters: () =>
        this.#config.exporters.map(({ id }) => ({ exporterId: id, status: 'ENABLED' as const })),
      takeCheckpoint: () => this.#tellAll({ kind: 'checkpoint' }),
    };
  }

  async close(): Promise<void> {
    const deadlineMs = this.#config.shutdownTimeoutMs;
    await this.#gateway?.close(deadlineMs);
    await this.#exporting?.close(deadlineMs);
    await Promise.all(this.#partitions.map((partition) => partition.close(deadlineMs)));
    await this.#management?.close();
  }
}

function phaseName(phase: 'exporting' | 'paused' | 'soft-paused' | undefined) {
  if (phase === 'paused') return 'PAUSED';
  return phase === 'soft-paused' ? 'SOFT_PAUSED' : 'EXPORTING';
}

function gatewayOptions(config: Config): GatewayOptions {
  const { gateway } = config;
  return {
    ...GATEWAY_DEFAULTS,
    session: drawSession(Math.random()),
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
  };
}
