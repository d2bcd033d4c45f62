// A cluster of real broker processes on this machine: started, killed, paused, restarted and robbed of their data by tests.
//
// Guarantees: each broker keeps its ports, its data folder and its file of exported records over all its lives; leaving an
// `await using` block kills what still runs and removes the folder (MILLRACE_KEEP_DATA keeps it and prints its path).
// Leaves to others: one process (broker-process.ts), the links between brokers (cluster-links.ts).
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BrokerProcess, type Exit } from './broker-process.ts';
import type { ClusterLinks } from './cluster-links.ts';
import { freePortOffsets } from './free-ports.ts';
import { until } from './until.ts';

export interface ClusterOptions {
  /** Default 3. */
  readonly brokers?: number;
  /** Default 3. */
  readonly partitions?: number;
  /** Default: as many as there are brokers. */
  readonly replicationFactor?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** What is different for one broker. */
  readonly ofBroker?: (
    nodeId: number,
    dataDirectory: string,
  ) => {
    readonly env?: Readonly<Record<string, string>>;
    /** Put before node: a wrapper such as unshare. */
    readonly wrapper?: readonly string[];
  };
  /** Port offsets of the brokers; free ones unless given. */
  readonly offsets?: readonly number[];
  /** What the brokers' connections go through. Closed with the cluster. */
  readonly links?: ClusterLinks;
}

/** What one broker says of its replica of a partition. */
export interface ReplicaStatus {
  readonly nodeId: number;
  readonly partitionId: number;
  readonly role: 'LEADER' | 'FOLLOWER' | 'INACTIVE';
  /** Position of the newest record in its state. */
  readonly processedPosition: number;
  readonly exportedPosition: number;
  readonly health: string;
  readonly reason: string;
}

/** Lives whose output is kept for a failure's report. */
const storiesMax = 24;
const internalPort = 26502;
/** ms; long, for a machine that is busy with other things. */
const readyWithin = 180_000;

export class ClusterProcess implements AsyncDisposable {
  readonly folder: string;
  readonly partitionIds: readonly number[];
  readonly nodeIds: readonly number[];
  readonly #options: ClusterOptions;
  readonly #offsets: readonly number[];
  readonly #brokers = new Map<number, BrokerProcess>();
  readonly #paused = new Set<number>();
  readonly #stories: { readonly nodeId: number; readonly broker: BrokerProcess }[] = [];

  private constructor(options: ClusterOptions, folder: string, offsets: readonly number[]) {
    this.#options = options;
    this.folder = folder;
    this.#offsets = offsets;
    this.nodeIds = offsets.map((_, nodeId) => nodeId);
    this.partitionIds = Array.from({ length: options.partitions ?? 3 }, (_, i) => i + 1);
  }

