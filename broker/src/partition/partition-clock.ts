// The time of records: the machine's clock, or a controlled one. Small steps back are hidden from the log, larger ones are
// taken as they are, with a warning (design.md 2).

import type { Timers } from '@millrace/raft';

/** A step back up to this many ms is hidden. */
const SMALL_STEP_MS = 1_000;

export class PartitionClock {
  #offsetMs = 0;
  #pinnedMs: number | undefined;
  #lastMs = 0;
  readonly #warn: (text: string) => void;

  readonly #timers: Timers;

  constructor(timers: Timers, warn: (text: string) => void) {
    this.#timers = timers;
    this.#warn = warn;
  }

  control(offsetMs: number, pinnedMs: number | undefined): void {
    this.#offsetMs = offsetMs;
    this.#pinnedMs = pinnedMs;
    const now = this.#read();
    // What somebody asked for is not hidden, however small the step is.
    if (now < this.#lastMs) this.#warnOf(now);
    this.#lastMs = now;
  }

  /** ms since the epoch */
  now(): number {
    const now = this.#read();
    if (now < this.#lastMs) {
      if (this.#lastMs - now <= SMALL_STEP_MS) return this.#lastMs;
      this.#warnOf(now);
    }
    this.#lastMs = now;
    return now;
  }

  #read(): number {
    return this.#pinnedMs ?? this.#timers.wallMs() + this.#offsetMs;
  }

  #warnOf(now: number): void {
    this.#warn(`the clock went back by ${this.#lastMs - now} ms; records follow it`);
  }
}
