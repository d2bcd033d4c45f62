// `millrace cluster`: shows what the brokers of a trial cluster say and who leads, and does what is typed.
//
// Guarantees: it is told once when all brokers are ready, then each time when a broker's state or a partition's leader changes.
// Leaves to others: the processes (trial-cluster.ts), clients.
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Cancel, systemTimers } from '@millrace/raft';
import { type TrialBroker, TrialCluster, type TrialClusterOptions } from './trial-cluster.ts';

export interface TrialStreams {
  /** Lines typed; a terminal or a pipe. */
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

interface PartitionRoles {
  readonly [partitionId: string]: { readonly role: string };
}

const LOOK_EVERY_MS = 300;
const ANSWER_WITHIN_MS = 1_000;
/** Colours of the brokers' lines, as numbers of terminals: cyan, yellow, magenta, green, blue. */
const COLORS = [36, 33, 35, 32, 34] as const;
const NOBODY = -1;

const HELP = [
  'k N  kill broker N like a crash (kill -9)      s N  start it again, with its data',
  't N  stop broker N: it hands leadership over   l    who leads which partition     q  end all',
];

/** What somebody typed, e.g. `k 1`; undefined when it means nothing. */
export function typedCommand(
  text: string,
  brokers: number,
): { readonly name: string; readonly nodeId: number } | undefined {
  const match = /^([kst])\s*(\d{1,4})$|^([lq?])$/.exec(text.trim().toLowerCase());
  if (match === null) return undefined;
  const [, ofBroker, number, ofAll] = match;
  if (ofAll !== undefined) return { name: ofAll, nodeId: NOBODY };
  const nodeId = Number(number);
  return nodeId < brokers ? { name: ofBroker as string, nodeId } : undefined;
}

/** A log line of a broker for people: level and message, then what else it says. */
export function readableLine(text: string): string {
  try {
    const { level, msg, time: _, ...rest } = JSON.parse(text) as Record<string, unknown>;
    if (typeof level !== 'string' || typeof msg !== 'string') return text;
    const more = Object.entries(rest).map(([name, value]) =>
      typeof value === 'string' ? `${name}: ${value}` : `${name}: ${JSON.stringify(value)}`,
    );
    return `${level.padEnd(5)} ${msg}${more.length === 0 ? '' : ` (${more.join(', ')})`}`;
  } catch {
    return text;
  }
}

export class TrialConsole {
  readonly cluster: TrialCluster;
  /** Resolves when somebody wants to end, or no broker is left. */
  readonly wantsEnd: Promise<'asked' | 'nobody left'>;
  readonly #options: TrialClusterOptions;
  readonly #streams: TrialStreams;
  readonly #ready = new Set<number>();
  readonly #leaders = new Map<number, number>();
  readonly #wantsEnd = Promise.withResolvers<'asked' | 'nobody left'>();
  readonly #allReady = Promise.withResolvers<void>();
  #wasReady = false;
  #closing: Promise<void> | undefined;
  #isLooking = false;
  #stopLooking: Cancel = () => {};

  constructor(options: TrialClusterOptions, streams: TrialStreams) {
    this.#options = options;
    this.#streams = streams;
    this.wantsEnd = this.#wantsEnd.promise;
    this.cluster = new TrialCluster(options, {
      line: (nodeId, text) => this.#say(readableLine(text), nodeId),
      ended: (nodeId, how, wanted) => this.#ended(nodeId, how, wanted),
    });
  }

  /** Resolves when all brokers have been ready and all partitions led for the first time. */
  get ready(): Promise<void> {
    return this.#allReady.promise;
  }

  start(): void {
    const { brokers, partitions, replicationFactor, directory } = this.#options;
    this.#say(
      `starting ${brokers} brokers with ${partitions} partitions of ${replicationFactor} replicas each, data in ${directory}`,
    );
    for (const { nodeId } of this.cluster.brokers) this.cluster.start(nodeId);
    this.#stopLooking = systemTimers.every(LOOK_EVERY_MS, () => void this.#look());
    const { input } = this.#streams;
    createInterface({ input }).on('line', (text) => this.#typed(text));
  }

  #say(text: string, nodeId = NOBODY): void {
    const { output } = this.#streams;
    const sign = nodeId === NOBODY ? '*' : String(nodeId);
    const color = nodeId === NOBODY ? 1 : COLORS[nodeId % COLORS.length];
    const prefix = output.isTTY === true ? `\u001b[${color}m${sign} |\u001b[0m` : `${sign} |`;
    output.write(`${prefix} ${text}\n`);
  }

