// What can go wrong with the log, as values with a code.
// Guarantees: every fault of the disk that a journal meets arrives as a JournalError whose code says what can be done.
// Leaves to others: the reaction (raft-node.ts, and the partition above it).

/**
 * - `disk-full`, `read-only`: the append left no trace; it may be tried again when there is space or write access.
 * - `io`: the disk failed; nothing on this journal is trusted until it is opened again.
 * - `corrupt`: damage below what is known durable; the journal does not open.
 * - `closed`: used after `close`.
 */
export type JournalErrorCode = 'disk-full' | 'io' | 'read-only' | 'corrupt' | 'closed';

export class JournalError extends Error {
  readonly code: JournalErrorCode;

  constructor(code: JournalErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JournalError';
    this.code = code;
  }
}

/** Damage in entries that were known durable: they may have been acknowledged, so nothing is cut and nothing starts. */
export class CorruptLogError extends JournalError {
  readonly file: string;
  /** Bytes from the file's start. */
  readonly offset: number;
  /** The entry that should be there. */
  readonly index: number;

  constructor(file: string, offset: number, index: number, durableIndex: number, reason: string) {
    super(
      'corrupt',
      `The log is damaged at entry ${index} (${file}, offset ${offset}: ${reason}), but entries up to ${durableIndex} ` +
        'are known to have been durable, so acknowledged work may be lost. The log is left as it is. Restore the data ' +
        "folder from a backup, or move this member's folder away and let it be filled from the other members.",
    );
    this.name = 'CorruptLogError';
    this.file = file;
    this.offset = offset;
    this.index = index;
  }
}

/** Something intact of a kind or format version that this release does not know. It is never skipped. */
export class UnknownEntryError extends Error {
  readonly file: string;
  readonly offset: number;
  /** Null when it is a whole segment whose version is not known. */
  readonly entryKind: number | null;
  readonly formatVersion: number;

  constructor(file: string, offset: number, entryKind: number | null, formatVersion: number) {
    const what = entryKind === null ? 'a segment' : `an entry of kind ${entryKind}`;
    super(
      `The log holds ${what} in format version ${formatVersion}, which this release does not know ` +
        `(${file}, offset ${offset}). Use the release that wrote it, or a later one.`,
    );
    this.name = 'UnknownEntryError';
    this.file = file;
    this.offset = offset;
    this.entryKind = entryKind;
    this.formatVersion = formatVersion;
  }
}

/** A reader asked for an entry that compaction has removed. */
export class CompactedError extends Error {
  readonly index: number;
  readonly firstIndex: number;

  constructor(index: number, firstIndex: number) {
    super(`Entry ${index} was compacted away; the log begins at entry ${firstIndex}.`);
    this.name = 'CompactedError';
    this.index = index;
    this.firstIndex = firstIndex;
  }
}

/** Makes a JournalError of whatever the disk threw while the journal was doing `what`. */
export function journalErrorOf(error: unknown, what: string): JournalError {
  if (error instanceof JournalError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  const text = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new JournalError(
      'disk-full',
      `The disk is full: ${what} failed (${text}). Free some space.`,
      error,
    );
  }
  if (code === 'EROFS' || code === 'EACCES' || code === 'EPERM') {
    return new JournalError(
      'read-only',
      `The disk cannot be written: ${what} failed (${text}). Check the mount and the permissions.`,
      error,
    );
  }
  return new JournalError(
    'io',
    `The disk failed: ${what} (${text}). Check the disk, then start again.`,
    error,
  );
}
