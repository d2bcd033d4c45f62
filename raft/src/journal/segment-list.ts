// The segments of an open journal in order, and which of them the disk still owes a sync.
// Guarantees: there is always a last one, which takes the appends; besides it at most one file is open for reading, and any
// that are unsynced.
// Leaves to others: what an append or a truncation means (segmented-journal.ts).
import type { Entry } from './journal.ts';
import { journalErrorOf } from './journal-error.ts';
import { removeSegments } from './recovery.ts';
import type { Segment, SegmentPlace } from './segment.ts';
import { segmentHeaderBytes } from './segment-format.ts';

export class SegmentList {
  readonly #place: SegmentPlace;
  readonly #segments: Segment[];
  readonly #unsynced = new Set<Segment>();
  /** Names in the folder have changed since the last sync of it began. */
  #folderUnsynced = false;
  /** The segment other than the last whose file is open for reading. */
  #reading: Segment | null = null;
  tail: Segment;

  constructor(place: SegmentPlace, segments: Segment[]) {
    this.#place = place;
    this.#segments = segments;
    this.tail = segments.at(-1) as Segment;
  }

  get firstIndex(): number {
    return (this.#segments[0] as Segment).firstIndex;
  }

  get sizeBytes(): number {
    let bytes = 0;
    for (const segment of this.#segments) bytes += segment.end - segmentHeaderBytes;
    return bytes;
  }

  /** Adds a segment, which becomes the last; its name is not durable yet. */
  push(segment: Segment): void {
    const previous = this.tail;
    this.#segments.push(segment);
    this.tail = segment;
    this.#folderUnsynced = true;
    this.#releaseIfIdle(previous);
  }

  /** The last segment has bytes that a sync must cover. */
  noteUnsynced(): void {
    this.#unsynced.add(this.tail);
  }

  /** Starts to sync all that is unsynced; resolves when it is durable. */
  sync(): Promise<unknown> {
    const segments = [...this.#unsynced];
    const all = segments.map((segment) => segment.file.sync());
    if (this.#folderUnsynced) all.push(this.#place.disk.syncFolder(this.#place.dir));
    this.#unsynced.clear();
    this.#folderUnsynced = false;
    if (all.length === 1 && segments[0] === this.tail) return all[0] as Promise<void>;
    return Promise.all(all).then(() => {
      for (const segment of segments) this.#releaseIfIdle(segment);
    });
  }

  /** Appends to `out` entries from `from` on, of one segment only; answers the payload bytes and where that one ends. */
  read(
    from: number,
    upTo: number,
    bytesLeft: number,
    out: Entry[],
  ): { bytes: number; end: number } {
    const segment = this.#segmentOf(from);
    if (segment !== this.tail && segment !== this.#reading) {
      const before = this.#reading;
      this.#reading = segment;
      if (before !== null) this.#releaseIfIdle(before);
    }
    const end = Math.min(upTo, segment.lastIndex);
    try {
      return { bytes: segment.readInto(from, end, bytesLeft, out), end };
    } catch (error) {
      throw journalErrorOf(error, `reading ${segment.path}`);
    }
  }

  /** Removes the segments that begin behind the entry after this one, newest first and durably, but never the first. */
  removeBehind(index: number): void {
    const at = this.#segments.findIndex((s, place) => place > 0 && s.firstIndex > index + 1);
    if (at > 0) this.#remove(at);
    this.tail = this.#segments.at(-1) as Segment;
  }

  /** Removes the oldest segments as long as all their entries are below the index; the last one stays. */
  removeBefore(index: number): void {
    while (this.#segments.length > 1 && (this.#segments[1] as Segment).firstIndex <= index) {
      const oldest = this.#segments[0] as Segment;
      this.#forget(oldest);
      oldest.remove();
      this.#segments.shift();
      this.#folderUnsynced = true;
    }
  }

  /** Removes all segments durably, then makes the one that takes their place. */
  replaceAll(make: () => Segment): void {
    this.#remove(0);
    this.tail = make();
    this.#segments.push(this.tail);
  }

  /** Closes all files. */
  release(): void {
    for (const segment of this.#segments) segment.release();
  }

  #remove(from: number): void {
    const removed = this.#segments.splice(from);
    for (const segment of removed) this.#forget(segment);
    removeSegments(
      this.#place,
      removed.map((segment) => segment.firstIndex),
    );
  }

  #forget(segment: Segment): void {
    this.#unsynced.delete(segment);
    if (this.#reading === segment) this.#reading = null;
    segment.release();
  }

  #releaseIfIdle(segment: Segment): void {
    if (segment === this.tail || segment === this.#reading || this.#unsynced.has(segment)) return;
    segment.release();
  }

  #segmentOf(index: number): Segment {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#segments[middle] as Segment).firstIndex <= index) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low] as Segment;
  }
}
