// A simulated machine: its disk, its clock, and the one process that runs on it.
// Guarantees: a killed process does nothing any more, what it had written is there for the next one; a crash of the machine
// also takes what was not synced, and changes the boot id; a paused process finds everything that came meanwhile.
// Leaves to others: what the process does (the program), and when these things happen.
import { type Disk, SimulatedDisk } from '@millrace/raft';
import { type DiskPace, diskOfProcess, FAST_DISK } from '../disk/process-disk.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { VirtualTimers } from '../time/virtual-timers.ts';
import type { World } from './world.ts';

/** What a program gets of its machine. */
export interface SimulatedProcess {
  readonly machine: Machine;
  /** Counts the processes of the machine. */
  readonly number: number;
  readonly timers: VirtualTimers;
  readonly disk: Disk;
  readonly random: SeededRandom;
  readonly bootId: string;
}

/** What the machine's owner is told. */
export interface MachineOwner {
  /** Starts the program in a new process. */
  started(process: SimulatedProcess): void;
  /** The process is gone. `hasSaidSo`: the system closed its connections; a machine that crashed says nothing. */
  ended(process: SimulatedProcess, hasSaidSo: boolean): void;
}

export class Machine {
  readonly id: number;
  readonly disk = new SimulatedDisk();
  readonly pace: DiskPace = { speed: FAST_DISK };
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #owner: MachineOwner;
  readonly #drift: number;
  #wallErrorMs: number;
  #boots = 1;
  #processes = 0;
  #process: SimulatedProcess | undefined;
  /** The process has been asked to end. */
  #isStopping = false;
  /** Somebody has started it since then: it starts when the old process is gone. */
  #startsAgain = false;

  constructor(world: World, id: number, owner: MachineOwner) {
    this.id = id;
    this.#world = world;
    this.#random = world.random.fork(`machine ${id}`);
    this.#owner = owner;
    this.#drift = this.#random.within(-0.0002, 0.0002);
    this.#wallErrorMs = Math.round(this.#random.within(-50, 50));
  }

  get process(): SimulatedProcess | undefined {
    return this.#process;
  }

  get name(): string {
    return `m${this.id}`;
  }

  /** Starts a process, after the end of one that is stopping; does nothing when one runs. */
  start(): void {
    this.#startsAgain = this.#isStopping;
    if (this.#process !== undefined) return;
    const number = ++this.#processes;
    const random = this.#random.fork(`process ${number}`);
    const clock = { wallErrorMs: this.#wallErrorMs, drift: this.#drift };
    const timers = new VirtualTimers(this.#world.time, random.fork('timers'), clock);
    const disk = diskOfProcess(this.disk, timers, random.fork('disk'), this.pace);
    const bootId = `boot-${this.id}-${this.#boots}`;
    const process = { machine: this, number, timers, disk, random, bootId };
    this.#process = process;
    this.#world.say(this.name, () => `process ${number} starts`);
    this.#owner.started(process);
  }

  /** kill -9. */
  kill(): void {
    this.#end('is killed', true);
  }

  /** The power goes off: unsynced writes survive as chance will have it. */
  crash(random: SeededRandom): void {
    this.#end('is gone with its machine', false);
    this.#boots++;
    this.disk.crash(random.next);
  }

  /** The process has been asked to end. */
  stopping(): void {
    this.#isStopping = true;
  }

  /** The process has ended by itself. */
  exited(process: SimulatedProcess): void {
    if (this.#process === process) this.#end('has ended', true);
  }

  stepClock(byMs: number): void {
    this.#wallErrorMs += byMs;
    this.#process?.timers.stepWall(byMs);
  }

  #end(how: string, hasSaidSo: boolean): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#process = undefined;
    process.timers.end();
    this.#world.say(this.name, () => `process ${process.number} ${how}`);
    this.#owner.ended(process, hasSaidSo);
    const startsAgain = this.#startsAgain;
    this.#isStopping = false;
    this.#startsAgain = false;
    if (startsAgain) this.start();
  }
}
