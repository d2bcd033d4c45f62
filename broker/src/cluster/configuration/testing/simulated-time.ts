// A clock that stands still until the test moves it, and timers that die with the process that set them.
// Guarantees: what is due earlier happens earlier, what is due at the same moment in the order in which it was set; between
// two events everything that promises can bring about has happened.
// Leaves to others: what happens.
import type { Cancel, Timers } from '@millrace/raft';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly act: () => void;
}

export class SimulatedTime {
  nowMs = 1_700_000_000_000;
  #order = 0;
  #due: Due[] = [];

  at(delayMs: number, act: () => void): Cancel {
    const due = { atMs: this.nowMs + Math.max(0, delayMs), order: this.#order++, act };
    this.#due.push(due);
    return () => {
      this.#due = this.#due.filter((each) => each !== due);
    };
  }

  /** Lets everything happen that is due within so many ms. */
  async run(forMs: number): Promise<void> {
    const endMs = this.nowMs + forMs;
    await settled();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#due = this.#due.filter((each) => each !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.act();
      await settled();
    }
    this.nowMs = endMs;
  }

  #next(endMs: number): Due | undefined {
    let first: Due | undefined;
    for (const each of this.#due) {
      if (each.atMs > endMs) continue;
      const isEarlier =
        first === undefined ||
        each.atMs < first.atMs ||
        (each.atMs === first.atMs && each.order < first.order);
      if (isEarlier) first = each;
    }
    return first;
  }

  /** Timers of one process: none of them fires once it is over. */
  timers(isAlive: () => boolean): Timers {
    const after = (ms: number, callback: () => void): Cancel =>
      this.at(ms, () => {
        if (isAlive()) callback();
      });
    return {
      wallMs: () => Math.floor(this.nowMs),
      monotonicMs: () => this.nowMs,
      after,
      soon: (callback) => after(0, callback),
      every: (ms, callback) => {
        let cancel: Cancel = () => {};
        const again = (): void => {
          cancel = after(ms, () => {
            again();
            callback();
          });
        };
        again();
        return () => cancel();
      },
    };
  }
}

/** When all promises that can be settled are. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
