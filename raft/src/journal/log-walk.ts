// Reads a whole log from its first segment on and finds out how far it is intact.
// Guarantees: changes nothing; every entry up to where it stops is intact, in sequence and of a kind that is known; all
// durable marks are seen, those of intact frames behind the first bad one included.
// Leaves to others: what to do about it (recovery.ts).
import { LogView } from '../core/log-view.ts';
import { FrameScanner } from './frame-scanner.ts';
import { UnknownEntryError } from './journal-error.ts';
import { checkKnown } from './read-frames.ts';
import { Segment, type SegmentPlace } from './segment.ts';
import {
  decodeSegmentHeader,
  firstIndexOfFileName,
  frame,
  type SegmentHeader,
  segmentFileName,
  segmentHeaderBytes,
} from './segment-format.ts';

/** Where a log stops being intact. */
export interface LogBreak {
  readonly file: string;
  /** Number of the segment in the order of the log. */
  readonly segment: number;
  readonly offset: number;
  readonly reason: string;
  /** Bytes that are not zero from there on, and the last place of one in this segment's file. */
  readonly bytes: number;
  readonly lastByte: number;
  readonly intactFrames: number;
}

export interface LogWalk {
  /** All segments up to the break; the one it lies in is included unless its header is of no use. */
  readonly segments: Segment[];
  readonly view: LogView;
  /** Highest durable mark of any intact frame. */
  readonly mark: number;
  readonly break: LogBreak | null;
}

/** First indexes of the segment files in a folder, rising. */
export function segmentFirstIndexes(names: readonly string[]): number[] {
  const found: number[] = [];
  for (const name of names) {
    const firstIndex = firstIndexOfFileName(name);
    if (firstIndex !== null) found.push(firstIndex);
  }
  return found.sort((a, b) => a - b);
}

/** The header of a segment file; null if damaged. Throws UnknownEntryError for a version that is not known. */
export function readSegmentHeader(disk: SegmentPlace['disk'], path: string): SegmentHeader | null {
  const file = disk.open(path, 'read');
  try {
    const bytes = Buffer.alloc(segmentHeaderBytes);
    const header = file.read(bytes, 0) < bytes.length ? null : decodeSegmentHeader(bytes);
    if (typeof header === 'number') throw new UnknownEntryError(path, 0, null, header);
    return header;
  } finally {
    file.close();
  }
}

/** Walks the segments with these first indexes; stops before an entry above `stopAfter` as if it were not there. */
export function walkLog(
  place: SegmentPlace,
  firstIndexes: readonly number[],
  stopAfter: number,
): LogWalk {
  return new Walk(place, firstIndexes, stopAfter).run();
}

class Walk {
  readonly #place: SegmentPlace;
  readonly #firstIndexes: readonly number[];
  readonly #stopAfter: number;
  readonly #segments: Segment[] = [];
  #view: LogView;
  #mark = 0;
  #window: Buffer = Buffer.allocUnsafeSlow(1024 * 1024);

  constructor(place: SegmentPlace, firstIndexes: readonly number[], stopAfter: number) {
    this.#place = place;
    this.#firstIndexes = firstIndexes;
    this.#stopAfter = stopAfter;
    this.#view = new LogView(firstIndexes[0] ?? 1);
  }

