// What a member must remember besides its log and its vote: that it has begun, and who is in the group.
// Guarantees: durable when a method returns; the configurations kept are always those that the log implies: the newest one
// at or below the log's beginning, and all above it. So a restart knows the members although the entry that named them may be
// compacted, and a truncation brings back the members from before.
// Leaves to others: what the members may do (core/), the order in which log and record are written (raft-node.ts).
//
// Order: an entry that changes the members is noted here before it is appended, and forgotten after the log was truncated.
// Between the two, and after a crash there, a noted configuration may have no entry; `openMemberRecord` drops it, because index
// and term together name one entry of the group.
import type { LogView } from './core/log-view.ts';
import type { Configuration } from './core/state.ts';
import { DamagedFileError, readCheckedFile, writeCheckedFile } from './disk/checked-file.ts';
import type { Disk } from './disk/disk.ts';
import { JournalError, journalErrorOf } from './journal/journal-error.ts';

/** Members, and the entry of the log that named them (0 of term 0: the group began with them). */
export interface KnownConfiguration extends Configuration {
  readonly term: number;
}

interface Kept {
  readonly version: 1;
  /** The member's folder was lost: what it once promised is forgotten, so it takes part in no majority yet. */
  readonly isRecovering: boolean;
  readonly configurations: readonly KnownConfiguration[];
  /** Vote and log have been there; missing in what the first openings write. */
  readonly hasBegun?: boolean;
}

/**
 * Notes that a member which has begun has lost its vote or its log, as if its whole folder was lost. A member that is alone
 * goes on: nobody else remembers what it promised. Throws JournalError.
 */
export function noteLoss(disk: Disk, path: string): void {
  const kept = read(disk, path);
  const newest = kept?.configurations.at(-1);
  if (kept === null || kept.hasBegun !== true || newest === undefined) return;
  if (newest.members.length <= 1 && newest.oldMembers === null) return;
  new MemberRecord(disk, path, kept).lost();
}

/**
 * The record of a member whose log is open; null if the member has never begun. Throws JournalError, `corrupt` if the
 * file is damaged.
 */
export function openMemberRecord(disk: Disk, path: string, log: LogView): MemberRecord | null {
  const kept = read(disk, path);
  if (kept === null) return null;
  const { configurations } = kept;
  const implied = configurations.filter((c) => isInLog(c, log));
  const record = new MemberRecord(disk, path, { ...kept, configurations: implied });
  if (implied.length < configurations.length) record.forgetBefore(log.firstIndex, true);
  return record;
}

/** Writes the first record of a member. Throws JournalError. */
export function createMemberRecord(
  disk: Disk,
  path: string,
  isRecovering: boolean,
  configurations: readonly KnownConfiguration[],
): MemberRecord {
  const record = new MemberRecord(disk, path, { version: 1, isRecovering, configurations });
  record.forgetBefore(0, true);
  return record;
}

function isInLog(configuration: KnownConfiguration, log: LogView): boolean {
  const { index, term } = configuration;
  return index < log.firstIndex || log.termAt(index) === term;
}

/** Use `openMemberRecord` or `createMemberRecord`. */
export class MemberRecord {
  readonly #disk: Disk;
  readonly #path: string;
  #kept: Kept;

  constructor(disk: Disk, path: string, kept: Kept) {
    this.#disk = disk;
    this.#path = path;
    this.#kept = kept;
  }

  get isRecovering(): boolean {
    return this.#kept.isRecovering;
  }

  /** Oldest first; empty if nobody has told this member of its group yet. */
  get configurations(): readonly KnownConfiguration[] {
    return this.#kept.configurations;
  }

  /** The members as of an entry of the log. */
  configurationAt(index: number): KnownConfiguration | null {
    return this.configurations.findLast((c) => c.index <= index) ?? null;
  }

  /** Vote and log are there from now on. */
  begun(): void {
    if (this.#kept.hasBegun !== true) this.#save({ ...this.#kept, hasBegun: true });
  }

  /** What the member promised is forgotten. */
  lost(): void {
    if (!this.isRecovering) this.#save({ ...this.#kept, isRecovering: true });
  }

  /** The member has caught up and counts again. */
  recovered(): void {
    if (this.isRecovering) this.#save({ ...this.#kept, isRecovering: false });
  }

  /** Before the entry that holds it is appended. */
  note(configuration: KnownConfiguration): void {
    const before = this.configurations.filter((c) => c.index < configuration.index);
    this.#save({ ...this.#kept, configurations: [...before, configuration] });
  }

  /** After the entries above the index have been removed from the log. */
  truncateAfter(index: number): void {
    const left = this.configurations.filter((c) => c.index <= index);
    if (left.length === this.configurations.length) return;
    this.#save({ ...this.#kept, configurations: left });
  }

  /** The log begins with this entry now: of what was before it only the newest is needed. */
  forgetBefore(firstIndex: number, mustWrite = false): void {
    const { configurations } = this;
    const from = configurations.findLastIndex((c) => c.index < firstIndex);
    if (from <= 0 && !mustWrite) return;
    this.#save({ ...this.#kept, configurations: configurations.slice(Math.max(0, from)) });
  }

  /** The log was replaced by one that begins behind the entry with these members. */
  replace(configuration: KnownConfiguration): void {
    this.#save({ ...this.#kept, configurations: [configuration] });
  }

  #save(next: Kept): void {
    try {
      writeCheckedFile(this.#disk, this.#path, next);
    } catch (error) {
      throw journalErrorOf(error, `saving the members in ${this.#path}`);
    }
    this.#kept = next;
  }
}

function read(disk: Disk, path: string): Kept | null {
  let kept: Kept | null;
  try {
    kept = readCheckedFile(disk, path) as Kept | null;
  } catch (error) {
    if (!(error instanceof DamagedFileError)) {
      throw journalErrorOf(error, `reading the members in ${path}`);
    }
    throw new JournalError(
      'corrupt',
      `${error.message}. It names the members of the group. Restore the data folder from a backup, or move this ` +
        "member's folder away and let it be filled from the other members.",
    );
  }
  if (kept === null || kept.version === 1) return kept;
  throw new JournalError(
    'corrupt',
    `${path} has version ${kept.version}, which this release does not know. Use the release that wrote it, or a later one.`,
  );
}
