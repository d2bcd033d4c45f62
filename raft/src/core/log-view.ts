// Index, term, kind and size of every entry of a log, without the payloads: all that elections and replication ask of it.
// Guarantees: answers in memory at any size of log: terms only rise and are kept as runs, the rest takes four bytes an entry.
// Leaves to others: the bytes (journal/), and whether what is described here is durable.
import { EntrySizes } from './entry-sizes.ts';

/** The log's outline. Indexes count from 1; an empty log has `lastIndex = firstIndex - 1`. */
export class LogView {
  #firstIndex: number;
  #lastIndex: number;
  /** Term of the entry at `firstIndex - 1`, 0 when there was none or when it is not known. */
  #previousTerm: number;
  /** First index and term of each run of equal terms; both rise. The first run may begin below `firstIndex`. */
  readonly #starts: number[] = [];
  readonly #terms: number[] = [];
  #sizes = new EntrySizes();

  /** An empty log whose next entry has the index `nextIndex` and follows an entry of `previousTerm`. */
  constructor(nextIndex = 1, previousTerm = 0) {
    this.#firstIndex = nextIndex;
    this.#lastIndex = nextIndex - 1;
    this.#previousTerm = previousTerm;
  }

  get firstIndex(): number {
    return this.#firstIndex;
  }

  get lastIndex(): number {
    return this.#lastIndex;
  }

  /** Term of the last entry; of the one before the first if the log is empty. */
  get lastTerm(): number {
    return this.#terms.at(-1) ?? this.#previousTerm;
  }

  /** Term of the entry, also of the one just before the first (0 if unknown); undefined outside of that. */
  termAt(index: number): number | undefined {
    if (index === this.#firstIndex - 1) return this.#previousTerm;
    if (index < this.#firstIndex || index > this.#lastIndex) return undefined;
    return this.#terms[this.#runOf(index)];
  }

  /**
   * The last entry at or below the index whose term is at most `term`; the one before the first may be the answer.
   * `firstIndex - 2` if it must be an older one. `index` is at most the last one.
   */
  lastWithin(index: number, term: number): number {
    for (let end = index; end >= this.#firstIndex; ) {
      const run = this.#runOf(end);
      if ((this.#terms[run] as number) <= term) return end;
      end = (this.#starts[run] as number) - 1;
    }
    const before = this.#firstIndex - 1;
    return index >= before && this.#previousTerm <= term ? before : before - 1;
  }

  /** Kind of an entry between the first and the last. */
  kindAt(index: number): number {
    return this.#sizes.kindAt(index);
  }

  /** Payload bytes of an entry between the first and the last. */
  bytesAt(index: number): number {
    return this.#sizes.bytesAt(index);
  }

  /** Adds one entry behind the last. Throws if its term is lower than the last one's: no leader does that. */
  append(term: number, kind = 0, bytes = 0): number {
    if (term < this.lastTerm) {
      throw new RangeError(`An entry of term ${term} cannot follow one of term ${this.lastTerm}.`);
    }
    this.#sizes.set(this.#lastIndex + 1, kind, bytes);
    this.#lastIndex++;
    if (this.#terms.length === 0 || term !== this.#terms[this.#terms.length - 1]) {
      this.#starts.push(this.#lastIndex);
      this.#terms.push(term);
    }
    return this.#lastIndex;
  }

  /** Forgets all entries above the index. */
  truncateAfter(index: number): void {
    if (index >= this.#lastIndex) return;
    if (index < this.#firstIndex - 1) {
      throw new RangeError(`Entry ${index} is below the first one, ${this.#firstIndex}.`);
    }
    while (this.#starts.length > 0 && (this.#starts[this.#starts.length - 1] as number) > index) {
      this.#starts.pop();
      this.#terms.pop();
    }
    this.#lastIndex = index;
    this.#sizes.dropAfter(index);
    if (index < this.#firstIndex) this.#clearRuns();
  }

  /** Forgets all entries below the index, which may be at most one above the last. */
  compactBefore(index: number): void {
    if (index <= this.#firstIndex) return;
    const previousTerm = this.termAt(index - 1);
    if (previousTerm === undefined) {
      throw new RangeError(`Entry ${index - 1} is above the last one, ${this.#lastIndex}.`);
    }
    this.#previousTerm = previousTerm;
    this.#firstIndex = index;
    this.#sizes.dropBefore(index);
    if (index > this.#lastIndex) {
      this.#clearRuns();
      return;
    }
    const run = this.#runOf(index);
    this.#starts.splice(0, run);
    this.#terms.splice(0, run);
  }

  /** Forgets all entries; the next one has the index `nextIndex` and follows an entry of `previousTerm`. */
  reset(nextIndex: number, previousTerm: number): void {
    this.#clearRuns();
    this.#sizes = new EntrySizes();
    this.#firstIndex = nextIndex;
    this.#lastIndex = nextIndex - 1;
    this.#previousTerm = previousTerm;
  }

  /** Another view with the same content, which goes its own way from here. */
  copy(): LogView {
    const copy = new LogView(this.#firstIndex, this.#previousTerm);
    copy.#lastIndex = this.#lastIndex;
    copy.#starts.push(...this.#starts);
    copy.#terms.push(...this.#terms);
    copy.#sizes = this.#sizes.copy();
    return copy;
  }

  #clearRuns(): void {
    this.#starts.length = 0;
    this.#terms.length = 0;
  }

  #runOf(index: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#starts[middle] as number) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
