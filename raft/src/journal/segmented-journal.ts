// The journal on disk: appends and flushes over preallocated segments.
// Guarantees: as in journal.ts. An append is one system call into zeros that are already on disk (a few microseconds and
// no new file metadata to sync); the next segment is prepared in the background, so an append never waits for it; a
// failed append leaves no trace; after a failed sync nothing more is accepted.
// Leaves to others: the bytes (segment-format.ts), what happens at open (recovery.ts), reading from another thread
// (journal-reader.ts).
import { randomInt } from 'node:crypto';
import { isEntryKind } from '../core/entry-kind.ts';
import { LogView } from '../core/log-view.ts';
import type { Disk } from '../disk/disk.ts';
import { nodeDisk } from '../disk/node-disk.ts';
import { systemTimers, type Timers } from '../timers.ts';
import {
  type Entry,
  type Journal,
  type LogCut,
  type NewEntry,
  payloadBytesMax,
} from './journal.ts';
import { CompactedError, JournalError, journalErrorOf } from './journal-error.ts';
import { type Removal, writeNotes } from './journal-notes.ts';
import { RecentEntries } from './recent-entries.ts';
import { type RecoveredLog, recoverLog } from './recovery.ts';
import { Segment, type SegmentPlace, writeZeros } from './segment.ts';
import {
  encodeFrameHead,
  frameBytes,
  frameHeadBytes,
  segmentHeaderBytes,
} from './segment-format.ts';
import { SegmentList } from './segment-list.ts';
import { SegmentSupply } from './segment-supply.ts';

export interface SegmentedJournalOptions {
  readonly dir: string;
  readonly disk?: Disk;
  /** Size of a prepared segment file; 64 MiB unless said otherwise. */
  readonly segmentBytes?: number;
  /** Size of the first segment of a new log; small, because the start waits for it. 4 MiB unless said otherwise. */
  readonly firstSegmentBytes?: number;
  /** Index of the newest checkpoint: damage up to here is never cut. 0 without one. */
  readonly durableFloor?: number;
  /** Term of the entry at `durableFloor`, for a log that begins behind a checkpoint. */
  readonly floorTerm?: number;
  /** Payload bytes of the newest entries that stay in memory. */
  readonly recentBytesMax?: number;
  /** Marks the frames of a new log; random unless a simulation gives it. */
  readonly newSalt?: number;
  /** Pace the preparation of segments. */
  readonly timers?: Timers;
}

/** Size of a segment that is needed while none is ready: an append waits for it, about half a millisecond. */
const urgentSegmentBytes = 1024 * 1024;

/**
 * Opens the journal in the folder, which is made if it is missing. Reads the whole log once (about a second per GB).
 * Throws CorruptLogError, UnknownEntryError or JournalError; then nothing was changed that mattered.
 */
export function openSegmentedJournal(options: SegmentedJournalOptions): SegmentedJournal {
  const segmentBytes = options.segmentBytes ?? 64 * 1024 * 1024;
  const firstSegmentBytes = Math.min(segmentBytes, options.firstSegmentBytes ?? 4 * 1024 * 1024);
  try {
    const recovered = recoverLog({
      disk: options.disk ?? nodeDisk,
      dir: options.dir,
      durableFloor: options.durableFloor ?? 0,
      floorTerm: options.floorTerm ?? 0,
      firstSegmentBytes,
      newSalt: options.newSalt ?? randomInt(1, 2 ** 32),
    });
    const recent = new RecentEntries(options.recentBytesMax ?? 4 * 1024 * 1024);
    const { disk, dir } = recovered.place;
    const supply = new SegmentSupply(disk, dir, segmentBytes, options.timers ?? systemTimers);
    return new SegmentedJournal(recovered, firstSegmentBytes, supply, recent);
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    throw typeof code === 'string'
      ? journalErrorOf(error, `opening the log in ${options.dir}`)
      : error;
  }
}

/** Use `openSegmentedJournal`. */
export class SegmentedJournal implements Journal {
  readonly cut: LogCut | null;
  readonly #place: SegmentPlace;
  readonly #segments: SegmentList;
  readonly #firstSegmentBytes: number;
  readonly #supply: SegmentSupply;
  readonly #recent: RecentEntries;
  readonly #head = Buffer.alloc(frameHeadBytes);
  #view: LogView;
  /** When the tail reaches this offset, the next segment is prepared. */
  #prepareAt = 0;
  #durableIndex: number;
  /** The index that the running flush will make durable; a truncation lowers it. */
  #flushTarget = 0;
  #running: Promise<number> | null = null;
  #queued: Promise<number> | null = null;
  #failure: JournalError | null = null;
  #closing: Promise<void> | null = null;

