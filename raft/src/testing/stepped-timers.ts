// A clock for tests that stands still until it is told to go on.
// Guarantees: timers fire in the order of their times, those of one time in the order of their making; between two of them
// everything that waits for nothing but the event loop has run.
// Leaves to others: files of a real disk, which take real time.
import type { Cancel, Timers } from '../timers.ts';

interface Waiting {
  readonly atMs: number;
  readonly number: number;
  readonly callback: () => void;
}

export class SteppedTimers implements Timers {
  #nowMs = 1_000;
  #numbers = 0;
  #waiting: Waiting[] = [];

  wallMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): Cancel {
    const timer = { atMs: this.#nowMs + ms, number: this.#numbers++, callback };
    this.#waiting.push(timer);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer);
    };
  }

  every(ms: number, callback: () => void): Cancel {
    let cancel: Cancel = () => {};
    const again = () => {
      cancel = this.after(ms, again);
      callback();
    };
    cancel = this.after(ms, again);
    return () => cancel();
  }

  soon(callback: () => void): Cancel {
    return this.after(0, callback);
  }

  /** Lets so much time pass. */
  async run(ms: number): Promise<void> {
    await this.runUntil(() => false, ms);
  }

  /** Lets time pass until it is so; answers whether it is, within so many ms. */
  async runUntil(isSo: () => boolean, withinMs: number): Promise<boolean> {
    const endMs = this.#nowMs + withinMs;
    for (;;) {
      await settled();
      if (isSo()) return true;
      const next = this.#next();
      if (next === null || next.atMs > endMs) {
        this.#nowMs = Math.max(this.#nowMs, endMs);
        return false;
      }
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
    }
  }

  #next(): Waiting | null {
    let next: Waiting | null = null;
    for (const timer of this.#waiting) {
      const isEarlier = next === null || timer.atMs < next.atMs;
      if (isEarlier || (timer.atMs === next?.atMs && timer.number < next.number)) next = timer;
    }
    return next;
  }
}

/** Resolves when promises that are settled have told everyone who waits for them. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
