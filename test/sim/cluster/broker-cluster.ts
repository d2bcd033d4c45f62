// A simulation of a whole cluster: brokers with replicated partitions, gateways, clients and workers, under faults.
// Guarantees: see simulation.ts. What is checked all the time: log-audit.ts, replica-audit.ts, client-audit.ts, at most one
// leader in a term; after the faults: that every acknowledged instance ends, and that all replicas are equal.
// Leaves to others: the parts.
import type { Partition } from '../../../broker/src/partition/partition.ts';
import { ClientAudit } from '../clients/client-audit.ts';
import { GatewayCalls } from '../clients/gateway-calls.ts';
import { Load, tokenOf } from '../clients/load.ts';
import type { ClientSurroundings } from '../clients/worker.ts';
import type { Fault, FaultKind } from '../faults/fault.ts';
import { FaultInjector } from '../faults/fault-injector.ts';
import { drawFaults } from '../faults/fault-schedule.ts';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Outcome, RunOptions, Simulation } from '../simulation.ts';
import { Links } from '../world/links.ts';
import { Machine, type SimulatedProcess } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { BrokerProgram, type ClusterSettings } from './broker-program.ts';
import { LogAudit } from './log-audit.ts';
import { ReplicaAudit } from './replica-audit.ts';

const START_MS = 4_000;
/** Before a program that has ended with an error is started again. */
const RESTART_MS = 500;
const FAULTS_MS = 20_000;
/** After the last fault has ended, everything has to end within this time. */
const RECOVERY_MS = 90_000;
/** How often it is looked whether everything has ended. */
const CHECK_MS = 250;
/** After the faults so many creations must be acknowledged. */
const CREATIONS = 5;
/** Between two comparisons of states. */
const LOOK_MS = 1_500;
/** On top of the gateway's own time: what a client waits for an answer. */
const PATIENCE_MS = 3_000;

const WEIGHTS: Readonly<Partial<Record<FaultKind, number>>> = {
  kill: 4,
  crash: 4,
  pause: 3,
  cut: 5,
  'slow-link': 2,
  'lost-connections': 2,
  'slow-disk': 2,
  'full-disk': 2,
  'read-only-disk': 1,
  'failed-sync': 1,
  'failed-write': 1,
  'clock-step': 1,
};

export const brokerCluster: Simulation = {
  name: 'cluster',
  async run(seed, options) {
    const world = new World(seed, { isTraced: options.isTraced ?? false });
    return new BrokerCluster(world, options).run();
  },
};

