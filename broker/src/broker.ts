// The broker: starts and stops its components in order, and ties them together.
//
// Order of the start: data directory, transport, gateway and management (so that probes answer), exporters, partitions; when
// these are in order it is ready. Order of the stop: leadership, gateway, exporters, partitions, transport, management.
import path from 'node:path';
import { drawSession } from '@millrace/protocol';
import { nodeDisk, systemTimers } from '@millrace/raft';
import { BrokerClock } from './broker-clock.ts';
import { BrokerCore, type ExportingNotice, helloOf } from './cluster/broker-core.ts';
import { openTransport } from './cluster/open-transport.ts';
import type { PeerHello, Transport } from './cluster/transport/transport.ts';
import type { Config } from './config.ts';
import { openDataDirectory } from './data-directory.ts';
import { type Exporting, startExporting } from './exporting/index.ts';
import { type Gateway, startGateway } from './gateway/index.ts';
import { gatewayOptions } from './gateway-options.ts';
import { createLog, type Log } from './ops/log.ts';
import { BadRequest, type ManagementHooks, startManagement } from './ops/management.ts';
import { createMetrics, type Metrics } from './ops/metrics.ts';
import { PartitionThreads } from './partition/partition-threads.ts';
import { placeInCaller } from './partition/place-partition.ts';

