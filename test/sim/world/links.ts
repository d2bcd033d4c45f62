// What the network between machines is like at the moment: who reaches whom, and how fast.
// Guarantees: each direction has its own state; cuts and delays of several faults add up and end one by one.
// Leaves to others: what travels (networks) and when the state changes (faults).
import type { SeededRandom } from '../seeded-random.ts';

/** Between two machines of one data centre, ms. */
const DELAY_MS = 0.1;
const DELAY_MORE_MS = 0.1;

interface Link {
  cuts: number;
  moreMs: number;
}

export class Links {
  readonly #links = new Map<string, Link>();
  readonly #random: SeededRandom;

  constructor(random: SeededRandom) {
    this.#random = random.fork('links');
  }

  /** Nothing goes from the one to the other until the returned function is called. */
  cut(from: number, to: number): () => void {
    return this.#change(from, to, (link, sign) => {
      link.cuts += sign;
    });
  }

  /** Everything takes that much longer until the returned function is called. */
  slow(from: number, to: number, byMs: number): () => void {
    return this.#change(from, to, (link, sign) => {
      link.moreMs += sign * byMs;
    });
  }

  isCut(from: number, to: number): boolean {
    return (this.#links.get(`${from}>${to}`)?.cuts ?? 0) > 0;
  }

  /** ms that a message takes that leaves now. */
  delayMs(from: number, to: number): number {
    if (from === to) return this.#random.around(0.02);
    const more = this.#links.get(`${from}>${to}`)?.moreMs ?? 0;
    return (
      DELAY_MS +
      this.#random.around(DELAY_MORE_MS) +
      (more > 0 ? this.#random.within(0.5, 1.5) * more : 0)
    );
  }

  #change(from: number, to: number, apply: (link: Link, sign: 1 | -1) => void): () => void {
    const name = `${from}>${to}`;
    const link = this.#links.get(name) ?? { cuts: 0, moreMs: 0 };
    this.#links.set(name, link);
    apply(link, 1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      apply(link, -1);
    };
  }
}
