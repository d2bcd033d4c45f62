// Chance that comes again: numbers from a seed, by shifts and exclusive ors (Marsaglia, Xorshift RNGs, 2003).
// Guarantees: the same seed gives the same numbers, on every machine.
// Leaves to others: choosing seeds.

/** @returns a source of numbers from 0 to 1, without 1 */
export function seededRandom(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}
