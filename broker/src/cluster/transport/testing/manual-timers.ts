// A clock that moves when a test says so.
// Guarantees: timers fire in the order of their times, at exactly those times.
// Leaves to others: promises; after each timer whatever is ready runs first.
import type { Cancel, Timers } from '@millrace/raft';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export class ManualTimers implements Timers {
  nowMs = 1_000;
  #timers: Timer[] = [];

  wallMs(): number {
    return this.nowMs;
  }

  monotonicMs(): number {
    return this.nowMs;
  }

  after(ms: number, callback: () => void): Cancel {
    const timer = { atMs: this.nowMs + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
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

  /** ms from now at which the next timer fires; null when none runs. */
  get nextInMs(): number | null {
    if (this.#timers.length === 0) return null;
    return Math.min(...this.#timers.map(({ atMs }) => atMs)) - this.nowMs;
  }

  async pass(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    for (;;) {
      await settled();
      const next = this.#timers
        .filter(({ atMs }) => atMs <= endMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.callback();
    }
    this.nowMs = endMs;
    await settled();
  }
}

/** Lets chains of promises that wait for nothing outside run to their end. */
async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
}
