// The time of a simulation: one queue of events for the whole cluster.
// Guarantees: events happen in the order of their virtual time, equal ones in an order that the seed decides; between two
// events every promise that can go on goes on, so that a run depends on nothing but the seed; time stands still while an
// event happens.
// Leaves to others: what the events are, and clocks that are wrong (virtual-timers.ts).
import type { Cancel } from '@millrace/raft';
import type { SeededRandom } from '../seeded-random.ts';

/** The machine's own, kept before a guard may take it away from the product (real-time-guard.ts). */
const endOfTurn = setImmediate;

interface Event {
  readonly timeMs: number;
  readonly tie: number;
  readonly sequence: number;
  /** null: cancelled. */
  callback: (() => void) | null;
}

export class VirtualTime {
  #nowMs = 0;
  #sequence = 0;
  readonly #ties: SeededRandom;
  readonly #heap: Event[] = [];
  #happened = 0;

  constructor(random: SeededRandom) {
    this.#ties = random.fork('ties');
  }

  /** ms since the simulation began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Events so far. */
  get happened(): number {
    return this.#happened;
  }

  /** Calls back once, after that many virtual ms. */
  after(delayMs: number, callback: () => void): Cancel {
    return this.at(this.#nowMs + Math.max(0, delayMs), callback);
  }

  /** Calls back once, at that virtual time or now when it has passed. */
  at(timeMs: number, callback: () => void): Cancel {
    const event: Event = {
      timeMs: Math.max(timeMs, this.#nowMs),
      tie: this.#ties.next(),
      sequence: this.#sequence++,
      callback,
    };
    this.#push(event);
    return () => {
      event.callback = null;
    };
  }

  /** Lets events happen until `isDone` says so or none is left. What an event throws ends the run. */
  async run(isDone: () => boolean): Promise<void> {
    await turnEnd();
    while (!isDone()) {
      const event = this.#pop();
      if (event === undefined) return;
      const { callback } = event;
      if (callback === null) continue;
      this.#nowMs = event.timeMs;
      this.#happened++;
      callback();
      await turnEnd();
    }
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[at] = heap[parent] as Event;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): Event | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = child + 1;
      if (right < heap.length && isBefore(heap[right] as Event, heap[child] as Event))
        child = right;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[at] = heap[child] as Event;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  if (a.timeMs !== b.timeMs) return a.timeMs < b.timeMs;
  return a.tie !== b.tie ? a.tie < b.tie : a.sequence < b.sequence;
}

/** Resolves when all promises that could go on have gone on. */
export function turnEnd(): Promise<void> {
  return new Promise((resolve) => endOfTurn(resolve));
}
