// Several brokers on one machine, each a process of its own, for people who want to see a cluster fail over.
//
// Guarantees: every broker keeps its ports and its data folder over all its lives; a broker that ends by itself is told;
// close() ends all of them and waits; none outlives this process unless this process is killed with -9.
// Leaves to others: what a broker does (main.ts), what is shown and typed (trial-console.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type Cancel, systemTimers } from '@millrace/raft';

export interface TrialClusterOptions {
  readonly brokers: number;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Broker n has its data in the folder n below. */
  readonly directory: string;
  /** Broker n has the ports of this offset + n. */
  readonly portOffset: number;
  /** The program of a broker, a path. */
  readonly main: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface TrialBroker {
  readonly nodeId: number;
  /** host:port */
  readonly gateway: string;
  /** http://host:port */
  readonly management: string;
}

/** What happens to a broker, for those who watch. */
export interface TrialListener {
  /** A line of its log. */
  line(nodeId: number, text: string): void;
  /** @param wanted whether it was killed or stopped from here */
  ended(nodeId: number, how: string, wanted: boolean): void;
}

interface Life {
  readonly child: ChildProcess;
  readonly over: Promise<void>;
  isWanted: boolean;
}

const HOST = '127.0.0.1';
const PORTS_PER_OFFSET = 10;
/** A broker that has not ended so long after it was asked is killed, ms. */
const END_WITHIN_MS = 20_000;

export class TrialCluster {
  readonly brokers: readonly TrialBroker[];
  readonly #options: TrialClusterOptions;
  readonly #listener: TrialListener;
  readonly #lives = new Map<number, Life>();
  readonly #killAll = (): void => {
    for (const { child } of this.#lives.values()) child.kill('SIGKILL');
  };

  constructor(options: TrialClusterOptions, listener: TrialListener) {
    this.#options = options;
    this.#listener = listener;
    this.brokers = Array.from({ length: options.brokers }, (_, nodeId) => ({
      nodeId,
      gateway: `${HOST}:${this.#port(26500, nodeId)}`,
      management: `http://${HOST}:${this.#port(9600, nodeId)}`,
    }));
    process.once('exit', this.#killAll);
  }

  #port(base: number, nodeId: number): number {
    return base + PORTS_PER_OFFSET * (this.#options.portOffset + nodeId);
  }

  isRunning(nodeId: number): boolean {
    return this.#lives.has(nodeId);
  }

  get runningCount(): number {
    return this.#lives.size;
  }

  /** Starts a broker with what it has on disk; nothing when it runs. */
  start(nodeId: number): void {
    if (this.isRunning(nodeId)) return;
    const child = spawn(process.execPath, [this.#options.main, 'start'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: this.#environmentOf(nodeId),
      // In a group of its own: Ctrl-C is for this process, which then asks the brokers to end, once.
      detached: process.platform !== 'win32',
      windowsHide: true,
    });
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const life: Life = { child, over, isWanted: false };
    this.#lives.set(nodeId, life);
    if (child.stderr !== null)
      createInterface({ input: child.stderr }).on('line', (text) =>
        this.#listener.line(nodeId, text),
      );
    const end = (how: string): void => {
      if (this.#lives.get(nodeId) !== life) return;
      this.#lives.delete(nodeId);
      this.#listener.ended(nodeId, how, life.isWanted);
      resolve();
    };
    child.once('error', ({ message }) => end(message));
    child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
  }

  #environmentOf(nodeId: number): NodeJS.ProcessEnv {
    const { brokers, partitions, replicationFactor, directory, portOffset, env } = this.#options;
    const points = this.brokers.map((broker) => `${HOST}:${this.#port(26502, broker.nodeId)}`);
    return {
      ...env,
      ZEEBE_BROKER_NETWORK_HOST: HOST,
      ZEEBE_BROKER_NETWORK_PORTOFFSET: String(portOffset + nodeId),
      ZEEBE_BROKER_DATA_DIRECTORY: `${directory}/${nodeId}`,
      ZEEBE_BROKER_CLUSTER_NODEID: String(nodeId),
      ZEEBE_BROKER_CLUSTER_CLUSTERSIZE: String(brokers),
      ZEEBE_BROKER_CLUSTER_PARTITIONSCOUNT: String(partitions),
      ZEEBE_BROKER_CLUSTER_REPLICATIONFACTOR: String(replicationFactor),
      ZEEBE_BROKER_CLUSTER_INITIALCONTACTPOINTS: points.join(','),
    };
  }

  /** Ends a broker at once, like a crash. Resolves when it is gone. */
  kill(nodeId: number): Promise<void> {
    return this.#end(nodeId, 'SIGKILL');
  }

  /** Asks a broker to end: it hands leadership over first. Resolves when it is gone. */
  async stop(nodeId: number): Promise<void> {
    const life = this.#lives.get(nodeId);
    const cancel: Cancel = systemTimers.after(END_WITHIN_MS, () => life?.child.kill('SIGKILL'));
    await this.#end(nodeId, 'SIGTERM');
    cancel();
  }

  async #end(nodeId: number, signal: NodeJS.Signals): Promise<void> {
    const life = this.#lives.get(nodeId);
    if (life === undefined) return;
    life.isWanted = true;
    life.child.kill(signal);
    await life.over;
  }

  /** Stops all brokers. */
  async close(): Promise<void> {
    await Promise.all([...this.#lives.keys()].map((nodeId) => this.stop(nodeId)));
    process.off('exit', this.#killAll);
  }
}