  constructor(
    recovered: RecoveredLog,
    firstSegmentBytes: number,
    supply: SegmentSupply,
    recent: RecentEntries,
  ) {
    this.#place = recovered.place;
    this.#segments = new SegmentList(recovered.place, recovered.segments);
    this.#view = recovered.view;
    this.#durableIndex = recovered.view.lastIndex;
    this.cut = recovered.cut;
    this.#firstSegmentBytes = firstSegmentBytes;
    this.#supply = supply;
    this.#recent = recent;
    recent.clear(recovered.view.lastIndex + 1);
    this.#prepareAt = this.#segments.tail.size / 2;
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
    return this.#segments.sizeBytes;
  }

  /** The folder, for a reader in another thread. */
  get dir(): string {
    return this.#place.dir;
  }

  termAt(index: number): number | undefined {
    return this.#view.termAt(index);
  }

  outline(): LogView {
    return this.#view.copy();
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
    if (term < this.#view.lastTerm) {
      throw new RangeError(
        `An entry of term ${term} cannot follow one of term ${this.#view.lastTerm}.`,
      );
    }
    const bytes = frameBytes(payload.length);
    if (this.#segments.tail.end + bytes > this.#segments.tail.size) this.#roll(bytes);
    const { tail } = this.#segments;
    const index = this.#view.lastIndex + 1;
    const durable = this.#durableIndex;
    encodeFrameHead(this.#head, this.#place.salt, index, term, kind, durable, payload);
    try {
      tail.file.writePair(this.#head, payload, tail.end);
    } catch (error) {
      throw this.#appendFailed(error, bytes);
    }
    tail.noteEntry(index, bytes);
    this.#view.append(term, kind, payload.length);
    this.#recent.add({ index, term, kind, payload, durable });
    this.#segments.noteUnsynced();
    if (tail.end >= this.#prepareAt) this.#prepareNext();
    return index;
  }

  flush(): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#running === null) return this.#startFlush();
    // One flush at a time; all who ask while it runs share the next one.
    this.#queued ??= this.#running.then(() => {
      this.#queued = null;
      // Somebody who asked in the meantime may have started it: two at a time would count as durable what is not.
      return this.#running ?? this.#startFlush();
    });
    return this.#queued;
  }

  read(index: number): Entry | undefined {
    if (index < this.firstIndex || index > this.lastIndex) return undefined;
    return this.#recent.get(index) ?? this.readFrom(index, 0)[0];
  }

  readFrom(index: number, maxBytes: number): Entry[] {
    if (index < this.firstIndex) throw new CompactedError(index, this.firstIndex);
    const out: Entry[] = [];
    let next = index;
    let left = maxBytes;
    const diskEnd = Math.min(this.#recent.firstIndex - 1, this.lastIndex);
    while (next <= diskEnd && (left > 0 || out.length === 0)) {
      const { bytes, end } = this.#segments.read(next, diskEnd, left, out);
      left -= bytes;
      next = index + out.length;
      if (next <= end) break;
    }
    if (next <= diskEnd) return out;
    for (; next <= this.lastIndex; next++) {
      const entry = this.#recent.get(next) as Entry;
      left -= entry.payload.length;
      if (left < 0 && out.length > 0) break;
      out.push(entry);
    }
    return out;
  }

  truncateAfter(index: number): void {
    this.#mustBeUsable();
    if (index >= this.lastIndex) return;
    if (index < this.firstIndex - 1) {
      throw new RangeError(`Entry ${index} is below the first one, ${this.firstIndex}.`);
    }
    const durableIndex = Math.min(this.#durableIndex, index);
    this.#changing(`removing the entries above ${index}`, () => {
      this.#note(durableIndex, { kind: 'truncate', afterIndex: index });
      this.#durableIndex = durableIndex;
      this.#flushTarget = Math.min(this.#flushTarget, index);
      this.#segments.removeBehind(index);
      this.#segments.tail.truncateAfter(index);
      this.#prepareAt = this.#segments.tail.size / 2;
      this.#view.truncateAfter(index);
      this.#recent.truncateAfter(index);
      this.#note(durableIndex, null);
    });
  }

  compactBefore(index: number): void {
    this.#mustBeUsable();
    try {
      this.#segments.removeBefore(index);
    } catch (error) {
      // The segments that could not be removed are still there and still in use.
      throw journalErrorOf(error, `removing old segments in ${this.#place.dir}`);
    } finally {
      this.#view.compactBefore(this.#segments.firstIndex);
    }
  }

  reset(nextIndex: number, previousTerm = 0): void {
    this.#mustBeUsable();
    this.#changing('removing all entries', () => {
      this.#note(0, { kind: 'reset', nextIndex, previousTerm });
      this.#recent.clear(nextIndex);
      const size = this.#firstSegmentBytes;
      this.#segments.replaceAll(() => {
        const segment = Segment.create(this.#place, nextIndex, previousTerm, size);
        segment.file.syncNow();
        this.#place.disk.syncFolderNow(this.#place.dir);
        return segment;
      });
      this.#prepareAt = size / 2;
      this.#view = new LogView(nextIndex, previousTerm);
      this.#durableIndex = nextIndex - 1;
      this.#flushTarget = nextIndex - 1;
      this.#note(nextIndex - 1, null);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      await this.#supply.close();
      while (
        this.#failure === null &&
        (this.#running !== null || this.#durableIndex < this.lastIndex)
      ) {
        await this.flush();
      }
      if (this.#failure === null) this.#noteCleanClose();
    } finally {
      this.#failure ??= new JournalError('closed', `The log in ${this.#place.dir} is closed.`);
      this.#segments.release();
    }
  }

  #noteCleanClose(): void {
    try {
      this.#note(this.#durableIndex, null);
    } catch {
      // On a full disk, say. The entries are durable without it; only damage to the last ones would go unnoticed.
    }
  }

