// The suffixes of one range in order: short sorted blocks, so that adding or removing one among 100,000 moves a few
// hundred at most. Appending at the end and taking from the front, the habits of queues, are cheapest.

const BLOCK_MAX = 256;

export class SortedSuffixes<S extends number | string> {
  #blocks: S[][] = [];
  #size = 0;

  /** From suffixes in any order, without doubles. */
  static of<S extends number | string>(suffixes: S[]): SortedSuffixes<S> {
    const sorted = new SortedSuffixes<S>();
    suffixes.sort((a, b) => (a < b ? -1 : 1));
    for (let at = 0; at < suffixes.length; at += BLOCK_MAX / 2) {
      sorted.#blocks.push(suffixes.slice(at, at + BLOCK_MAX / 2));
    }
    sorted.#size = suffixes.length;
    return sorted;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds a suffix that is not there yet. */
  add(suffix: S): void {
    const blocks = this.#blocks;
    this.#size++;
    if (blocks.length === 0) {
      blocks.push([suffix]);
      return;
    }
    const index = this.#blockOf(suffix);
    const block = blocks[index] as S[];
    if (suffix > (block[block.length - 1] as S)) block.push(suffix);
    else block.splice(countBelow(block, suffix), 0, suffix);
    if (block.length > BLOCK_MAX) {
      // Appending leaves full blocks behind, everything else splits in the middle.
      const last = index === blocks.length - 1 && block[block.length - 1] === suffix;
      blocks.splice(index + 1, 0, block.splice(last ? BLOCK_MAX : BLOCK_MAX / 2));
    }
  }

  /** Removes a suffix if it is there. */
  remove(suffix: S): void {
    if (this.#size === 0) return;
    const index = this.#blockOf(suffix);
    const block = this.#blocks[index] as S[];
    const at = countBelow(block, suffix);
    if (block[at] !== suffix) return;
    this.#size--;
    if (block.length === 1) this.#blocks.splice(index, 1);
    else if (at === 0) block.shift();
    else block.splice(at, 1);
  }

  /** How many suffixes are at or below this one; all when it is undefined. */
  rank(suffix: S | undefined): number {
    if (suffix === undefined || this.#size === 0) return this.#size;
    const index = this.#blockOf(suffix);
    let rank = 0;
    for (let i = 0; i < index; i++) rank += (this.#blocks[i] as S[]).length;
    const block = this.#blocks[index] as S[];
    const at = countBelow(block, suffix);
    return rank + at + (block[at] === suffix ? 1 : 0);
  }

  /** The suffixes above `after` (undefined: from the first) up to `upTo` (undefined: to the last), at most `limit`. */
  slice(after: S | undefined, upTo: S | undefined, limit: number): S[] {
    const out: S[] = [];
    if (this.#size === 0) return out;
    let index = 0;
    let at = 0;
    if (after !== undefined) {
      index = this.#blockOf(after);
      const block = this.#blocks[index] as S[];
      at = countBelow(block, after);
      if (block[at] === after) at++;
    }
    for (; index < this.#blocks.length; index++, at = 0) {
      const block = this.#blocks[index] as S[];
      for (; at < block.length; at++) {
        const suffix = block[at] as S;
        if (out.length >= limit || (upTo !== undefined && suffix > upTo)) return out;
        out.push(suffix);
      }
    }
    return out;
  }

  /** The suffix with this many below it. */
  at(position: number): S | undefined {
    let rest = position;
    for (const block of this.#blocks) {
      if (rest < block.length) return block[rest];
      rest -= block.length;
    }
    return undefined;
  }

  /** The last block that begins at or below the suffix, else the first. */
  #blockOf(suffix: S): number {
    const blocks = this.#blocks;
    let low = 0;
    let high = blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (((blocks[middle] as S[])[0] as S) <= suffix) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function countBelow<S extends number | string>(block: S[], suffix: S): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle] as S) < suffix) low = middle + 1;
    else high = middle;
  }
  return low;
}
