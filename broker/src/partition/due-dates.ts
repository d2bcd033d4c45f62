// Turns what is due into commands: job time-outs and ended back-offs. One timer for the next moment; what is due is read
// from the loaded head of the due-date families, never from a list of all.
import type { Cancel, Timers } from '@millrace/raft';
import type { Engine } from '../core/engine/engine.ts';
import type { InboundCommand } from '../core/engine/inbound-command.ts';
import { RangeNotLoaded } from '../core/state/state-db.ts';
import type { RangeLoader } from './range-loader.ts';

/** Commands taken at once; the rest follows when these have run. */
const DUE_MAX = 500;
/** Longest sleep: a controlled or corrected clock is noticed by then. */
const SLEEP_MS_MAX = 1_000;

export interface DueDatesOwner {
  now(): number;
  /** Takes commands of class 1. */
  offer(commands: readonly InboundCommand[]): void;
  fail(error: Error): void;
}

export class DueDates {
  readonly #engine: Engine;
  readonly #loader: RangeLoader;
  readonly #owner: DueDatesOwner;
  readonly #timers: Timers;
  #cancel: Cancel = () => {};
  #wakeAt = Number.POSITIVE_INFINITY;
  /** Commands that were offered and have not all run. */
  #isWorking = false;
  #isLoading = false;
  #isStopped = true;

  constructor(engine: Engine, loader: RangeLoader, timers: Timers, owner: DueDatesOwner) {
    this.#timers = timers;
    this.#engine = engine;
    this.#loader = loader;
    this.#owner = owner;
  }

  start(): void {
    this.#isStopped = false;
    this.#isWorking = false;
    this.check();
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    this.#wakeAt = Number.POSITIVE_INFINITY;
  }

  /** Something becomes due at this time. */
  expect(timeMs: number): void {
    if (this.#isStopped || timeMs >= this.#wakeAt) return;
    this.#sleepUntil(timeMs);
  }

  /** The commands that were offered have run. */
  worked(): void {
    if (!this.#isWorking) return;
    this.#isWorking = false;
    this.check();
  }

  /** Offers what is due now and sleeps until the next moment. */
  check(): void {
    if (this.#isStopped || this.#isWorking || this.#isLoading) return;
    try {
      const now = this.#owner.now();
      const due = this.#engine.dueCommands(now, DUE_MAX);
      if (due.length > 0) {
        this.#isWorking = true;
        this.#owner.offer(due);
        return;
      }
      const next = this.#engine.nextDue();
      this.#wakeAt = Number.POSITIVE_INFINITY;
      this.#cancel();
      if (next !== undefined) this.#sleepUntil(next);
    } catch (error) {
      if (error instanceof RangeNotLoaded) this.#loadThenCheck(error);
      else this.#owner.fail(error as Error);
    }
  }

  #loadThenCheck(missing: RangeNotLoaded): void {
    this.#isLoading = true;
    const { request } = missing;
    this.#loader
      .load(request)
      .then(() => {
        this.#isLoading = false;
        this.check();
      })
      .catch((error: Error) => {
        this.#isLoading = false;
        this.#owner.fail(error);
      })
      .finally(() => this.#loader.unpin(request));
  }

  #sleepUntil(timeMs: number): void {
    this.#cancel();
    this.#wakeAt = timeMs;
    // Dates are due when they have passed, hence one ms more.
    const sleepMs = Math.min(Math.max(timeMs + 1 - this.#owner.now(), 1), SLEEP_MS_MAX);
    this.#cancel = this.#timers.after(sleepMs, () => this.check());
  }
}
