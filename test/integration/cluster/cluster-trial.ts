// A cluster under load with everything that watches it: what each trial by fault begins and ends with.
import { onTestFailed } from 'vitest';
import { type ClusterOptions, ClusterProcess } from '../../kit/cluster-process.ts';
import { checkOffline } from '../../kit/offline-check.ts';
import { runSeed } from '../../kit/random.ts';
import { compareReplicas, type ReplicasComparison } from '../../kit/replica-comparison.ts';
import { until } from '../../kit/until.ts';
import { CallBook } from './call-book.ts';
import { ClusterAudit } from './cluster-audit.ts';
import { ClusterLoad } from './cluster-load.ts';
import { RecordAudit } from './record-audit.ts';

/** A long run tries every variant (`npm run faults`). */
export const isLong = process.env.MILLRACE_FAULTS === 'long';

export interface TrialOptions extends ClusterOptions {
  /** Creations per second; default 20. */
  readonly perSecond?: number;
  /** See ClusterLoadOptions. */
  readonly callMs?: number;
  readonly textBytes?: number;
}

export class ClusterTrial implements AsyncDisposable {
  readonly cluster: ClusterProcess;
  readonly book: CallBook;
  readonly records: RecordAudit;
  readonly audit: ClusterAudit;
  readonly load: ClusterLoad;
  readonly #replicationFactor: number;

  private constructor(cluster: ClusterProcess, options: TrialOptions) {
    this.cluster = cluster;
    this.#replicationFactor = options.replicationFactor ?? cluster.nodeIds.length;
    this.book = new CallBook();
    this.records = new RecordAudit(cluster.nodeIds.map((nodeId) => cluster.recordsOf(nodeId)));
    this.audit = new ClusterAudit(this.book, this.records, cluster.partitionIds.length);
    const { perSecond = 20, callMs = 10_000, textBytes = 200 } = options;
    const { addresses } = cluster;
    this.load = new ClusterLoad(this.book, { addresses, perSecond, callMs, textBytes });
  }

  /** A cluster with definitions and a load that runs. */
  static async start(options: TrialOptions = {}): Promise<ClusterTrial> {
    const cluster = await ClusterProcess.start(options);
    const trial = new ClusterTrial(cluster, options);
    onTestFailed(() => {
      console.error(`repeat with MILLRACE_SEED=${runSeed}\n${trial.book.failuresText()}`);
      console.error(cluster.story());
    });
    await trial.load.deploy();
    trial.load.start();
    await trial.works(20);
    return trial;
  }

  /** Waits until so many more calls have been acknowledged. */
  async works(calls: number, within = 180_000): Promise<void> {
    const enough = this.book.size + calls;
    const what = `${calls} more acknowledged calls`;
    await until(() => this.book.size >= enough, { within, what });
  }

  /** Ends the load, waits for the end of all that was acknowledged and until all replicas stand at the same position. */
  async settle(): Promise<void> {
    this.load.stopCreating();
    await until(() => this.load.openCalls === 0, { within: 60_000, what: 'the calls under way' });
    await this.audit.allEnded(180_000);
    await this.load.stop();
    await this.cluster.inStep();
  }

  /**
   * Stops the brokers, looks for damage on their disks, and compares all replicas with each other.
   * @param replay compare each also with the replay of its own log
   */
  async compare({ replay = isLong } = {}): Promise<readonly ReplicasComparison[]> {
    await this.cluster.stopAll();
    await Promise.all(this.#folders.map((folder) => checkOffline(folder, { replay })));
    const compared = await this.compareStates();
    this.audit.check();
    return compared;
  }

  get #folders(): readonly string[] {
    return this.cluster.nodeIds.map((nodeId) => this.cluster.dataOf(nodeId));
  }

  /** Compares what lies on disk, with no broker running. @throws Error with the differences */
  async compareStates(): Promise<readonly ReplicasComparison[]> {
    const compared = await compareReplicas(this.#folders, this.#replicationFactor);
    const different = compared.flatMap(({ partitionId, differences }) =>
      differences.map((line) => `partition ${partitionId}: ${line}`),
    );
    if (different.length > 0) throw new Error(`replicas differ:\n${different.join('\n')}`);
    for (const { partitionId, replicas } of compared) {
      if (replicas === this.#replicationFactor) continue;
      throw new Error(`partition ${partitionId} has ${replicas} replicas on disk`);
    }
    return compared;
  }

  /** What was done so far, as a line. */
  figures(): string {
    const { acknowledgedCreations, failedCreations, completed, cancelled, deployed } = this.book;
    return (
      `acknowledged: ${acknowledgedCreations} creations, ${completed.size} completions, ${cancelled.size} cancellations, ` +
      `${deployed.size} deployments; ${failedCreations} creations failed, the slowest took ${Math.round(this.book.slowestMs)} ms; ` +
      `${this.records.records} records read`
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.load.stopCreating();
    await this.cluster[Symbol.asyncDispose]();
    await this.load.stop();
  }
}