class BrokerCluster {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #settings: ClusterSettings;
  readonly #links: Links;
  readonly #network: SimulatedNetwork;
  readonly #machines = new Map<number, Machine>();
  readonly #brokers = new Map<number, BrokerProgram>();
  readonly #logs = new Map<number, LogAudit>();
  readonly #states = new Map<number, ReplicaAudit>();
  /** Who led the term of a partition: `partition/term`. */
  readonly #leaders = new Map<string, number>();
  readonly #openings = new WeakMap<object, string>();
  #openingCount = 0;
  readonly #calls: GatewayCalls;
  readonly #audit: ClientAudit;
  readonly #surroundings: ClientSurroundings;
  readonly #load: Load;
  readonly #injector: FaultInjector;
  readonly #faults: readonly Fault[];

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#random = world.random.fork('cluster');
    this.#settings = drawSettings(this.#random);
    this.#links = new Links(world.random);
    this.#network = new SimulatedNetwork(world, this.#links);
    const { size, partitions, requestTimeoutMs } = this.#settings;
    const ids = Array.from({ length: size }, (_, id) => id);
    for (const id of ids) this.#machines.set(id, this.#machine(id));
    for (let id = 1; id <= partitions; id++) {
      this.#logs.set(id, new LogAudit(world, id, tokenOf));
      this.#states.set(id, new ReplicaAudit(world, id, partitions));
    }
    this.#calls = new GatewayCalls(world, (machine) => this.#brokers.get(machine));
    this.#audit = new ClientAudit(world, this.#logs);
    this.#surroundings = {
      world,
      calls: this.#calls,
      audit: this.#audit,
      gateways: ids,
      commandDeadlineMs: requestTimeoutMs + PATIENCE_MS,
      isEnding: false,
    };
    this.#load = new Load(this.#surroundings, world.random.fork('load'), this.#logs);
    this.#injector = new FaultInjector(world, {
      machines: this.#machines,
      links: this.#links,
      loseConnections: (machine) => this.#network.loseConnections(machine),
      dataDamaged: () => {},
    });
    this.#faults =
      options.faults ??
      drawFaults(world.random, {
        machines: ids,
        fromMs: START_MS,
        toMs: START_MS + FAULTS_MS,
        weights: WEIGHTS,
        perSecondMax: 1.5,
      });
  }

  #machine(id: number): Machine {
    return new Machine(this.#world, id, {
      started: (process) => this.#startBroker(process),
      ended: (process, hasSaidSo) => {
        this.#brokers.delete(id);
        this.#network.ended(process, hasSaidSo);
        this.#calls.processEnded(process, hasSaidSo);
      },
    });
  }

  #startBroker(process: SimulatedProcess): void {
    const { id, name } = process.machine;
    try {
      const broker = new BrokerProgram(process, {
        network: this.#network,
        settings: this.#settings,
        replicaSpoke: (_, partition) => this.#observe(name, partition),
        failed: (error) => this.#startAgain(process, error),
        say: (text) => this.#world.say(name, text),
      });
      this.#brokers.set(id, broker);
    } catch (error) {
      this.#startAgain(process, error as Error);
    }
  }

  /** The program has ended with an error, such as that of a disk that takes nothing: its supervisor starts it again. */
  #startAgain(process: SimulatedProcess, error: Error): void {
    const { machine, timers } = process;
    this.#world.say(machine.name, () => `does not run: ${error.message}`);
    timers.after(RESTART_MS, () => {
      machine.exited(process);
      machine.start();
    });
  }

  /** Looks at what a replica calls committed. */
  #observe(name: string, partition: Partition): void {
    const { replica } = partition;
    if (replica === undefined) return;
    const { partitionId } = partition.options;
    const { raft } = replica;
    let opening = this.#openings.get(replica);
    if (opening === undefined) {
      opening = `${name} (opening ${++this.#openingCount})`;
      this.#openings.set(replica, opening);
    }
    if (raft.role === 'leader') this.#leads(partition.options.nodeId, partitionId, raft.term);
    this.#logs.get(partitionId)!.observe(opening, raft.journal, raft.commitIndex);
  }

  #leads(nodeId: number, partitionId: number, term: number): void {
    const leadership = `${partitionId}/${term}`;
    const other = this.#leaders.get(leadership);
    if (other !== undefined && other !== nodeId) {
      const what = `brokers ${nodeId} and ${other} lead partition ${partitionId} in term ${term}`;
      this.#world.fail('one leader per term', what);
    }
    this.#leaders.set(leadership, nodeId);
  }

  async run(): Promise<Outcome> {
    const world = this.#world;
    world.say('world', () => JSON.stringify(this.#settings));
    for (const machine of this.#machines.values()) machine.start();
    this.#load.start();
    this.#lookLater();
    this.#injector.schedule(this.#faults);
    await world.runTo(START_MS + FAULTS_MS);
    this.#injector.healAll();
    if (world.failure === undefined) await this.#checkWorkIsTaken();
    this.#surroundings.isEnding = true;
    if (world.failure === undefined) await this.#checkEnd();
    return this.#outcome();
  }

  /** Compares states now and then. */
  #lookLater(): void {
    this.#world.time.after(this.#random.around(LOOK_MS), () => {
      this.#lookAtStates();
      this.#lookLater();
    });
  }

  #lookAtStates(): void {
    for (const [id, { replicas }] of this.#brokers) {
      for (const partition of replicas.values()) {
        this.#observe(`m${id}`, partition);
        if (partition.replica === undefined) continue;
        void this.#states.get(partition.options.partitionId)!.look(`m${id}`, partition.replica);
      }
    }
  }

  async #checkWorkIsTaken(): Promise<void> {
    const before = this.#audit.created.size;
    const deadline = this.#world.time.nowMs + RECOVERY_MS;
    const isTaken = () => this.#audit.created.size >= before + CREATIONS;
    const found = await this.#world.runUntil(deadline, isTaken);
    if (found || this.#world.failure !== undefined) return;
    const what = `${this.#audit.created.size - before} creations were acknowledged`;
    this.#world.fail('after the faults work is taken', what);
  }

  async #checkEnd(): Promise<void> {
    const world = this.#world;
    const deadline = world.time.nowMs + RECOVERY_MS;
    const isOver = () =>
      [...this.#logs.values()].every(({ alive }) => alive === 0) && this.#laggards().length === 0;
    while (!isOver() && world.time.nowMs < deadline && world.failure === undefined)
      await world.runTo(world.time.nowMs + CHECK_MS);
    if (world.failure !== undefined) return;
    if (!isOver()) {
      const what = [...this.#openEnds(), ...this.#laggards()].slice(0, 8).join('; ');
      return world.fail('after the faults all comes to its end', what);
    }
    this.#lookAtStates();
    await world.runTo(world.time.nowMs + 1);
    for (const [partitionId, log] of this.#logs)
      this.#states.get(partitionId)!.replay(log.payloads);
    this.#audit.checkEnd();
  }

  /** What still has to end. */
  #openEnds(): string[] {
    const open: string[] = [];
    for (const log of this.#logs.values()) {
      for (const { key, state, token } of log.instances.values()) {
        if (state !== 'alive') continue;
        const jobs = [...log.jobs.values()].filter(
          (job) => job.processInstanceKey === key && job.state !== 'ended',
        );
        const waits = jobs.map((job) => `${job.type} ${job.state}`).join(', ');
        open.push(`instance ${token} of partition ${log.partitionId} lives (${waits})`);
        if (open.length > 8) return open;
      }
    }
    return open;
  }

  /** Replicas that are not where their partition is. */
  #laggards(): string[] {
    const behind: string[] = [];
    for (const [id, { replicas }] of this.#brokers) {
      for (const [partitionId, { replica }] of replicas) {
        const { committedIndex } = this.#logs.get(partitionId)!;
        const index = replica?.appliedIndex ?? -1;
        if (index === committedIndex) continue;
        behind.push(`partition ${partitionId} of m${id} is at ${index} of ${committedIndex}`);
      }
    }
    return behind;
  }

  #outcome(): Outcome {
    const { seed, failure, time, digest, trace } = this.#world;
    let committed = 0;
    let records = 0;
    let compared = 0;
    for (const log of this.#logs.values()) {
      committed += log.committedIndex;
      records += log.records;
    }
    for (const state of this.#states.values()) compared += state.compared;
    return {
      seed,
      failure,
      faults: this.#faults,
      endMs: time.nowMs,
      events: time.happened,
      digest,
      trace,
      figures: {
        ...this.#load.figures,
        calls: this.#calls.calls,
        answers: this.#audit.answers,
        committed,
        records,
        'states compared': compared,
        terms: this.#leaders.size,
      },
    };
  }
}

function drawSettings(random: SeededRandom): ClusterSettings {
  const size = random.pick([1, 2, 3, 3, 3, 3, 5]);
  const electionMs = random.pick([500, 1_000, 2_500]);
  return {
    size,
    partitions: random.pick([1, 1, 2, 3]),
    replication: Math.min(size, random.pick([1, 2, 3, 3, 3, 3])),
    heartbeatMs: electionMs / 10,
    electionMs,
    requestTimeoutMs: random.pick([2_000, 5_000]),
    checkpointLogBytes: random.pick([20_000, 200_000, 10_000_000]),
    checkpointIntervalMs: random.pick([2_000, 10_000, 300_000]),
    segmentBytes: random.pick([32 * 1024, 256 * 1024]),
  };
}
