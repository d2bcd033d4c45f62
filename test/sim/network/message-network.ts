// A network that treats every message by itself: worse than TCP, because Raft must stand it.
// Guarantees: a message may be lost, come twice, late, or before an older one, also to a process that was started since; how
// often is drawn from the seed, and some runs have a network that only delays. Nothing is changed on the way.
// Leaves to others: cuts and slow links (Links).
import type { SeededRandom } from '../seeded-random.ts';
import type { Links } from '../world/links.ts';
import type { World } from '../world/world.ts';

/** Gives a message to whoever runs there now. */
export type Deliver = (from: number, to: number, bytes: Uint8Array) => void;

export class MessageNetwork {
  readonly #world: World;
  readonly #links: Links;
  readonly #random: SeededRandom;
  readonly #deliver: Deliver;
  /** Share of messages, 0 to 1. */
  readonly #lost: number;
  readonly #doubled: number;
  readonly #delayed: number;
  readonly #delayMs: number;
  /** When the last message from one to the other arrives; only used while order is kept. */
  readonly #arrivals: Map<string, number> | undefined;
  /** Faults are over: from here on it only delays. */
  isCalm = false;
  delivered = 0;

  constructor(world: World, links: Links, deliver: Deliver) {
    this.#world = world;
    this.#links = links;
    this.#deliver = deliver;
    const random = world.random.fork('messages');
    this.#random = random;
    this.#lost = random.chance(0.5) ? random.within(0, 0.1) : 0;
    this.#doubled = random.chance(0.5) ? random.within(0, 0.1) : 0;
    this.#delayed = random.chance(0.5) ? random.within(0, 0.2) : 0;
    this.#delayMs = random.pick([2, 20, 200, 3_000]);
    this.#arrivals = this.#delayed === 0 ? new Map() : undefined;
  }

  send(from: number, to: number, bytes: Uint8Array): void {
    if (this.#links.isCut(from, to)) return;
    if (!this.isCalm && this.#random.chance(this.#lost)) return;
    this.#transmit(from, to, bytes);
    if (!this.isCalm && this.#random.chance(this.#doubled)) this.#transmit(from, to, bytes);
  }

  #transmit(from: number, to: number, bytes: Uint8Array): void {
    let delayMs = this.#links.delayMs(from, to);
    if (!this.isCalm && this.#random.chance(this.#delayed))
      delayMs += this.#random.around(this.#delayMs);
    this.#world.time.at(this.#arrival(from, to, delayMs), () => {
      this.delivered++;
      this.#world.note(bytes);
      this.#deliver(from, to, bytes);
    });
  }

  #arrival(from: number, to: number, delayMs: number): number {
    const atMs = this.#world.time.nowMs + delayMs;
    if (this.#arrivals === undefined) return atMs;
    const name = `${from}>${to}`;
    const inOrder = Math.max(atMs, (this.#arrivals.get(name) ?? 0) + 1e-6);
    this.#arrivals.set(name, inOrder);
    return inOrder;
  }
}
