// The clock and the event loop of one simulated process.
// Guarantees: as in Node, `soon` keeps the order of its calls, and so do timers of the same length; a timer is never early by
// the process's own clock, and late by what the seed decides. The wall clock may be wrong, run fast or slow and step; the
// monotonic one only runs fast or slow. A paused process does nothing, and catches up in order when it goes on; an ended one
// does nothing ever again.
// Leaves to others: when processes are paused and ended, and what drifts how far.
import type { Cancel, Timers } from '@millrace/raft';
import type { SeededRandom } from '../seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';

/** The day on which every simulation begins, ms since the epoch. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
/** What a turn of the event loop takes, ms: the smallest and the mean of what comes on top. */
const TURN_MS = 0.002;
const TURN_MORE_MS = 0.02;
/** How late timers usually are, ms. */
const LATE_MS = 0.2;
/** One in so many timers is later by up to 20 ms: garbage is collected, another process runs. */
const STALL_ONE_IN = 200;
const STALL_MS_MAX = 20;
/** Shorter blocking is not counted as such. */
const NOTICEABLE_MS = 5;
/** Between two callbacks that must keep their order, ms. */
const APART_MS = 1e-6;

export interface ClockFaults {
  /** What the wall clock is wrong by at the start, ms. */
  readonly wallErrorMs: number;
  /** How much faster than true time the clocks run: 0.0001 is 100 ppm. */
  readonly drift: number;
}

export class VirtualTimers implements Timers {
  readonly #time: VirtualTime;
  readonly #random: SeededRandom;
  readonly #startMs: number;
  readonly #drift: number;
  #wallErrorMs: number;
  /** Where the last callback of each kind stands, so that the next comes behind it: `soon` under -1. */
  readonly #lastDue = new Map<number, number>();
  #state: 'running' | 'paused' | 'ended' = 'running';
  /** Until when a call blocks the process, virtual ms. */
  #blockedUntilMs = 0;
  /** What became due while the process could not do it. */
  #held: (() => void)[] = [];
  #isCatchingUp = false;
  /** When it was paused or blocked. */
  readonly #heldUp: { readonly fromMs: number; toMs: number }[] = [];

  constructor(time: VirtualTime, random: SeededRandom, faults: ClockFaults) {
    this.#time = time;
    this.#random = random;
    this.#startMs = time.nowMs;
    this.#drift = faults.drift;
    this.#wallErrorMs = faults.wallErrorMs;
  }

  /** How long of the last so many ms the process was paused or blocked, in virtual ms. */
  heldUpMs(ofLastMs: number): number {
    const sinceMs = this.#time.nowMs - ofLastMs;
    let heldMs = 0;
    for (const { fromMs, toMs } of this.#heldUp) {
      heldMs += Math.max(0, Math.min(toMs, this.#time.nowMs) - Math.max(fromMs, sinceMs));
    }
    return heldMs;
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  wallMs(): number {
    return Math.floor(EPOCH_MS + this.#time.nowMs * (1 + this.#drift) + this.#wallErrorMs);
  }

  monotonicMs(): number {
    return (this.#time.nowMs - this.#startMs) * (1 + this.#drift);
  }

  after(ms: number, callback: () => void): Cancel {
    const wanted = Math.max(1, ms);
    return this.#inOrder(wanted, wanted / (1 + this.#drift) + this.#late(), callback);
  }

  every(ms: number, callback: () => void): Cancel {
    let cancel: Cancel = () => {};
    let isOver = false;
    const next = () => {
      cancel = this.after(ms, () => {
        next();
        callback();
      });
      if (isOver) cancel();
    };
    next();
    return () => {
      isOver = true;
      cancel();
    };
  }

  soon(callback: () => void): Cancel {
    return this.#inOrder(-1, TURN_MS + this.#random.around(TURN_MORE_MS), callback);
  }

  /** What the outside does to the process, such as a message or the answer of a disk, after that many true ms. */
  fromOutside(delayMs: number, callback: () => void): Cancel {
    return this.#time.after(delayMs, () => this.#happen(callback));
  }

  /** The wall clock jumps. */
  stepWall(byMs: number): void {
    this.#wallErrorMs += byMs;
  }

  /** Nothing else happens for that long: the process waits in a call. */
  block(ms: number): void {
    const fromMs = Math.max(this.#blockedUntilMs, this.#time.nowMs);
    this.#blockedUntilMs = fromMs + ms;
    if (ms >= NOTICEABLE_MS) this.#heldUp.push({ fromMs, toMs: fromMs + ms });
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#heldUp.push({ fromMs: this.#time.nowMs, toMs: Number.POSITIVE_INFINITY });
  }

  goOn(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#heldUp.at(-1)!.toMs = this.#time.nowMs;
    this.#catchUp();
  }

  end(): void {
    this.#state = 'ended';
    this.#held = [];
  }

  #late(): number {
    if (this.#random.chance(1 / STALL_ONE_IN)) return this.#random.within(0, STALL_MS_MAX);
    return this.#random.around(LATE_MS);
  }

  #inOrder(kind: number, delayMs: number, callback: () => void): Cancel {
    const { nowMs } = this.#time;
    if (this.#lastDue.size > 1000) this.#forgetPast();
    const due = Math.max(nowMs + delayMs, (this.#lastDue.get(kind) ?? 0) + APART_MS);
    this.#lastDue.set(kind, due);
    let isCancelled = false;
    const cancel = this.#time.at(due, () =>
      this.#happen(() => {
        if (!isCancelled) callback();
      }),
    );
    return () => {
      isCancelled = true;
      cancel();
    };
  }

  #forgetPast(): void {
    for (const [kind, due] of this.#lastDue) {
      if (due < this.#time.nowMs) this.#lastDue.delete(kind);
    }
  }

  #happen(callback: () => void): void {
    if (this.#state === 'ended') return;
    const isFree =
      this.#state === 'running' &&
      this.#held.length === 0 &&
      this.#time.nowMs >= this.#blockedUntilMs;
    if (isFree) return callback();
    this.#held.push(callback);
    if (this.#state === 'running') this.#catchUp();
  }

  /** Does what was held back, one thing after the other. */
  #catchUp(): void {
    if (this.#isCatchingUp || this.#held.length === 0) return;
    this.#isCatchingUp = true;
    const due = Math.max(this.#time.nowMs + TURN_MS, this.#blockedUntilMs);
    this.#time.at(due, () => {
      this.#isCatchingUp = false;
      if (this.#state !== 'running') return;
      if (this.#time.nowMs >= this.#blockedUntilMs) this.#held.shift()?.();
      this.#catchUp();
    });
  }
}
