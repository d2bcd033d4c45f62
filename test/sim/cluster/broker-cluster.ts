// A simulation of a whole cluster: brokers with replicated partitions, gateways, clients and workers, under faults.
// Guarantees: see simulation.ts. What is checked all the time: log-audit.ts, replica-audit.ts, client-audit.ts, at most one
// leader in a term; after the faults: that work is taken, that every acknowledged instance ends, and that all replicas are
// equal, also to what their log alone makes of nothing.
// Leaves to others: the parts.
import { ClientAudit } from '../clients/client-audit.ts';
import { GatewayCalls } from '../clients/gateway-calls.ts';
import { Load } from '../clients/load.ts';
import type { ClientSurroundings } from '../clients/worker.ts';
import type { Fault } from '../faults/fault.ts';
import { FaultInjector } from '../faults/fault-injector.ts';
import { drawFaults } from '../faults/fault-schedule.ts';
import { SimulatedNetwork } from '../network/simulated-network.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Outcome, RunOptions, Simulation } from '../simulation.ts';
import { Links } from '../world/links.ts';
import { Machine, type SimulatedProcess } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { BrokerProgram, type ClusterSettings } from './broker-program.ts';
import { ClusterOperator } from './cluster-operator.ts';
import { drawFaultSettings, drawSettings } from './cluster-settings.ts';
import { PartitionAudits } from './partition-audits.ts';

