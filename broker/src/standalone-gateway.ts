// A gateway as a process of its own: no partitions, no data; it finds brokers by contact points and serves clients.
import { drawSession, ENTRY_VERSION_MAX } from '@millrace/protocol';
import { systemTimers } from '@millrace/raft';
import { ClusterNode } from './cluster/cluster-node.ts';
import { openTransport } from './cluster/open-transport.ts';
import type { PeerHello, Transport } from './cluster/transport/transport.ts';
import type { GatewayProcessConfig } from './config.ts';
import { type Gateway, startGateway } from './gateway/index.ts';
import { gatewayOptions, RELEASE } from './gateway-options.ts';
import { createLog, type Log } from './ops/log.ts';
import { startManagement } from './ops/management.ts';
import { createMetrics } from './ops/metrics.ts';

export interface StandaloneGateway {
  /** host:port of the gRPC gateway */
  readonly gatewayAddress: string;
  /** host:port of the management server */
  readonly managementAddress: string;
  /** Resolves when every partition of the cluster has a leader that this gateway knows. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** Until a broker has told: no partitions. */
const UNKNOWN_SHAPE = {
  clusterSize: 0,
  partitionsCount: 0,
  replicationFactor: 0,
  startPartitions: [],
  messagePartitionsCount: 0,
};

/** Rejects when an address cannot be bound or a TLS file cannot be read. */
export async function startStandaloneGateway(
  config: GatewayProcessConfig,
): Promise<StandaloneGateway> {
  const gateway = new RunningGateway(config);
  await gateway.start();
  return gateway;
}

class RunningGateway implements StandaloneGateway {
  gatewayAddress = '';
  managementAddress = '';
  readonly #config: GatewayProcessConfig;
  readonly #log: Log;
  readonly #metrics = createMetrics(true);
  readonly #hello: PeerHello;
  readonly #node: ClusterNode;
  readonly #ready = Promise.withResolvers<void>();
  readonly ready: Promise<void> = this.#ready.promise;
  #isReady = false;
  #transport: Transport | undefined;
  #gateway: Gateway | undefined;
  #management: { close(): Promise<void> } | undefined;

  constructor(config: GatewayProcessConfig) {
    this.#config = config;
    this.#log = createLog(config.logLevel);
    const { cluster, gateway } = config;
    const session = drawSession(Math.random());
    this.#hello = {
      memberId: `gateway-${cluster.memberId}-${session}`,
      kind: 'gateway',
      nodeId: -1,
      session,
      advertised: { host: cluster.advertisedHost, port: cluster.advertisedPort },
      release: RELEASE,
      logVersion: ENTRY_VERSION_MAX,
    };
    this.#node = new ClusterNode(
      {
        hello: this.#hello,
        command: { host: gateway.advertisedHost, port: gateway.port },
        shape: UNKNOWN_SHAPE,
        timers: systemTimers,
        log: this.#log,
      },
      { notice: () => {}, received: () => {}, peerUp: () => {}, peerDown: () => {} },
    );
    this.#node.topology.onChange(() => this.#look());
  }

  async start(): Promise<void> {
    const { cluster, gateway, management } = this.#config;
    try {
      this.#transport = await openTransport(cluster, this.#hello, this.#node, this.#log);
      this.#node.start(this.#transport);
      this.#gateway = await startGateway(
        this.#node.hub,
        this.#node.topology,
        gatewayOptions(gateway, this.#hello.session),
        {
          clock: { now: Date.now },
          timers: systemTimers,
          random: Math.random,
          log: this.#log,
          metrics: this.#metrics,
        },
      );
      this.gatewayAddress = this.#gateway.address;
      const served = await startManagement({ ...management, ...this.#hooks() });
      this.#management = served;
      this.managementAddress = served.address;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  #look(): void {
    const { topology } = this.#node;
    const { partitionsCount } = topology;
    if (this.#isReady || partitionsCount === 0) return;
    for (let id = 1; id <= partitionsCount; id++) if (topology.leaderOf(id) === undefined) return;
    this.#isReady = true;
    this.#gateway?.setServing();
    this.#ready.resolve();
  }

  /** Why clients cannot be served in full. */
  #faults(): string[] {
    const { topology } = this.#node;
    if (topology.brokers().length === 0) return ['no broker is connected'];
    const without: string[] = [];
    for (let id = 1; id <= topology.partitionsCount; id++)
      if (topology.leaderOf(id) === undefined) without.push(`partition ${id} has no leader`);
    return without;
  }

  #hooks() {
    return {
      started: () => this.#gateway !== undefined,
      ready: () => this.#isReady,
      faults: () => this.#faults(),
      metricsText: () => this.#metrics.text(),
      metricsContentType: this.#metrics.contentType,
      clock: undefined,
      jobStreams: () => this.#gateway?.jobStreams() ?? [],
      partitions: () => [],
      exporterPhase: () => 'EXPORTING' as const,
      setExporting: () => {},
      exporters: () => [],
      takeCheckpoint: () => {},
    };
  }

  async close(): Promise<void> {
    await this.#gateway?.close(this.#config.shutdownTimeoutMs);
    this.#node.close();
    await this.#transport?.close();
    await this.#management?.close();
  }
}