  run(): LogWalk {
    let found: LogBreak | null = null;
    for (let number = 0; number < this.#firstIndexes.length && found === null; number++) {
      const bad = this.#enter(number);
      found = bad === null ? this.#walkSegment(number) : this.#breakAt(number, 0, bad);
      if (number + 1 < this.#firstIndexes.length) this.#segments[number]?.release();
    }
    return { segments: this.#segments, view: this.#view, mark: this.#mark, break: found };
  }

  #path(number: number): string {
    return `${this.#place.dir}/${segmentFileName(this.#firstIndexes[number] as number)}`;
  }

  /** Takes up the next segment; answers what is wrong with it, null if nothing. */
  #enter(number: number): string | null {
    const firstIndex = this.#firstIndexes[number] as number;
    const expected = this.#view.lastIndex + 1;
    if (firstIndex !== expected) {
      return `the segment begins with entry ${firstIndex}, entries from ${expected} on are missing before it`;
    }
    const header = readSegmentHeader(this.#place.disk, this.#path(number));
    if (header === null) return 'the header of the segment is damaged';
    if (header.salt !== this.#place.salt) return 'the segment belongs to another log';
    if (header.firstIndex !== firstIndex) return 'the header and the name of the segment differ';
    if (number === 0) this.#view = new LogView(firstIndex, header.previousTerm);
    if (header.previousTerm !== this.#view.lastTerm) {
      return `the segment follows term ${header.previousTerm}, not ${this.#view.lastTerm}`;
    }
    const file = this.#place.disk.open(this.#path(number), 'write');
    const size = file.size();
    this.#segments.push(new Segment(this.#place, firstIndex, header.previousTerm, size, file));
    return null;
  }

  #walkSegment(number: number): LogBreak | null {
    const segment = this.#segments[number] as Segment;
    const scanner = new FrameScanner(segment.file, this.#place.salt, segment.end, this.#window);
    let verdict = scanner.judge();
    let reason: string | null = null;
    while (verdict === 'valid' && reason === null) {
      reason = this.#takeFrame(segment, scanner);
      if (reason === null) {
        scanner.next();
        verdict = scanner.judge();
      }
    }
    this.#window = scanner.buffer;
    if (verdict === 'foreign') {
      checkKnown(scanner.buffer, scanner.at, segment.path, scanner.offset);
    }
    const expected = this.#view.lastIndex + 1;
    if (
      reason === null &&
      this.#firstIndexes[number + 1] === expected &&
      expected <= this.#stopAfter
    ) {
      return null; // The rest of a full segment does not matter: nothing is missing.
    }
    reason ??= verdict === 'damaged' ? 'the frame is damaged' : 'nothing is written here';
    return this.#breakAt(number, scanner.offset, reason);
  }

  /** Takes the intact frame at the scanner into the log; answers why it does not belong there, null if it does. */
  #takeFrame(segment: Segment, scanner: FrameScanner): string | null {
    const { buffer, at } = scanner;
    const expected = this.#view.lastIndex + 1;
    const index = frame.index(buffer, at);
    const term = frame.term(buffer, at);
    const durable = frame.durable(buffer, at);
    if (index !== expected) return `a frame of entry ${index} stands here`;
    if (index > this.#stopAfter) return 'a removal of the entries from here on was interrupted';
    if (term < this.#view.lastTerm) return `term ${term} follows term ${this.#view.lastTerm}`;
    if (durable >= index) return `the frame says that entry ${durable} was durable before it`;
    checkKnown(buffer, at, segment.path, scanner.offset);
    this.#view.append(term, frame.kind(buffer, at), frame.payloadBytes(buffer, at));
    segment.noteEntry(index, frame.bytes(buffer, at));
    if (durable > this.#mark) this.#mark = durable;
    return null;
  }

  /** Looks at everything from the break on; null if there is nothing at all, which is how every log ends. */
  #breakAt(number: number, offset: number, reason: string): LogBreak | null {
    let bytes = 0;
    let lastByte = -1;
    let intactFrames = 0;
    for (let later = number; later < this.#firstIndexes.length; later++) {
      const from = later === number && offset > 0 ? offset : segmentHeaderBytes;
      const file = this.#place.disk.open(this.#path(later), 'read');
      try {
        const scanner = new FrameScanner(file, this.#place.salt, from, this.#window);
        intactFrames += this.#collectMarks(scanner);
        scanner.offset = from;
        const leftovers = scanner.findLeftovers();
        this.#window = scanner.buffer;
        bytes += leftovers.bytes;
        if (later === number) lastByte = leftovers.last;
      } finally {
        file.close();
      }
    }
    const isEnd = offset > 0 && bytes === 0 && number + 1 === this.#firstIndexes.length;
    if (isEnd) return null;
    const file = this.#path(number);
    return { file, segment: number, offset, reason, bytes, lastByte, intactFrames };
  }

  #collectMarks(scanner: FrameScanner): number {
    let frames = 0;
    while (scanner.findFrame()) {
      frames++;
      if (frame.version(scanner.buffer, scanner.at) === 1) {
        this.#mark = Math.max(this.#mark, frame.durable(scanner.buffer, scanner.at));
      }
      scanner.next();
    }
    return frames;
  }
}