const START_MS = 4_000;
const FAULTS_MS = 20_000;
const FAULTS_PER_SECOND_MAX = 1.5;
/** Before a program that has ended with an error is started again. */
const RESTART_MS = 500;
/** After the last fault has ended, work must be taken, and then everything end, within this time. */
const RECOVERY_MS = 120_000;
/** After the faults so many creations must be acknowledged. */
const CREATIONS = 5;
/** How often it is looked whether everything has ended. */
const CHECK_MS = 250;
/** Between two comparisons of states. */
const LOOK_MS = 1_500;
/** On top of the gateway's own time: what a client waits for an answer. */
const PATIENCE_MS = 3_000;
/** Lines that say what has not ended. */
const LINES_MAX = 8;

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
  readonly #audits: PartitionAudits;
  readonly #calls: GatewayCalls;
  readonly #audit: ClientAudit;
  readonly #surroundings: ClientSurroundings;
  readonly #load: Load;
  readonly #operator: ClusterOperator;
  readonly #injector: FaultInjector;
  readonly #faults: readonly Fault[];

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#random = world.random.fork('cluster');
    this.#settings = drawSettings(this.#random);
    this.#links = new Links(world.random);
    this.#network = new SimulatedNetwork(world, this.#links);
    const ids = Array.from({ length: this.#settings.size }, (_, id) => id);
    for (const id of ids) this.#machines.set(id, this.#machine(id));
    this.#audits = new PartitionAudits(world, this.#settings.partitions);
    this.#calls = new GatewayCalls(world, (machine) => this.#brokers.get(machine));
    this.#audit = new ClientAudit(world, this.#audits.logs);
    this.#surroundings = {
      world,
      calls: this.#calls,
      audit: this.#audit,
      gateways: ids,
      commandDeadlineMs: this.#settings.requestTimeoutMs + PATIENCE_MS,
      isEnding: false,
    };
    this.#load = new Load(this.#surroundings, world.random.fork('load'), this.#audits.logs);
    this.#operator = new ClusterOperator({
      world,
      machines: this.#machines,
      brokers: this.#brokers,
      newMachine: (id) => this.#machine(id),
    });
    this.#injector = this.#newInjector();
    this.#faults =
      options.faults ??
      drawFaults(world.random, {
        machines: ids,
        fromMs: START_MS,
        toMs: START_MS + FAULTS_MS,
        perSecondMax: FAULTS_PER_SECOND_MAX,
        electionMs: this.#settings.electionMs,
        ...drawFaultSettings(this.#random, this.#settings),
      });
  }

  #newInjector(): FaultInjector {
    return new FaultInjector(this.#world, {
      machines: this.#machines,
      links: this.#links,
      leader: () => this.#leader(),
      onNextLeader: (begun) => this.#audits.onNextLeader(begun),
      loseConnections: (machine) => this.#network.loseConnections(machine),
      stop: (machine) => this.#operator.stop(machine),
      change: (random) => this.#operator.change(random),
      dataDamaged: (machine) => this.#operator.damaged(machine),
    });
  }

  /** The broker that leads the first partition that is led. */
  #leader(): number | undefined {
    for (const [id, { replicas }] of this.#brokers) {
      for (const { replica } of replicas.values()) if (replica?.isLeading === true) return id;
    }
    return undefined;
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
        replicaSpoke: (_, partition) => this.#audits.observe(name, partition),
        failed: (error) => this.#failed(process, error),
        say: (text) => this.#world.say(name, text),
      });
      this.#brokers.set(id, broker);
    } catch (error) {
      this.#failed(process, error as Error);
    }
  }

  /** The program has ended with an error, such as that of a disk that takes nothing: its supervisor starts it again. */
  #failed(process: SimulatedProcess, error: Error): void {
    const { machine, timers } = process;
    this.#world.say(machine.name, () => `does not run: ${error.message}`);
    timers.after(RESTART_MS, () => {
      if (this.#operator.refused(process, error)) return;
      machine.exited(process);
      machine.start();
    });
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
        this.#audits.observe(`m${id}`, partition);
        this.#audits.lookAtState(`m${id}`, partition);
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
    const members = [...this.#brokers.keys()].filter((id) => this.#isMember(id));
    this.#load.end(members.length > 0 ? members : [...this.#machines.keys()]);
    const deadline = world.time.nowMs + RECOVERY_MS;
    const isOver = () =>
      [...this.#audits.logs.values()].every(({ alive }) => alive === 0) &&
      this.#laggards().length === 0;
    while (!isOver() && world.time.nowMs < deadline && world.failure === undefined)
      await world.runTo(world.time.nowMs + CHECK_MS);
    if (world.failure !== undefined) return;
    if (!isOver()) {
      const open = [...this.#audits.logs.values()].flatMap((log) => log.openEnds(LINES_MAX));
      const what = [...this.#laggards(), ...open].slice(0, LINES_MAX).join('; ');
      return world.fail('after the faults all comes to its end', what);
    }
    this.#lookAtStates();
    await world.runTo(world.time.nowMs + 1);
    this.#audits.replay();
    this.#audit.checkEnd();
  }

  #isMember(id: number): boolean {
    const configuration = this.#brokers.get(id)?.core.configuration.current();
    return configuration?.members.find((member) => member.id === id)?.state === 'ACTIVE';
  }

  /** Replicas that are not where their partition is. */
  #laggards(): string[] {
    const behind: string[] = [];
    for (const [id, { replicas, core }] of this.#brokers) {
      const own = core.configuration.current()?.members.find((member) => member.id === id);
      for (const { partitionId, state } of own?.replicas ?? []) {
        if (state !== 'ACTIVE') continue;
        const committedIndex = this.#audits.logs.get(partitionId)?.committedIndex ?? 0;
        const index = replicas.get(partitionId)?.replica?.appliedIndex ?? -1;
        if (index !== committedIndex)
          behind.push(`partition ${partitionId} of m${id} is at ${index} of ${committedIndex}`);
      }
    }
    return behind;
  }

  #outcome(): Outcome {
    const { seed, failure, time, digest, trace } = this.#world;
    let committed = 0;
    let records = 0;
    for (const log of this.#audits.logs.values()) {
      committed += log.committedIndex;
      records += log.records;
    }
    const { changes, changesTaken, mended } = this.#operator;
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
        'states compared': this.#audits.comparedStates,
        terms: this.#audits.terms,
        changes,
        'changes taken': changesTaken,
        'lost data': mended,
      },
    };
  }
}
