// The replicated log of one partition as its users see it: entries with rising indexes, durable after a flush.
// Guarantees: stated per method; two implementations (segmented-journal.ts on disk, memory-journal.ts simulated) pass one
// suite (journal.conformance.ts).
// Leaves to others: what a payload means, when to flush, how far to compact.

import type { LogView } from '../core/log-view.ts';

/** Largest payload of one entry in bytes; the caller's own limit (a turn of a few MB) is far below. */
export const payloadBytesMax = 64 * 1024 * 1024;

/** What is appended. The journal keeps a reference to the payload: it must not be changed afterwards. */
export interface NewEntry {
  readonly term: number;
  readonly kind: number;
  readonly payload: Uint8Array;
}

export interface Entry {
  readonly index: number;
  readonly term: number;
  readonly kind: number;
  /** The bytes that were appended; read-only for everyone. */
  readonly payload: Uint8Array;
  /** The index known durable on the writing member when this entry was written; always below `index`. */
  readonly durable: number;
}

/** What opening the journal cut off: entries that nobody can have been told about. */
export interface LogCut {
  readonly file: string;
  /** Where the first unusable frame was, bytes from the file's start. */
  readonly offset: number;
  /** The first index that is gone. */
  readonly index: number;
  /** Bytes that were not zero and have been cleared, later segments included. */
  readonly bytes: number;
  /** Intact frames behind the first bad one, cut with it. */
  readonly intactFrames: number;
  readonly reason: string;
}

export interface Journal {
  /** Index of the oldest entry kept; `lastIndex + 1` when there is none. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  /** Term of the last entry, or of the one before `firstIndex` if the journal is empty; 0 if there never was one. */
  readonly lastTerm: number;
  /** Everything up to here survives a crash of the machine. */
  readonly durableIndex: number;
  /** Bytes of all entries kept with their frames; what the files occupy may be more. */
  readonly sizeBytes: number;
  /** What opening cut off, null if nothing. */
  readonly cut: LogCut | null;

  /**
   * Writes one entry behind the last and answers its index. It can be read at once and is durable after the next flush.
   * Throws JournalError (`disk-full` and `read-only` leave no trace and may be retried), RangeError for a kind that is not
   * known, a payload over `payloadBytesMax` or a term below the last one.
   */
  append(entry: NewEntry): number;

  /**
   * Makes everything that was appended before the call durable and answers the highest such index. Whoever truncates
   * while a flush runs looks at `durableIndex` instead, which knows of it. Rejects with a JournalError; then the journal refuses all changes until it is opened again,
   * because after a failed sync nobody knows what reached the disk.
   */
  flush(): Promise<number>;

  read(index: number): Entry | undefined;

  /**
   * Entries from the index on, as many as fit into `maxBytes` of payload, but at least one if there is one. Empty when the
   * index is above the last; throws CompactedError when it is below the first.
   */
  readFrom(index: number, maxBytes: number): Entry[];

  /** Term of the entry, also of the one just before `firstIndex`; undefined outside of that. */
  termAt(index: number): number | undefined;

  /** Index and term of all entries, as a copy of the reader's own. */
  outline(): LogView;

  /** Removes all entries above the index, durably; blocks until that is done. For conflicts with a new leader's log. */
  truncateAfter(index: number): void;

  /** May remove entries below the index: whole segments only, so `firstIndex` afterwards is at most the index. */
  compactBefore(index: number): void;

  /** Removes everything, durably; the next entry gets `nextIndex` and follows an entry of `previousTerm`. */
  reset(nextIndex: number, previousTerm?: number): void;

  /** Flushes, notes that everything is durable, and releases the files. */
  close(): Promise<void>;
}
