// Puts a checkpoint that arrived from the leader, and the log that goes with it, in the place of the member's own.
// Guarantees: `orderInstall` is the one moment at which the change becomes real: before it the old checkpoint and log are as
// they were, after it the next open ends with the new ones, whatever crash comes between. Until the log has reached the
// checkpoint's entry again, opening knows that it may end before it, and only there.
// Leaves to others: the files (incoming-files.ts), closing and opening the member (whoever owns it).
import type { RaftState } from '../core/state.ts';
import { DamagedFileError, readCheckedFile, writeCheckedFile } from '../disk/checked-file.ts';
import type { Disk } from '../disk/disk.ts';
import { type CheckpointStore, checkpointId } from '../journal/checkpoint-store.ts';
import { JournalError, journalErrorOf } from '../journal/journal-error.ts';
import { orderReset } from '../journal/recovery.ts';
import { createMemberRecord, type KnownConfiguration } from '../member-record.ts';
import type { CheckpointOffer } from './checkpoint-offer.ts';
import { incomingFilesFolder, incomingFolder } from './incoming-files.ts';

/** The places in a member's folder that an install touches. */
export interface InstallPlaces {
  readonly disk: Disk;
  readonly memberDir: string;
  readonly logDir: string;
  readonly recordPath: string;
  /** Marks the frames of the new log. */
  readonly newSalt: number;
}

/** What is known of an install until the log has reached the checkpoint again. */
export interface InstallNote {
  readonly version: 1;
  /** `ordered`: to be carried out at the next open. `done`: the log may still end below `index`, not below `base`. */
  readonly phase: 'ordered' | 'done';
  /** The checkpoint's entry and term. */
  readonly index: number;
  readonly term: number;
  /** The log begins behind this entry. */
  readonly base: number;
  readonly baseTerm: number;
  readonly configuration: KnownConfiguration | null;
  /** The member's folder was lost before; see member-record.ts. */
  readonly isRecovering: boolean;
  /** See CheckpointOffer. */
  readonly configuredAt?: number;
}

function notePath(memberDir: string): string {
  return `${memberDir}/install`;
}

/** From here on the checkpoint that lies sealed in the incoming folder is this member's. Blocks for two syncs. Throws JournalError. */
export function orderInstall(
  disk: Disk,
  memberDir: string,
  offer: CheckpointOffer,
  isRecovering: boolean,
): void {
  const { base, baseTerm, configuration, configuredAt = 0 } = offer;
  const { index, term } = offer.manifest;
  const note: InstallNote = {
    version: 1,
    phase: 'ordered',
    index,
    term,
    base,
    baseTerm,
    configuration,
    isRecovering,
    configuredAt,
  };
  try {
    writeCheckedFile(disk, notePath(memberDir), note);
  } catch (error) {
    throw journalErrorOf(error, `ordering the install of the checkpoint ${checkpointId(note)}`);
  }
}

/**
 * Carries out an install that was ordered, before the log is opened, and answers what is to be known of one; null if there is
 * none. A crash at any point leaves it to the next call. Throws JournalError.
 */
export function carryOutInstall(
  places: InstallPlaces,
  checkpoints: CheckpointStore,
): InstallNote | null {
  const { disk, memberDir, logDir, recordPath, newSalt } = places;
  const note = readNote(disk, memberDir);
  if (note === null || note.phase === 'done') return note;
  const files = incomingFilesFolder(memberDir);
  const done: InstallNote = { ...note, phase: 'done' };
  try {
    if (disk.kindOf(files) !== null) checkpoints.adopt(files, checkpointId(note));
    orderReset(disk, logDir, note.base + 1, note.baseTerm, newSalt);
    const { configuration } = note;
    createMemberRecord(
      disk,
      recordPath,
      note.isRecovering,
      configuration === null ? [] : [configuration],
    );
    writeCheckedFile(disk, notePath(memberDir), done);
    disk.remove(incomingFolder(memberDir));
  } catch (error) {
    throw journalErrorOf(error, `installing the checkpoint ${checkpointId(note)}`);
  }
  return done;
}

/**
 * Whether what is known of an install is of no more use. What is not committed may be taken back, and with it what the log said
 * of the group's members.
 */
export function hasCaughtUp(
  { durableIndex, commitIndex }: Pick<RaftState, 'durableIndex' | 'commitIndex'>,
  upTo: number,
): boolean {
  return Math.min(durableIndex, commitIndex) >= upTo;
}

/** The log has reached the checkpoint again: from here on it may not end before it. */
export function forgetInstall(disk: Disk, memberDir: string): void {
  try {
    disk.remove(notePath(memberDir));
  } catch {
    // It is asked for again after the next open; until then a little less is checked there.
  }
}

function readNote(disk: Disk, memberDir: string): InstallNote | null {
  const path = notePath(memberDir);
  try {
    return readCheckedFile(disk, path) as InstallNote | null;
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw journalErrorOf(error, `reading ${path}`);
    throw new JournalError(
      'corrupt',
      `${error.message}. It says which checkpoint this member took over from its leader. Move this member's folder ` +
        'away and let it be filled from the other members.',
    );
  }
}