  /** Starts all brokers and waits until they are ready and every partition has a leader. */
  static async start(options: ClusterOptions = {}): Promise<ClusterProcess> {
    const offsets = options.offsets ?? (await freePortOffsets(options.brokers ?? 3));
    await options.links?.open(offsets.map((offset) => internalPort + 10 * offset));
    const folder = await mkdtemp(path.join(tmpdir(), 'millrace-cluster-'));
    const cluster = new ClusterProcess(options, folder, offsets);
    try {
      await cluster.startBrokers(...cluster.nodeIds);
      await cluster.led();
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Starts brokers that do not run, with what they have on disk, and waits until all of them are ready. */
  async startBrokers(...nodeIds: readonly number[]): Promise<void> {
    await this.spawnBrokers(...nodeIds);
    await Promise.all(nodeIds.map((nodeId) => this.broker(nodeId).ready(readyWithin)));
  }

  /** The same without waiting. */
  async spawnBrokers(...nodeIds: readonly number[]): Promise<void> {
    for (const nodeId of nodeIds) {
      if (this.#brokers.get(nodeId)?.running === true) throw new Error(`broker ${nodeId} runs`);
      const { links, ofBroker } = this.#options;
      const { wrapper = [] } = ofBroker?.(nodeId, this.dataOf(nodeId)) ?? {};
      const broker = await BrokerProcess.spawn({
        dataDirectory: this.dataOf(nodeId),
        portOffset: this.#offsets[nodeId] as number,
        env: this.#environmentOf(nodeId),
        wrapper: [...(links?.wrapperOf(nodeId) ?? []), ...wrapper],
        ...(links === undefined ? {} : { host: links.hosts[nodeId] as string }),
      });
      this.#brokers.set(nodeId, broker);
      this.#stories.push({ nodeId, broker });
      if (this.#stories.length > storiesMax) this.#stories.shift();
    }
  }

  #environmentOf(nodeId: number): Record<string, string> {
    const { env, ofBroker, links, replicationFactor } = this.#options;
    const points = this.#offsets.map((offset) => `127.0.0.1:${internalPort + 10 * offset}`);
    return {
      ZEEBE_BROKER_CLUSTER_NODEID: String(nodeId),
      ZEEBE_BROKER_CLUSTER_CLUSTERSIZE: String(this.nodeIds.length),
      ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(this.partitionIds.length),
      ZEEBE_BROKER_CLUSTER_REPLICATIONFACTOR: String(replicationFactor ?? this.nodeIds.length),
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: points.join(','),
      ZEEBE_BROKER_EXPORTERS_JSON_CLASSNAME: 'jsonl',
      ZEEBE_BROKER_EXPORTERS_JSON_ARGS_PATH: this.recordsOf(nodeId),
      ...links?.environmentOf(nodeId),
      ...env,
      ...ofBroker?.(nodeId, this.dataOf(nodeId)).env,
    };
  }

  /** The present or the last process of that broker. */
  broker(nodeId: number): BrokerProcess {
    const broker = this.#brokers.get(nodeId);
    if (broker === undefined) throw new Error(`broker ${nodeId} was never started`);
    return broker;
  }

  /** Those that run and are not paused. */
  get awake(): readonly number[] {
    return this.nodeIds.filter((id) => this.broker(id).running && !this.#paused.has(id));
  }

  /** host:port of the gateways, by node id. */
  get addresses(): readonly string[] {
    return this.nodeIds.map((nodeId) => this.broker(nodeId).address);
  }

  dataOf(nodeId: number): string {
    return path.join(this.folder, `data-${nodeId}`);
  }

  /** What the broker has exported, as JSON lines; not part of its data. */
  recordsOf(nodeId: number): string {
    return path.join(this.folder, `records-${nodeId}.jsonl`);
  }

  /** kill -9 of all of them in the same moment. */
  async kill(...nodeIds: readonly number[]): Promise<void> {
    await Promise.all(nodeIds.map((nodeId) => this.broker(nodeId).kill()));
    for (const nodeId of nodeIds) this.#paused.delete(nodeId);
  }

  /** SIGSTOP: no part of the process runs, its sockets stay open. */
  pause(nodeId: number): void {
    this.#paused.add(nodeId);
    this.broker(nodeId).signal('SIGSTOP');
  }

  /** SIGCONT. */
  resume(nodeId: number): void {
    this.broker(nodeId).signal('SIGCONT');
    this.#paused.delete(nodeId);
  }

  /** SIGTERM, and waits for the end. */
  stop(nodeId: number): Promise<Exit> {
    return this.broker(nodeId).stop('SIGTERM', 180_000);
  }

  /** SIGTERM for all that run, at the same time. @throws Error when one does not end well */
  async stopAll(): Promise<void> {
    const running = this.nodeIds.filter((nodeId) => this.broker(nodeId).running);
    const exits = await Promise.all(running.map((nodeId) => this.stop(nodeId)));
    for (const [i, { code, signal }] of exits.entries()) {
      if (code === 0) continue;
      const what = `broker ${running[i]} ended with ${code ?? signal}`;
      throw new Error(`${what}\n${this.broker(running[i] as number).printed}`);
    }
  }

  /** Takes the data folder of a broker that does not run away. */
  async eraseData(nodeId: number): Promise<void> {
    if (this.broker(nodeId).running) throw new Error(`broker ${nodeId} runs`);
    await rm(this.dataOf(nodeId), { recursive: true, force: true });
  }

  /** What all brokers that answer say; one that does not answer is left out. */
  async replicas(of: readonly number[] = this.awake): Promise<readonly ReplicaStatus[]> {
    const each = await Promise.all(of.map((nodeId) => this.#replicasOf(nodeId)));
    return each.flat();
  }

  async #replicasOf(nodeId: number): Promise<readonly ReplicaStatus[]> {
    try {
      const { body } = await this.broker(nodeId).get('/actuator/partitions');
      const parsed = JSON.parse(body) as Record<string, Record<string, unknown>>;
      return Object.entries(parsed).map(([id, status]) => {
        const health = status.health as { status: string; reason: string };
        return {
          nodeId,
          partitionId: Number(id),
          role: status.role as ReplicaStatus['role'],
          processedPosition: Number(status.processedPosition),
          exportedPosition: Number(status.exportedPosition),
          health: health.status,
          reason: health.reason,
        };
      });
    } catch {
      return []; // it is starting, or gone
    }
  }

  /**
   * Waits until each partition has exactly one leader among the brokers that are awake.
   * @param among brokers that are asked; those that are awake unless given
   * @returns node id of the leader by partition id
   */
  async led(within = 180_000, among?: readonly number[]): Promise<ReadonlyMap<number, number>> {
    let seen: readonly ReplicaStatus[] = [];
    const look = async () => {
      seen = await this.replicas(among);
      const leaders = seen.filter(({ role }) => role === 'LEADER');
      const byPartition = new Map(leaders.map(({ partitionId, nodeId }) => [partitionId, nodeId]));
      const isLed = byPartition.size === this.partitionIds.length;
      return isLed && leaders.length === byPartition.size ? byPartition : undefined;
    };
    try {
      return await until(look, { within, what: 'one leader of every partition' });
    } catch (error) {
      throw new Error(`${error}\n${describe(seen)}\n${this.story()}`);
    }
  }

  /** The leader of a partition at this moment. */
  async leaderOf(partitionId: number): Promise<number> {
    return (await this.led()).get(partitionId) as number;
  }

  /** Waits until every replica is healthy and all of a partition stand at the same position: only when nobody works. */
  async inStep(within = 180_000): Promise<void> {
    let seen: readonly ReplicaStatus[] = [];
    const look = async () => {
      seen = await this.replicas(this.nodeIds);
      const factor = this.#options.replicationFactor ?? this.nodeIds.length;
      if (seen.length !== factor * this.partitionIds.length) return false;
      const positions = new Set(
        seen.map((each) => `${each.partitionId} ${each.processedPosition}`),
      );
      const isHealthy = seen.every(({ health }) => health === 'HEALTHY');
      return isHealthy && positions.size === this.partitionIds.length;
    };
    try {
      await until(look, { within, what: 'all replicas in step', every: 50 });
    } catch (error) {
      throw new Error(`${error}\n${describe(seen)}\n${this.story()}`);
    }
  }

  /** What the newest lives of the brokers printed, for a failure's report. */
  story(charactersEach = 4_000): string {
    return this.#stories
      .map(({ nodeId, broker: { pid, printed } }) => {
        const rest = printed.slice(-charactersEach);
        return `--- broker ${nodeId}, process ${pid}\n${rest}`;
      })
      .join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill(...this.#brokers.keys());
    await this.#options.links?.[Symbol.asyncDispose]();
    if (process.env.MILLRACE_KEEP_DATA === undefined)
      await rm(this.folder, { recursive: true, force: true });
    else console.error(`data of the cluster: ${this.folder}`);
  }
}

function describe(replicas: readonly ReplicaStatus[]): string {
  return replicas
    .map(
      (each) =>
        `broker ${each.nodeId}, partition ${each.partitionId}: ${each.role}, ${each.health}, position ${each.processedPosition} ${each.reason}`,
    )
    .join('\n');
}
