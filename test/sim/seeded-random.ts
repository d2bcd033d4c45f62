// Chance for a simulation: everything that is left to chance comes from one seed.
// Guarantees: the same seed and the same questions give the same answers on every machine; a source forked by name does not
// depend on how often its parent or its siblings were asked, so that a fault left out does not change the load.
// Leaves to others: what is left to chance.

/** A source of chance. */
export class SeededRandom {
  readonly #seed: number;
  #state: number;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
    this.#state = mix(this.#seed);
  }

  /** A number in [0, 1). */
  readonly next = (): number => {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    return mix(this.#state) / 2 ** 32;
  };

  /** A source of its own for the name. */
  fork(name: string): SeededRandom {
    let hash = this.#seed ^ 0x9e3779b9;
    for (let i = 0; i < name.length; i++) {
      hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
      hash = mix(hash);
    }
    return new SeededRandom(hash);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** A number from `low` up to `high`. */
  within(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Many small ones, few large ones: exponential around the mean, cut at twenty times it. */
  around(mean: number): number {
    return Math.min(-Math.log(1 - this.next()) * mean, mean * 20);
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new RangeError('nothing to choose from');
    return choices[Math.floor(this.next() * choices.length)] as T;
  }

  /** One of the names, each as often as its weight says. */
  weighted<K extends string>(weights: Readonly<Record<K, number>>): K {
    const names = Object.keys(weights) as K[];
    let rest = this.next() * names.reduce((sum, name) => sum + weights[name], 0);
    for (const name of names) {
      rest -= weights[name];
      if (rest < 0) return name;
    }
    return names.at(-1) as K;
  }

  /** The same ones in another order. */
  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items];
    for (let i = order.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [order[i], order[j]] = [order[j] as T, order[i] as T];
    }
    return order;
  }
}

function mix(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x7feb352d);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