  #ended(nodeId: number, how: string, wanted: boolean): void {
    this.#ready.delete(nodeId);
    if (this.#closing !== undefined) return;
    const advice = wanted ? '' : ', which nobody asked for; its last lines above say why';
    this.#say(`broker ${nodeId} is gone (${how})${advice}. s ${nodeId} starts it again`);
    if (!wanted && this.cluster.runningCount === 0) this.#wantsEnd.resolve('nobody left');
  }

  #typed(text: string): void {
    if (text.trim() === '' || this.#closing !== undefined) return;
    const command = typedCommand(text, this.#options.brokers);
    const { name = '?', nodeId = NOBODY } = command ?? {};
    if (name === 'q') this.end();
    else if (name === 'l') this.#showLeaders();
    else if (name === '?') for (const line of HELP) this.#say(line);
    else if (name === 's') this.#startAgain(nodeId);
    else if (!this.cluster.isRunning(nodeId)) this.#say(`broker ${nodeId} does not run`);
    else void (name === 'k' ? this.cluster.kill(nodeId) : this.cluster.stop(nodeId));
  }

  #startAgain(nodeId: number): void {
    if (this.cluster.isRunning(nodeId)) return this.#say(`broker ${nodeId} runs already`);
    this.#say(`broker ${nodeId} starts`);
    this.cluster.start(nodeId);
  }

  #showLeaders(): void {
    for (let id = 1; id <= this.#options.partitions; id++) this.#say(this.#leaderText(id));
  }

  #leaderText(partitionId: number): string {
    const leader = this.#leaders.get(partitionId);
    const who = leader === undefined ? 'has no leader' : `is led by broker ${leader}`;
    return `partition ${partitionId} ${who}`;
  }

  /** Asks every broker how it is, and tells what has changed. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const leaders = new Map<number, number>();
    await Promise.all(
      this.cluster.brokers.map(async (broker) => {
        const roles = await this.#rolesOf(broker);
        for (const [id, { role }] of Object.entries(roles))
          if (role === 'LEADER') leaders.set(Number(id), broker.nodeId);
      }),
    );
    this.#isLooking = false;
    if (this.#closing !== undefined) return;
    for (let id = 1; id <= this.#options.partitions; id++) this.#noteLeader(id, leaders.get(id));
    if (!this.#wasReady) this.#lookWhetherReady();
  }

  #noteLeader(partitionId: number, leader: number | undefined): void {
    if (this.#leaders.get(partitionId) === leader) return;
    if (leader === undefined) this.#leaders.delete(partitionId);
    else this.#leaders.set(partitionId, leader);
    if (this.#wasReady) this.#say(this.#leaderText(partitionId));
  }

  #lookWhetherReady(): void {
    const { brokers, partitions } = this.#options;
    if (this.#ready.size < brokers || this.#leaders.size < partitions) return;
    this.#wasReady = true;
    this.#introduce();
    this.#allReady.resolve();
  }

  async #rolesOf({ nodeId, management }: TrialBroker): Promise<PartitionRoles> {
    if (!this.cluster.isRunning(nodeId)) return {};
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      const probe = await fetch(`${management}/ready`, { signal });
      await probe.body?.cancel();
      if (probe.ok) this.#noteReady(nodeId);
      const answer = await fetch(`${management}/actuator/partitions`, { signal });
      return (await answer.json()) as PartitionRoles;
    } catch {
      return {}; // it is starting, or gone
    }
  }

  #noteReady(nodeId: number): void {
    if (this.#ready.has(nodeId) || !this.cluster.isRunning(nodeId)) return;
    this.#ready.add(nodeId);
    if (this.#wasReady) this.#say(`broker ${nodeId} is ready`);
  }

  #introduce(): void {
    const { brokers } = this.cluster;
    const [first, second = first] = brokers as [TrialBroker, TrialBroker?];
    this.#say('the cluster is ready');
    for (const { nodeId, gateway, management } of brokers)
      this.#say(`  broker ${nodeId}: gRPC ${gateway}, management ${management}`);
    this.#showLeaders();
    this.#say('try, in another terminal:');
    this.#say(`  npx zbctl --insecure --address ${first.gateway} status`);
    this.#say(`  curl ${first.management}/actuator/cluster`);
    this.#say(
      `and here: k ${second.nodeId}, look at the status again, s ${second.nodeId}; keys, each with Enter:`,
    );
    for (const line of HELP) this.#say(`  ${line}`);
  }

  /** Asks for the end, as `q` does. */
  end(): void {
    this.#wantsEnd.resolve('asked');
  }

  /** Stops all brokers. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stopLooking();
    this.#say('stopping all brokers');
    await this.cluster.close();
    this.#streams.input.destroy();
    this.#say(`all brokers have ended; the data stays in ${this.#options.directory}`);
  }
}
