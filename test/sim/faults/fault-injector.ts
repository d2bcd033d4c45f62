// Carries out a schedule of faults, and ends what is left of them when the time of faults is over.
// Guarantees: what a fault leaves to chance depends on the seed and the fault alone; after `healAll` every machine runs,
// reaches every other one, and its disk works.
// Leaves to others: which faults there are.
import { FAST_DISK } from '../disk/process-disk.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Links } from '../world/links.ts';
import type { Machine } from '../world/machine.ts';
import type { World } from '../world/world.ts';
import { describeFault, type Fault } from './fault.ts';

/** So long, about, after a machine has begun to lead, ms: before, while and after its first entry travels. */
const STRIKE_MS = [0, 0.3, 1, 6];

/** What a kind of cluster does in its own way. */
export interface FaultTargets {
  readonly machines: ReadonlyMap<number, Machine>;
  readonly links: Links;
  /** The machine that leads; of several groups one of them. */
  leader(): number | undefined;
  /** Calls back once, when a machine begins to lead. */
  onNextLeader(begun: (machine: number) => void): void;
  /** Breaks the connections of the machine. */
  loseConnections(machine: number): void;
  /** Asks the program to end; it exits by itself. */
  stop(machine: number): void;
  /** Some change of members, by chance. */
  change(random: SeededRandom): void;
  /** The machine comes back with other data than it had made durable, or with none. */
  dataDamaged(machine: number): void;
}

export class FaultInjector {
  readonly #world: World;
  readonly #targets: FaultTargets;
  /** Faults that are not over, with what ends them. */
  readonly #open = new Map<Fault, () => void>();
  #isOver = false;

  constructor(world: World, targets: FaultTargets) {
    this.#world = world;
    this.#targets = targets;
  }

  schedule(faults: readonly Fault[]): void {
    for (const fault of faults) this.#world.time.at(fault.atMs, () => this.#begin(fault));
  }

  healAll(): void {
    this.#isOver = true;
    for (const fault of [...this.#open.keys()]) this.#end(fault);
    for (const machine of this.#targets.machines.values()) machine.start();
  }

  #begin(fault: Fault): void {
    const strikes = 'strikes' in fault ? fault.strikes : undefined;
    if (strikes === 'new-leader') {
      const random = this.#world.random.fork(`strike ${fault.id}`);
      this.#targets.onNextLeader((machine) => {
        const delayMs = random.around(random.pick(STRIKE_MS));
        this.#world.time.after(delayMs, () => this.#strike({ ...fault, machine } as Fault));
      });
    } else if (strikes === 'leader') {
      const machine = this.#targets.leader();
      this.#strike(machine === undefined ? fault : ({ ...fault, machine } as Fault));
    } else this.#strike(fault);
  }

  #strike(fault: Fault): void {
    if (this.#isOver || this.#world.failure !== undefined) return;
    this.#world.say('fault', () => describeFault(fault));
    this.#open.set(fault, this.#inject(fault));
    this.#world.time.after(fault.forMs, () => this.#end(fault));
  }

  #end(fault: Fault): void {
    const heal = this.#open.get(fault);
    if (heal === undefined) return;
    this.#open.delete(fault);
    this.#world.say('fault', () => `#${fault.id} ${fault.kind} is over`);
    heal();
  }

  #inject(fault: Fault): () => void {
    const { links } = this.#targets;
    switch (fault.kind) {
      case 'cut':
        return this.#cut(fault.left, fault.right, fault.isOneWay);
      case 'isolate': {
        const others = [...this.#targets.machines.keys()].filter((id) => id !== fault.machine);
        return this.#cut([fault.machine], others, fault.isOneWay);
      }
      case 'slow-link':
        return links.slow(fault.from, fault.to, fault.byMs);
      case 'change':
        this.#targets.change(this.#world.random.fork(`fault ${fault.id}`));
        return () => {};
      default:
        return this.#injectMachine(fault, this.#machine(fault.machine));
    }
  }

  #cut(lefts: readonly number[], rights: readonly number[], isOneWay: boolean): () => void {
    const { links } = this.#targets;
    const heals: (() => void)[] = [];
    for (const left of lefts) {
      for (const right of rights) {
        heals.push(links.cut(left, right));
        if (!isOneWay) heals.push(links.cut(right, left));
      }
    }
    return () => {
      for (const heal of heals) heal();
    };
  }

  #machine(id: number): Machine {
    const machine = this.#targets.machines.get(id);
    if (machine === undefined) throw new RangeError(`there is no machine ${id}`);
    return machine;
  }

  #injectMachine(
    fault: Exclude<Fault, { kind: 'cut' | 'isolate' | 'slow-link' | 'change' }>,
    machine: Machine,
  ): () => void {
    const random = this.#world.random.fork(`fault ${fault.id}`);
    const startAgain = () => machine.start();
    switch (fault.kind) {
      case 'kill':
        machine.kill();
        return startAgain;
      case 'stop':
        this.#targets.stop(machine.id);
        return startAgain;
      case 'crash':
        machine.crash(random);
        return startAgain;
      case 'bit-rot':
        machine.kill();
        this.#rot(machine, fault.bits, random);
        this.#targets.dataDamaged(machine.id);
        return startAgain;
      case 'lost-data':
        machine.kill();
        machine.disk.wipe();
        this.#targets.dataDamaged(machine.id);
        return startAgain;
      case 'pause': {
        const { process } = machine;
        process?.timers.pause();
        return () => process?.timers.goOn();
      }
      case 'lost-connections':
        this.#targets.loseConnections(machine.id);
        return () => {};
      case 'clock-step':
        machine.stepClock(fault.byMs);
        return () => machine.stepClock(-fault.byMs);
      default:
        return this.#injectDisk(fault, machine);
    }
  }

  #injectDisk(
    fault: Extract<
      Fault,
      {
        kind: 'slow-disk' | 'full-disk' | 'read-only-disk' | 'failed-sync' | 'failed-write';
      }
    >,
    { disk, pace }: Machine,
  ): () => void {
    switch (fault.kind) {
      case 'slow-disk':
        pace.speed = { ...FAST_DISK, syncMs: FAST_DISK.syncMs * fault.factor };
        return () => {
          pace.speed = FAST_DISK;
        };
      case 'full-disk':
        disk.capacityBytes = 0;
        return () => {
          disk.capacityBytes = Number.POSITIVE_INFINITY;
        };
      case 'read-only-disk':
        disk.readOnly = true;
        return () => {
          disk.readOnly = false;
        };
      case 'failed-sync':
        disk.syncFault = 'EIO';
        return () => {
          disk.syncFault = null;
        };
      case 'failed-write':
        disk.writeFault = 'EIO';
        return () => {
          disk.writeFault = null;
        };
    }
  }

  #rot(machine: Machine, bits: number, random: SeededRandom): void {
    const files = machine.disk.files().filter(({ bytes }) => bytes > 0);
    for (let i = 0; i < bits && files.length > 0; i++) {
      const { path, bytes } = files[random.between(0, files.length - 1)]!;
      const bit = random.between(0, bytes * 8 - 1);
      this.#world.say(machine.name, () => `bit ${bit} of ${path} turns over`);
      machine.disk.rot(path, bit);
    }
  }
}
