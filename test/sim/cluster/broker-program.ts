// The program that a machine of a cluster simulation runs: the broker's own parts without sockets, threads and exporters.
// Guarantees: everything above clock, network, disk and chance is the product's: replicas, hub, topology, gateway services.
// Leaves to others: the machines, the clients, and what is checked.
import { drawSession } from '@millrace/protocol';
import { BrokerCore, helloOf } from '../../../broker/src/cluster/broker-core.ts';
import { type Config, loadConfig } from '../../../broker/src/config.ts';
import {
  createGatewayService,
  type GatewayService,
} from '../../../broker/src/gateway/gateway-service.ts';
import { gatewayOptions } from '../../../broker/src/gateway-options.ts';
import type { Log } from '../../../broker/src/ops/log.ts';
import type { Metrics } from '../../../broker/src/ops/metrics.ts';
import type { FromPartition } from '../../../broker/src/partition/messages.ts';
import { Partition } from '../../../broker/src/partition/partition.ts';
import type { PartitionOptions } from '../../../broker/src/partition/partition-options.ts';
import type { PartitionHandle } from '../../../broker/src/partition/place-partition.ts';
import { memoryBackend } from '../../../broker/src/store/memory-backend.ts';
import type { CallableGateway } from '../clients/gateway-calls.ts';
import type { SimulatedNetwork } from '../network/simulated-network.ts';
import type { SimulatedTransport } from '../network/simulated-transport.ts';
import type { SimulatedProcess } from '../world/machine.ts';

const PORT = 26502;
const DATA = '/data';
const TICK_MS_MIN = 5;

/** How all brokers of a cluster are configured. */
export interface ClusterSettings {
  readonly size: number;
  readonly partitions: number;
  readonly replication: number;
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly requestTimeoutMs: number;
  /** Log growth after which a checkpoint is taken, bytes. */
  readonly checkpointLogBytes: number;
  readonly checkpointIntervalMs: number;
  readonly segmentBytes: number;
}

export interface BrokerOwner {
  readonly network: SimulatedNetwork;
  readonly settings: ClusterSettings;
  /** A replica has said something; what it has committed may be more than before. */
  replicaSpoke(broker: BrokerProgram, partition: Partition): void;
  /** The broker cannot run: the process ends. */
  failed(error: Error): void;
  say(text: () => string): void;
}

export class BrokerProgram implements CallableGateway {
  readonly process: SimulatedProcess;
  readonly core: BrokerCore;
  readonly gateway: GatewayService;
  readonly replicas = new Map<number, Partition>();
  readonly #owner: BrokerOwner;
  readonly #transport: SimulatedTransport;

  constructor(process: SimulatedProcess, owner: BrokerOwner) {
    this.process = process;
    this.#owner = owner;
    const { timers, random, disk, machine } = process;
    const config = configOf(machine.id, owner.settings);
    disk.makeFolder(DATA);
    const log = tracedLog((text) => owner.say(() => text));
    const hello = helloOf(config, drawSession(random.next()));
    this.core = new BrokerCore(
      {
        config,
        hello,
        timers,
        random: random.next,
        disk,
        log,
        place: (options) => this.#place(options),
      },
      {
        exporting: () => {},
        metrics: () => {},
        inOrder: () => this.gateway.setServing(),
        setExporting: async () => {},
        failed: (error) => owner.failed(error),
      },
    );
    this.gateway = createGatewayService(
      this.core.node.hub,
      this.core.node.topology,
      gatewayOptions(config.gateway, hello.session),
      {
        clock: { now: () => timers.wallMs() },
        timers,
        random: random.next,
        log,
        metrics: NO_METRICS,
      },
    );
    this.#transport = owner.network.open(
      process,
      {
        host: '0.0.0.0',
        port: PORT,
        hello,
        clusterName: config.cluster.name,
        contactPoints: config.cluster.contactPoints,
        timers,
        random: random.next,
        log,
      },
      this.core.node,
    );
    this.core.start(this.#transport);
  }

  get methods() {
    return this.gateway.methods;
  }

  #place(options: PartitionOptions): PartitionHandle {
    const { timers, random, disk, bootId } = this.process;
    const { settings } = this.#owner;
    const listeners: ((message: FromPartition) => void)[] = [];
    const partition: Partition = new Partition(
      { ...options, checkpointLogBytes: settings.checkpointLogBytes },
      (message) => {
        this.#owner.replicaSpoke(this, partition);
        for (const listener of listeners) listener(message);
      },
      {
        disk,
        backend: memoryBackend(disk),
        bootId: () => bootId,
        timers,
        random: random.next,
        freeBytes: () => Number.POSITIVE_INFINITY,
      },
    );
    this.replicas.set(options.partitionId, partition);
    const started = Promise.resolve().then(() => partition.start());
    return {
      partitionId: options.partitionId,
      send: (message) => partition.receive(message),
      onMessage: (listener) => listeners.push(listener),
      close: async (deadlineMs) => {
        await started;
        await partition.close(deadlineMs);
        if (this.replicas.get(options.partitionId) === partition)
          this.replicas.delete(options.partitionId);
      },
    };
  }

  /** SIGTERM: as the program does, in its order. */
  async stop(deadlineMs: number): Promise<void> {
    await this.core.partitions.handOver(deadlineMs / 2);
    this.gateway.endWaiting();
    this.gateway.close();
    await this.core.close(deadlineMs);
    await this.#transport.close();
  }
}

/** Where brokers reach the broker of a machine. */
export function hostOf(machine: number): string {
  return `m${machine}`;
}

function configOf(nodeId: number, settings: ClusterSettings): Config {
  const contactPoints = Array.from({ length: settings.size }, (_, id) => `${hostOf(id)}:${PORT}`);
  const { config } = loadConfig({
    env: {
      ZEEBE_BROKER_CLUSTER_NODEID: String(nodeId),
      ZEEBE_BROKER_CLUSTER_CLUSTERSIZE: String(settings.size),
      ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(settings.partitions),
      ZEEBE_BROKER_CLUSTER_REPLICATIONFACTOR: String(settings.replication),
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: contactPoints.join(','),
      ZEEBE_BROKER_NETWORK_ADVERTISEDHOST: hostOf(nodeId),
      ZEEBE_BROKER_DATA_DIRECTORY: DATA,
    },
  });
  return {
    ...config,
    dataDirectory: DATA,
    logSegmentBytes: settings.segmentBytes,
    checkpointPeriodMs: settings.checkpointIntervalMs,
    gateway: { ...config.gateway, requestTimeoutMs: settings.requestTimeoutMs },
    cluster: {
      ...config.cluster,
      heartbeatMs: Math.max(settings.heartbeatMs, TICK_MS_MIN),
      electionMs: settings.electionMs,
    },
  };
}

const NO_METRICS: Metrics = {
  family: () => {},
  histogram: () => {},
  partition: () => {},
  text: async () => '',
  contentType: 'text/plain',
};

/** A log whose lines go into the trace. */
function tracedLog(say: (text: string) => void): Log {
  const level = (name: string) => (first: unknown, second?: unknown) => {
    say(`${name}: ${typeof first === 'string' ? first : String(second)}`);
  };
  const log = { debug: () => {}, trace: () => {}, info: level('info') };
  return {
    ...log,
    warn: level('warn'),
    error: level('error'),
    fatal: level('fatal'),
  } as unknown as Log;
}
