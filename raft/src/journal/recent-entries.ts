// The newest entries in memory, so that those who follow the log's end never touch the disk.
// Guarantees: always a gapless run that ends with the last entry; bounded in bytes and in number.
// Leaves to others: older entries.
import type { Entry } from './journal.ts';

const slots = 4096;

export class RecentEntries {
  readonly #bytesMax: number;
  readonly #ring: (Entry | undefined)[] = new Array(slots).fill(undefined);
  #firstIndex = 1;
  #nextIndex = 1;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The oldest entry held; equal to the next index if none is. */
  get firstIndex(): number {
    return this.#firstIndex;
  }

  /** Takes the next entry; if it does not follow the one before, those before are dropped. */
  add(entry: Entry): void {
    if (entry.index !== this.#nextIndex) this.clear(entry.index);
    this.#ring[entry.index % slots] = entry;
    this.#nextIndex = entry.index + 1;
    this.#bytes += entry.payload.length;
    while (
      this.#nextIndex - this.#firstIndex > 1 &&
      (this.#bytes > this.#bytesMax || this.#nextIndex - this.#firstIndex >= slots)
    ) {
      this.#dropOldest();
    }
  }

  get(index: number): Entry | undefined {
    if (index < this.#firstIndex || index >= this.#nextIndex) return undefined;
    return this.#ring[index % slots];
  }

  truncateAfter(index: number): void {
    if (index < this.#firstIndex) {
      this.clear(index + 1);
      return;
    }
    while (this.#nextIndex > index + 1) {
      this.#nextIndex--;
      this.#forget(this.#nextIndex);
    }
  }

  /** Drops everything; the next entry has this index. */
  clear(nextIndex: number): void {
    while (this.#firstIndex < this.#nextIndex) this.#dropOldest();
    this.#firstIndex = nextIndex;
    this.#nextIndex = nextIndex;
  }

  #dropOldest(): void {
    this.#forget(this.#firstIndex);
    this.#firstIndex++;
  }

  #forget(index: number): void {
    this.#bytes -= this.#ring[index % slots]?.payload.length ?? 0;
    this.#ring[index % slots] = undefined;
  }
}
