// Kind and payload size of every entry of a log, by index: what a leader must know to cut appends to size.
// Guarantees: four bytes an entry and no object each; dropping either end costs nothing per entry.
// Leaves to others: which indexes there are (log-view.ts).

const blockBits = 10;
const blockEntries = 1 << blockBits;
const blockMask = blockEntries - 1;
const kindFactor = 2 ** 28;

/** Largest payload that can be noted; above what a journal takes. */
export const noteBytesMax = kindFactor - 1;

export class EntrySizes {
  /** Blocks of `blockEntries` from `#base` on. */
  #blocks: Uint32Array[] = [];
  /** Index of the first slot. */
  #base = 0;

  /** Notes the entry; it is at or above all that were noted and kept. Throws RangeError for what cannot be noted. */
  set(index: number, kind: number, bytes: number): void {
    if (!(kind >= 0 && kind < 16 && bytes >= 0 && bytes <= noteBytesMax)) {
      throw new RangeError(`An entry of kind ${kind} with ${bytes} bytes cannot be noted.`);
    }
    if (this.#blocks.length === 0) this.#base = index;
    // A log in memory has less than 2^31 entries, so that the place fits where the index may not.
    const place = index - this.#base;
    const number = place >>> blockBits;
    while (this.#blocks.length <= number) this.#blocks.push(new Uint32Array(blockEntries));
    (this.#blocks[number] as Uint32Array)[place & blockMask] = kind * kindFactor + bytes;
  }

  kindAt(index: number): number {
    return this.#noteAt(index) >>> 28;
  }

  bytesAt(index: number): number {
    return this.#noteAt(index) & noteBytesMax;
  }

  /** Forgets what is below the index. */
  dropBefore(index: number): void {
    const count = (index - this.#base) >> blockBits;
    if (count <= 0) return;
    this.#blocks.splice(0, count);
    this.#base += count * blockEntries;
  }

  /** Forgets what is above the index. */
  dropAfter(index: number): void {
    const count = Math.max(0, ((index - this.#base) >> blockBits) + 1);
    if (count < this.#blocks.length) this.#blocks.length = count;
  }

  copy(): EntrySizes {
    const copy = new EntrySizes();
    copy.#base = this.#base;
    copy.#blocks = this.#blocks.map((block) => block.slice());
    return copy;
  }

  #noteAt(index: number): number {
    const place = index - this.#base;
    return this.#blocks[place >>> blockBits]?.[place & blockMask] ?? 0;
  }
}
