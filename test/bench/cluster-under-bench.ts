// Three real broker processes with three partitions of three replicas, for benchmarks, on ports and in folders of their own.
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePortOffsets } from '../kit/free-ports.ts';
import { until } from '../kit/until.ts';
import { GrpcLoad } from './grpc-load.ts';
import { anonymousMb } from './memory.ts';

const MAIN = fileURLToPath(new URL('../../broker/src/main.ts', import.meta.url));
const READY_WITHIN_MS = 60_000;
const BROKERS = 3;

interface RunningBroker {
  readonly child: ReturnType<typeof spawn>;
  readonly offset: number;
}

export class ClusterUnderBench {
  readonly #dir: string = mkdtempSync(path.join(tmpdir(), 'millrace-bench-'));
  readonly #brokers = new Map<number, RunningBroker>();
  #offsets: readonly number[] = [];

  async start(): Promise<void> {
    // One more than there are brokers at first: one may join.
    this.#offsets = await freePortOffsets(BROKERS + 1);
    for (let nodeId = 0; nodeId < BROKERS; nodeId++) this.startBroker(nodeId, BROKERS);
    for (let nodeId = 0; nodeId < BROKERS; nodeId++) await this.ready(nodeId);
  }

  /** Starts the process without waiting. */
  startBroker(nodeId: number, clusterSize: number): void {
    const offset = this.#offsets[nodeId] as number;
    const contacts = this.#offsets
      .slice(0, BROKERS)
      .map((each) => `127.0.0.1:${26502 + 10 * each}`);
    const child = spawn(
      process.execPath,
      [MAIN, 'start', '--data', path.join(this.#dir, String(nodeId))],
      {
        env: {
          ...process.env,
          ZEEBE_BROKER_NETWORK_PORTOFFSET: String(offset),
          ZEEBE_BROKER_CLUSTER_NODEID: String(nodeId),
          ZEEBE_BROKER_CLUSTER_CLUSTERSIZE: String(clusterSize),
          ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(BROKERS),
          ZEEBE_BROKER_CLUSTER_REPLICATIONFACTOR: String(BROKERS),
          ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: contacts.join(','),
          ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '64MB',
          ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '32MB',
          ZEEBE_LOG_LEVEL: 'error',
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    this.#brokers.set(nodeId, { child, offset });
  }

  managementOf(nodeId: number): string {
    return `http://127.0.0.1:${9600 + 10 * (this.#offsets[nodeId] as number)}`;
  }

  async ready(nodeId: number): Promise<void> {
    const isReady = async () => {
      const answer = await fetch(`${this.managementOf(nodeId)}/ready`).catch(() => undefined);
      return answer?.status === 200;
    };
    await until(isReady, { within: READY_WITHIN_MS, what: `broker ${nodeId} is ready` });
  }

  connect(nodeId: number): Promise<GrpcLoad> {
    return GrpcLoad.connect(`127.0.0.1:${26500 + 10 * (this.#offsets[nodeId] as number)}`);
  }

  /** The broker that leads the partition; undefined when none says so. */
  async leaderOf(partitionId: number): Promise<number | undefined> {
    for (const nodeId of this.#brokers.keys()) {
      const answer = await fetch(`${this.managementOf(nodeId)}/actuator/partitions`).catch(
        () => undefined,
      );
      const roles = (await answer?.json()) as Record<string, { role: string }> | undefined;
      if (roles?.[String(partitionId)]?.role === 'LEADER') return nodeId;
    }
    return undefined;
  }

  /** kill -9 */
  kill(nodeId: number): void {
    this.#brokers.get(nodeId)?.child.kill('SIGKILL');
    this.#brokers.delete(nodeId);
  }

  /** Of each broker, MB. */
  memoryMb(): number[] {
    return [...this.#brokers.values()].map(({ child }) => anonymousMb(child.pid as number));
  }

  /** What lies in the broker's data folder, MB; files that checkpoints share with the state count once. */
  dataMb(nodeId: number): number {
    const dir = path.join(this.#dir, String(nodeId));
    const files = readdirSync(dir, { recursive: true, withFileTypes: true });
    const sizes = new Map<number, number>();
    for (const file of files) {
      const found = statSync(path.join(file.parentPath, file.name), { throwIfNoEntry: false });
      if (found?.isFile() === true) sizes.set(found.ino, found.size);
    }
    return [...sizes.values()].reduce((sum, size) => sum + size, 0) / 1e6;
  }

  async remove(): Promise<void> {
    const ends = [...this.#brokers.values()].map(
      ({ child }) => new Promise((resolve) => child.once('exit', resolve)),
    );
    for (const { child } of this.#brokers.values()) child.kill('SIGTERM');
    await Promise.all(ends);
    rmSync(this.#dir, { recursive: true, force: true });
  }
}
