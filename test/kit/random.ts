// Random numbers from a seed: the same seed gives the same test.
//
// MILLRACE_SEED repeats a run; without it every run has a seed of its own, which the test prints when it fails.

/** The seed of this run. */
export const runSeed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** A source of numbers in [0, 1); a small mixing generator, good enough to pick moments. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from `from` to `to`, both included. */
export function between(random: () => number, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}