export interface Broker {
  /** host:port of the gRPC gateway */
  readonly gatewayAddress: string;
  /** host:port of the management server */
  readonly managementAddress: string;
  /**
   * Resolves when every partition here leads or follows a leader and every exporter is open; rejects when an exporter's
   * configuration is wrong.
   */
  readonly ready: Promise<void>;
  /** Takes no more work, ends what is under way within the configured time, writes everything to disk. */
  close(): Promise<void>;
}

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
  readonly #hello: PeerHello;
  readonly #core: BrokerCore;
  readonly #ready = Promise.withResolvers<void>();
  readonly ready: Promise<void> = this.#ready.promise;
  #isReady = false;
  #transport: Transport | undefined;
  #gateway: Gateway | undefined;
  #management: { close(): Promise<void> } | undefined;
  #exporting: Exporting | undefined;

  constructor(config: Config) {
    this.#config = config;
    this.#log = createLog(config.logLevel);
    this.#metrics = createMetrics(true);
    this.#hello = helloOf(config, drawSession(Math.random()));
    const threads = new PartitionThreads(config.threads);
    this.#core = new BrokerCore(
      {
        config,
        hello: this.#hello,
        timers: systemTimers,
        random: Math.random,
        disk: nodeDisk,
        log: this.#log,
        place: (options, onDeath) =>
          config.partitionThreads ? threads.place(options, onDeath) : placeInCaller(options),
      },
      {
        exporting: (partitionId, notice) => this.#exportingNotice(partitionId, notice),
        metrics: (partitionId, values) => this.#metrics.partition(partitionId, values),
        inOrder: () => this.#inOrder(),
        setExporting: async (phase) => this.#exporting?.setPhase(phase),
        failed: (error) => this.#ready.reject(error),
      },
    );
    this.#clock = new BrokerClock(({ offsetMs, pinnedMs }) =>
      this.#core.partitions.tellAlways('clock', { kind: 'clock', offsetMs, pinnedMs }),
    );
    this.ready.catch(() => {});
  }

  #exportingNotice(partitionId: number, notice: ExportingNotice): void {
    if (notice.kind === 'committed')
      this.#exporting?.committed(partitionId, notice.index, notice.position);
    else if (notice.kind === 'not-leading') this.#exporting?.unlead(partitionId);
    else
      this.#exporting?.lead({
        partitionId,
        journalDir: notice.journalDir,
        committedIndex: notice.index,
        committedPosition: notice.position,
        positions: notice.exporters,
      });
  }

  async start(): Promise<void> {
    const config = this.#config;
    const { node } = this.#core;
    try {
      this.#transport = await openTransport(config.cluster, this.#hello, node, this.#log);
      this.#gateway = await startGateway(
        node.hub,
        node.topology,
        gatewayOptions(config.gateway, this.#hello.session),
        {
          clock: this.#clock,
          timers: systemTimers,
          random: Math.random,
          log: this.#log,
          metrics: this.#metrics,
        },
      );
      this.gatewayAddress = this.#gateway.address;
      const management = await startManagement({ ...config.management, ...this.#hooks() });
      this.#management = management;
      this.managementAddress = management.address;
      this.#startExporting();
      this.#core.start(this.#transport);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The replicas here are in order: ready as soon as the exporters are open. */
  #inOrder(): void {
    const opened = this.#exporting?.opened() ?? Promise.resolve();
    opened.then(
      () => {
        this.#isReady = true;
        this.#gateway?.setServing();
        this.#ready.resolve();
      },
      (error: Error) => this.#ready.reject(error),
    );
  }

  #startExporting(): void {
    const { exporters, dataDirectory } = this.#config;
    if (exporters.length === 0) return;
    const exporting = startExporting({
      exporters,
      phaseFile: path.join(dataDirectory, 'exporting-phase'),
      log: (level, text) => this.#log[level](text),
    });
    exporting.onPosition((partitionId, exporterId, position, index) =>
      this.#core.partitions.tell(partitionId, {
        kind: 'exporter-position',
        position: { exporterId, position, index },
      }),
    );
    // A wrong configuration ends the start, whatever the partitions do.
    exporting.ready.catch((error: Error) => this.#ready.reject(error));
    this.#exporting = exporting;
  }

  #hooks(): ManagementHooks {
    return {
      started: () => this.#core.wereInOrder,
      ready: () => this.#isReady,
      faults: () =>
        this.#core.partitions
          .statuses()
          .map((status) => status.reason)
          .filter((reason) => reason !== ''),
      metricsText: () => this.#metrics.text(),
      metricsContentType: this.#metrics.contentType,
      clock: this.#config.clockControlled ? this.#clock : undefined,
      jobStreams: () => this.#gateway?.jobStreams() ?? [],
      partitions: () => this.#core.partitions.statuses(),
      exporterPhase: () => phaseName(this.#exporting?.status().phase),
      setExporting: (phase) => this.#core.askAll({ kind: 'exporting', phase }),
      exporters: () =>
        this.#config.exporters.map(({ id }) => ({ exporterId: id, status: 'ENABLED' as const })),
      takeCheckpoint: () => this.#core.partitions.tellAll({ kind: 'checkpoint' }),
      cluster: this.#core.configuration,
      setProcessing: (phase) => this.#core.partitions.setPaused(phase === 'paused'),
      rebalance: () => this.#rebalance(),
      ban: async (processInstanceKey) => {
        const problem = await this.#core.ban(processInstanceKey);
        if (problem !== '') throw new BadRequest(problem);
      },
      suspend: async (order) => {
        const problem = await this.#core.suspend(order);
        if (problem !== '') throw new BadRequest(problem);
      },
    };
  }

  /** Does not wait: leaders hand over one after the other, and may not be able to. */
  #rebalance(): void {
    this.#core
      .askAll({ kind: 'rebalance' })
      .catch((error: Error) => this.#log.warn(`leaders were not all moved: ${error.message}`));
  }

  async close(): Promise<void> {
    const deadlineMs = this.#config.shutdownTimeoutMs;
    await this.#core.partitions.handOver(deadlineMs / 2);
    await this.#gateway?.close(deadlineMs);
    await this.#exporting?.close(deadlineMs);
    await this.#core.close(deadlineMs);
    await this.#transport?.close();
    await this.#management?.close();
  }
}

function phaseName(phase: 'exporting' | 'paused' | 'soft-paused' | undefined) {
  if (phase === 'paused') return 'PAUSED';
  return phase === 'soft-paused' ? 'SOFT_PAUSED' : 'EXPORTING';
}
