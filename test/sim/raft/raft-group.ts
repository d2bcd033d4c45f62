// A simulation of Raft alone: the real core, driver, log, votes, checkpoints and transfer of one group, under faults.
// Guarantees: see simulation.ts. What is checked: raft-referee.ts, and that after the faults everything goes on.
// Leaves to others: what entries mean.
import type { Member, RaftTiming } from '@millrace/raft';
import type { Fault, FaultKind } from '../faults/fault.ts';
import { FaultInjector } from '../faults/fault-injector.ts';
import { drawFaults } from '../faults/fault-schedule.ts';
import { MessageNetwork } from '../network/message-network.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Outcome, RunOptions, Simulation } from '../simulation.ts';
import { Links } from '../world/links.ts';
import { Machine, type SimulatedProcess } from '../world/machine.ts';
import { World } from '../world/world.ts';
import { RaftMember, type RaftSending } from './raft-member.ts';
import { RaftReferee } from './raft-referee.ts';

const START_MS = 2_000;
const FAULTS_MS = 20_000;
/** After the last fault has ended, everything has to go on within this time. */
const RECOVERY_MS = 30_000;

const WEIGHTS: Readonly<Partial<Record<FaultKind, number>>> = {
  kill: 4,
  crash: 4,
  pause: 3,
  cut: 4,
  isolate: 4,
  'slow-link': 2,
  'slow-disk': 2,
  'full-disk': 2,
  'read-only-disk': 1,
  'failed-sync': 2,
  'failed-write': 1,
  'bit-rot': 1,
  'lost-data': 1,
};

export const raftGroup: Simulation = {
  name: 'raft',
  async run(seed, options) {
    const world = new World(seed, { isTraced: options.isTraced ?? false });
    return new RaftGroup(world, options).run();
  },
};

class RaftGroup {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #links: Links;
  readonly #machines = new Map<number, Machine>();
  readonly #members = new Map<number, RaftMember>();
  readonly #network: MessageNetwork;
  readonly #referee: RaftReferee;
  readonly #injector: FaultInjector;
  readonly #faults: readonly Fault[];
  readonly #voters: readonly Member[];
  readonly #timing: RaftTiming;
  readonly #sending: RaftSending;
  /** Machines whose data was damaged: they alone may refuse to open. */
  readonly #damaged = new Set<number>();
  readonly #started = new Set<number>();
  /** Faults that wait for the next leader. */
  readonly #waiting: ((machine: number) => void)[] = [];
  #proposals = 0;
  #reads = 0;
  #isLoadOver = false;

  constructor(world: World, options: RunOptions) {
    this.#world = world;
    this.#random = world.random.fork('raft');
    this.#links = new Links(world.random);
    this.#referee = new RaftReferee(world);
    const ids = Array.from({ length: this.#random.pick([1, 2, 3, 3, 3, 5]) }, (_, i) => i);
    this.#voters = ids.map((id) => ({ id, type: 'voter', priority: ids.length - id }));
    const electionMs = this.#random.pick([100, 200, 600, 2_500]);
    this.#timing = { tickMs: electionMs / 20, heartbeatMs: electionMs / 6, electionMs };
    const appendBytesMax = this.#random.pick([1, 2_000, 1024 * 1024]);
    this.#sending = { appendBytesMax, inFlightBytesMax: appendBytesMax * 16 };
    this.#network = new MessageNetwork(world, this.#links, (from, to, bytes) => {
      const process = this.#machines.get(to)?.process;
      process?.timers.fromOutside(0, () => this.#members.get(to)?.receive(from, bytes));
    });
    for (const id of ids) this.#machines.set(id, this.#machine(id));
    this.#injector = new FaultInjector(world, {
      machines: this.#machines,
      links: this.#links,
      leader: () => [...this.#members.values()].find(({ node }) => node?.role === 'leader')?.id,
      onNextLeader: (begun) => this.#waiting.push(begun),
      loseConnections: () => {},
      stop: (machine) => this.#machines.get(machine)?.kill(),
      change: () => {},
      dataDamaged: (machine) => this.#damaged.add(machine),
    });
    this.#faults =
      options.faults ??
      drawFaults(world.random, {
        machines: ids,
        fromMs: START_MS,
        toMs: START_MS + FAULTS_MS,
        weights: WEIGHTS,
        perSecondMax: 6,
        victims: Math.floor((ids.length - 1) / 2),
        electionMs,
      });
  }

