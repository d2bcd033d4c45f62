// Kind and payload size of every entry of a log, by index: what a leader must know to cut appends to size.
// Guarantees: four bytes an entry and no object each; dropping either end costs nothing per entry.
// Leaves to others: which indexes there are (log-view.ts).

const blockEntries = 1024;
const kindFactor = 2 ** 28;

/** Largest payload that can be noted; above what a journal takes. */
export const noteBytesMax = kindFactor - 1;

export class EntrySizes {
  /** Blocks of `blockEntries` from `#base` on. */
  #blocks: Uint32Array[] = [];
  /** Index of the first slot; a multiple of `blockEntries`. */
  #base = 0;

  /** Notes the entry; it is at or above all that were noted and kept. Throws RangeError for what cannot be noted. */
  set(index: number, kind: number, bytes: number): void {
    if (!(kind >= 0 && kind < 16 && bytes >= 0 && bytes <= noteBytesMax)) {
      throw new RangeError(`An entry of kind ${kind} with ${bytes} bytes cannot be noted.`);
    }
    if (this.#blocks.length === 0) this.#base = index - (index % blockEntries);
    const block = Math.floor((index - this.#base) / blockEntries);
    while (this.#blocks.length <= block) this.#blocks.push(new Uint32Array(blockEntries));
    (this.#blocks[block] as Uint32Array)[index % blockEntries] = kind * kindFactor + bytes;
  }

  kindAt(index: number): number {
    return Math.floor(this.#noteAt(index) / kindFactor);
  }

  bytesAt(index: number): number {
    return this.#noteAt(index) % kindFactor;
  }

  /** Forgets what is below the index. */
  dropBefore(index: number): void {
    const blocks = Math.floor((index - this.#base) / blockEntries);
    if (blocks <= 0) return;
    this.#blocks.splice(0, blocks);
    this.#base += blocks * blockEntries;
  }

  /** Forgets what is above the index. */
  dropAfter(index: number): void {
    const blocks = Math.max(0, Math.floor((index - this.#base) / blockEntries) + 1);
    if (blocks < this.#blocks.length) this.#blocks.length = blocks;
  }

  copy(): EntrySizes {
    const copy = new EntrySizes();
    copy.#base = this.#base;
    copy.#blocks = this.#blocks.map((block) => block.slice());
    return copy;
  }

  #noteAt(index: number): number {
    const block = this.#blocks[Math.floor((index - this.#base) / blockEntries)];
    return block?.[index % blockEntries] ?? 0;
  }
}
