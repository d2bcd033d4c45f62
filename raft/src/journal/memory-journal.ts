// The journal without a disk: for tests and simulations of what stands above it.
// Guarantees: passes the same suite as the one on disk; `crashed()` gives what a crash would have left.
// Leaves to others: damage and torn writes (simulated-disk.ts under the real journal).
import { isEntryKind } from '../core/entry-kind.ts';
import { LogView } from '../core/log-view.ts';
import { type Entry, type Journal, type NewEntry, payloadBytesMax } from './journal.ts';
import { CompactedError, JournalError } from './journal-error.ts';
import { frameBytes } from './segment-format.ts';

/** Entries that are compacted together, as the segments on disk are. */
const entriesPerGroup = 4;

export class MemoryJournal implements Journal {
  readonly cut = null;
  /** Stands for the disk's sync; a test may hold it back or let it fail. */
  sync: () => Promise<void> = async () => {};
  /** An append that would pass this many bytes throws `disk-full`. */
  bytesMax = Number.POSITIVE_INFINITY;
  #view: LogView;
  #entries: Entry[] = [];
  #durableIndex: number;
  #flushTarget = 0;
  #running: Promise<number> | null = null;
  #queued: Promise<number> | null = null;
  #failure: JournalError | null = null;
  #sizeBytes = 0;

  /** A journal whose first entry gets `nextIndex` and follows an entry of `previousTerm`. */
  constructor(nextIndex = 1, previousTerm = 0) {
    this.#view = new LogView(nextIndex, previousTerm);
    this.#durableIndex = nextIndex - 1;
  }

  /** A new journal with what was durable in this one. */
  crashed(): MemoryJournal {
    const next = new MemoryJournal(this.firstIndex, this.#view.termAt(this.firstIndex - 1) ?? 0);
    for (const entry of this.#entries) if (entry.index <= this.#durableIndex) next.#take(entry);
    next.#durableIndex = next.lastIndex;
    return next;
  }

  get firstIndex(): number {
    return this.#view.firstIndex;
  }

  get lastIndex(): number {
    return this.#view.lastIndex;
  }

  get lastTerm(): number {
    return this.#view.lastTerm;
  }

  get durableIndex(): number {
    return this.#durableIndex;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(entry: NewEntry): number {
    this.#mustBeUsable();
    const { term, kind, payload } = entry;
    if (!isEntryKind(kind)) throw new RangeError(`An entry cannot be of kind ${kind}.`);
    if (payload.length > payloadBytesMax) {
      throw new RangeError(
        `An entry of ${payload.length} bytes is over the limit of ${payloadBytesMax}.`,
      );
    }
    if (term < this.lastTerm) {
      throw new RangeError(`An entry of term ${term} cannot follow one of term ${this.lastTerm}.`);
    }
    if (this.#sizeBytes + frameBytes(payload.length) > this.bytesMax) {
      throw new JournalError('disk-full', 'The simulated journal is full.');
    }
    this.#take({ index: this.lastIndex + 1, term, kind, payload, durable: this.#durableIndex });
    return this.lastIndex;
  }

  flush(): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#running === null) return this.#startFlush();
    this.#queued ??= this.#running.then(() => {
      this.#queued = null;
      return this.#startFlush();
    });
    return this.#queued;
  }

  read(index: number): Entry | undefined {
    return this.#entries[index - this.firstIndex];
  }

  readFrom(index: number, maxBytes: number): Entry[] {
    if (index < this.firstIndex) throw new CompactedError(index, this.firstIndex);
    const out: Entry[] = [];
    let left = maxBytes;
    for (let at = index - this.firstIndex; at < this.#entries.length; at++) {
      const entry = this.#entries[at] as Entry;
      left -= entry.payload.length;
      if (left < 0 && out.length > 0) break;
      out.push(entry);
    }
    return out;
  }

  termAt(index: number): number | undefined {
    return this.#view.termAt(index);
  }

  outline(): LogView {
    return this.#view.copy();
  }

  truncateAfter(index: number): void {
    this.#mustBeUsable();
    this.#view.truncateAfter(index);
    this.#setEntries(this.#entries.filter((entry) => entry.index <= index));
    this.#durableIndex = Math.min(this.#durableIndex, this.lastIndex);
    this.#flushTarget = Math.min(this.#flushTarget, this.lastIndex);
  }

  compactBefore(index: number): void {
    this.#mustBeUsable();
    const bound = Math.min(index, this.lastIndex + 1);
    const firstKept = Math.max(this.firstIndex, bound - ((bound - 1) % entriesPerGroup));
    this.#view.compactBefore(firstKept);
    this.#setEntries(this.#entries.filter((entry) => entry.index >= firstKept));
  }

  reset(nextIndex: number, previousTerm = 0): void {
    this.#mustBeUsable();
    this.#view = new LogView(nextIndex, previousTerm);
    this.#setEntries([]);
    this.#durableIndex = nextIndex - 1;
    this.#flushTarget = nextIndex - 1;
  }

  async close(): Promise<void> {
    if (this.#failure !== null) return;
    await this.flush();
    this.#failure = new JournalError('closed', 'The simulated journal is closed.');
  }

  #mustBeUsable(): void {
    if (this.#failure !== null) throw this.#failure;
  }

  #take(entry: Entry): void {
    this.#view.append(entry.term, entry.kind, entry.payload.length);
    this.#entries.push(entry);
    this.#sizeBytes += frameBytes(entry.payload.length);
  }

  #setEntries(entries: Entry[]): void {
    this.#entries = entries;
    this.#sizeBytes = 0;
    for (const entry of entries) this.#sizeBytes += frameBytes(entry.payload.length);
  }

  #startFlush(): Promise<number> {
    this.#flushTarget = this.lastIndex;
    this.#running = this.sync().then(
      () => {
        this.#running = null;
        this.#durableIndex = Math.max(this.#durableIndex, this.#flushTarget);
        return this.#flushTarget;
      },
      (error: unknown) => {
        this.#running = null;
        this.#failure = new JournalError('io', 'The simulated sync failed.', error);
        throw this.#failure;
      },
    );
    return this.#running;
  }
}