  #mustBeUsable(): void {
    if (this.#failure !== null) throw this.#failure;
    if (this.#closing !== null) {
      throw new JournalError('closed', `The log in ${this.#place.dir} is being closed.`);
    }
  }

  #startFlush(): Promise<number> {
    this.#flushTarget = this.lastIndex;
    this.#running = this.#segments.sync().then(
      () => {
        this.#running = null;
        if (this.#flushTarget > this.#durableIndex) this.#durableIndex = this.#flushTarget;
        return this.#flushTarget;
      },
      (error: unknown) => {
        this.#running = null;
        throw this.#fail(error, 'making entries durable');
      },
    );
    return this.#running;
  }

  /** From now on nothing is accepted until the journal is opened again. */
  #fail(error: unknown, what: string): JournalError {
    this.#failure ??= journalErrorOf(error, `${what} in ${this.#place.dir}`);
    return this.#failure;
  }

  #changing(what: string, change: () => void): void {
    try {
      change();
    } catch (error) {
      throw this.#fail(error, what);
    }
  }

  #appendFailed(error: unknown, bytes: number): JournalError {
    const { tail } = this.#segments;
    const failure = journalErrorOf(error, `appending to ${tail.path}`);
    if (failure.code === 'io') return this.#fail(failure, 'appending');
    if (failure.code === 'read-only') return failure;
    try {
      writeZeros(tail.file, tail.end, tail.end + bytes);
    } catch {
      // Half a frame is never taken for one, and the next append writes over it.
    }
    return failure;
  }

  /** Goes on in a new segment that has room for a frame of so many bytes. Throws and changes nothing if it cannot. */
  #roll(bytes: number): void {
    const nextIndex = this.lastIndex + 1;
    const needed = segmentHeaderBytes + bytes;
    const { tail } = this.#segments;
    try {
      if (tail.lastIndex < tail.firstIndex) {
        tail.grow(needed);
        return;
      }
      const prepared = this.#supply.take(needed);
      const size = Math.max(Math.min(this.#firstSegmentBytes, urgentSegmentBytes), needed);
      this.#segments.push(
        prepared === null
          ? Segment.create(this.#place, nextIndex, this.lastTerm, size)
          : Segment.adopt(this.#place, nextIndex, this.lastTerm, prepared),
      );
    } catch (error) {
      throw journalErrorOf(error, `starting a new segment in ${this.#place.dir}`);
    }
    this.#prepareAt = this.#segments.tail.size / 2;
  }

  #prepareNext(): void {
    this.#prepareAt = Number.POSITIVE_INFINITY;
    this.#supply.prepare();
  }

  #note(durableIndex: number, removal: Removal | null): void {
    const { disk, dir, salt } = this.#place;
    writeNotes(disk, dir, { version: 1, durableIndex, salt, removal });
  }
}
