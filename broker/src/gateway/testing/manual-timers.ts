// Timers that a test moves by hand. What is to happen soon still happens in the event loop; see `settled`.
import type { Cancel, Timers } from '@millrace/raft';

interface Entry {
  dueMs: number;
  readonly everyMs: number | undefined;
  readonly callback: () => void;
}

/** Event-loop turns in which everything that a message causes has run. */
const TURNS = 12;

/** Lets what was begun run as far as it comes without time passing. */
export async function settled(): Promise<void> {
  for (let i = 0; i < TURNS; i++) await new Promise((resolve) => setImmediate(resolve));
}

export class ManualTimers implements Timers {
  #nowMs = 1_000;
  readonly #entries = new Set<Entry>();

  wallMs(): number {
    return this.#nowMs + 1_600_000_000_000;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(ms: number, callback: () => void): Cancel {
    return this.#add({ dueMs: this.#nowMs + ms, everyMs: undefined, callback });
  }

  every(ms: number, callback: () => void): Cancel {
    return this.#add({ dueMs: this.#nowMs + ms, everyMs: ms, callback });
  }

  #add(entry: Entry): Cancel {
    this.#entries.add(entry);
    return () => this.#entries.delete(entry);
  }

  soon(callback: () => void): Cancel {
    const immediate = setImmediate(callback);
    return () => clearImmediate(immediate);
  }

  /** Timers that would still fire. */
  get pending(): number {
    return this.#entries.size;
  }

  /** Lets so much time pass, timer by timer; what each causes runs before the next. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settled();
    for (;;) {
      const [next] = [...this.#entries].sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      if (next.everyMs === undefined) this.#entries.delete(next);
      else next.dueMs += next.everyMs;
      next.callback();
      await settled();
    }
    this.#nowMs = endMs;
  }
}
