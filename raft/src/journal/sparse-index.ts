// Where entries stand in one segment: a point every so often, in memory.
// Guarantees: finds a point at or before any entry of the segment; costs 16 bytes per 64 KB or 128 entries of log.
// Leaves to others: the walk from the point to the entry (segment.ts).

const bytesBetween = 64 * 1024;
const entriesBetween = 128;

export class SparseIndex {
  readonly #indexes: number[] = [];
  readonly #offsets: number[] = [];

  /** Tells of the next entry of the segment; it becomes a point if the last one is far enough away. */
  add(index: number, offset: number): void {
    const last = this.#indexes.length - 1;
    if (last >= 0) {
      const entries = index - (this.#indexes[last] as number);
      const bytes = offset - (this.#offsets[last] as number);
      if (entries < entriesBetween && bytes < bytesBetween) return;
    }
    this.#indexes.push(index);
    this.#offsets.push(offset);
  }

  /** The last point at or before the index; undefined if the segment is empty or begins behind it. */
  before(index: number): { readonly index: number; readonly offset: number } | undefined {
    let low = 0;
    let high = this.#indexes.length - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if ((this.#indexes[middle] as number) <= index) low = middle + 1;
      else high = middle - 1;
    }
    if (high < 0) return undefined;
    return { index: this.#indexes[high] as number, offset: this.#offsets[high] as number };
  }

  truncateAfter(index: number): void {
    while (this.#indexes.length > 0 && (this.#indexes.at(-1) as number) > index) {
      this.#indexes.pop();
      this.#offsets.pop();
    }
  }
}