  #machine(id: number): Machine {
    return new Machine(this.#world, id, {
      started: (process) => this.#startMember(process),
      ended: (process, hasSaidSo) => {
        if (this.#members.get(id) !== undefined) this.#members.delete(id);
        if (hasSaidSo) this.#tellClosed(process.machine.id);
      },
    });
  }

  #startMember(process: SimulatedProcess): void {
    const { id, name } = process.machine;
    const isNew = !this.#started.has(id);
    this.#started.add(id);
    const member = new RaftMember(process, {
      referee: this.#referee,
      timing: this.#timing,
      sending: this.#sending,
      members: this.#voters,
      isNew: () => isNew,
      send: (from, to, bytes) => this.#network.send(from, to, bytes),
      refused: (machine, error) => this.#mend(machine, error),
      leads: () => {
        this.#waiting.shift()?.(id);
      },
      say: (text) => this.#world.say(name, text),
    });
    this.#members.set(id, member);
    this.#keepBusy(process, member);
  }

  /** The operator: what was damaged is moved away, so that the others fill it again. */
  #mend(id: number, error: Error): boolean {
    const code = (error as { code?: string }).code;
    if (code !== 'corrupt') return false;
    const machine = this.#machines.get(id)!;
    if (!this.#damaged.has(id)) {
      this.#world.fail('a sound disk opens', `member ${id} refuses to open: ${error.message}`);
      return false;
    }
    this.#world.say(machine.name, () => 'the operator moves the damaged folder away');
    machine.disk.wipe();
    return true;
  }

  #tellClosed(id: number): void {
    for (const [other, machine] of this.#machines) {
      if (other === id || this.#links.isCut(id, other)) continue;
      const delayMs = this.#links.delayMs(id, other);
      machine.process?.timers.fromOutside(delayMs, () =>
        this.#members.get(other)?.connectionClosed(id),
      );
    }
  }

  /** Proposals, reads and checkpoints for as long as the process lives. */
  #keepBusy(process: SimulatedProcess, member: RaftMember): void {
    const { timers } = process;
    const random = process.random.fork('load');
    const proposeMs = random.pick([3, 15, 60]);
    const again = (meanMs: number, work: () => void) => {
      timers.after(random.around(meanMs), () => {
        if (this.#isLoadOver) return;
        work();
        again(meanMs, work);
      });
    };
    again(proposeMs, () => {
      if (!member.isReady) return;
      const payload = new Uint8Array(
        random.chance(0.02) ? random.between(0, 40_000) : random.between(0, 200),
      );
      for (let i = 0; i < payload.length; i += 97) payload[i] = random.between(0, 255);
      if (member.propose(payload) !== undefined) this.#proposals++;
    });
    again(150, () => {
      void member.read().then((isAnswered) => {
        if (isAnswered) this.#reads++;
      });
    });
    again(random.pick([500, 3_000]), () => void member.checkpoint(random.pick([0, 20, 1_000])));
  }

  async run(): Promise<Outcome> {
    const world = this.#world;
    for (const machine of this.#machines.values()) machine.start();
    this.#injector.schedule(this.#faults);
    await world.runTo(START_MS + FAULTS_MS);
    this.#injector.healAll();
    this.#network.isCalm = true;
    if (world.failure === undefined) await this.#checkLiveness();
    return this.#outcome();
  }

  async #checkLiveness(): Promise<void> {
    const world = this.#world;
    const goal = this.#referee.committedIndex + 1;
    const deadline = world.time.nowMs + RECOVERY_MS;
    const goesOn = await world.runUntil(deadline, () => this.#referee.committedIndex > goal);
    if (!goesOn && world.failure === undefined) {
      return world.fail('after the faults all goes on', `nothing is committed behind ${goal - 1}`);
    }
    this.#isLoadOver = true;
    const isEqual = () => {
      const { committedIndex } = this.#referee;
      const members = [...this.#members.values()];
      return (
        members.length === this.#machines.size &&
        members.every((member) => member.applied.index === committedIndex)
      );
    };
    if ((await world.runUntil(deadline + RECOVERY_MS, isEqual)) || world.failure !== undefined)
      return;
    const behind = [...this.#members.values()].map(
      ({ id, applied }) => `${id} at ${applied.index}`,
    );
    const what = `${this.#referee.committedIndex} entries are committed, members are ${behind.join(', ')}`;
    world.fail('after the faults all catch up', what);
  }

  #outcome(): Outcome {
    const { seed, failure, time, digest, trace } = this.#world;
    return {
      seed,
      failure,
      faults: this.#faults,
      endMs: time.nowMs,
      events: time.happened,
      digest,
      trace,
      figures: {
        proposals: this.#proposals,
        committed: this.#referee.committedIndex,
        terms: this.#referee.terms,
        reads: this.#reads,
        messages: this.#network.delivered,
      },
    };
  }
}
