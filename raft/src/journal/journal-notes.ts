// The journal's few words about itself, beside the segments: what a clean close knew, and removals under way.
// Guarantees: replaced as a whole or not at all (checked-file.ts).
// Leaves to others: acting on them (recovery.ts).

import { DamagedFileError, readCheckedFile, writeCheckedFile } from '../disk/checked-file.ts';
import type { Disk } from '../disk/disk.ts';
import { JournalError } from './journal-error.ts';

/** A removal that must be completed at the next open if it was interrupted. */
export type Removal =
  | { readonly kind: 'truncate'; readonly afterIndex: number }
  | { readonly kind: 'reset'; readonly nextIndex: number; readonly previousTerm: number };

export interface JournalNotes {
  readonly version: 1;
  /** Everything up to here was durable when this was written. */
  readonly durableIndex: number;
  /** Random number that marks the frames of this journal. */
  readonly salt: number;
  readonly removal: Removal | null;
}

export const notesFileName = 'journal.notes';

export function writeNotes(disk: Disk, dir: string, notes: JournalNotes): void {
  writeCheckedFile(disk, `${dir}/${notesFileName}`, notes);
}

/** The notes, null if there are none yet. Throws JournalError `corrupt` if they cannot be read. */
export function readNotes(disk: Disk, dir: string): JournalNotes | null {
  const path = `${dir}/${notesFileName}`;
  let notes: JournalNotes | null;
  try {
    notes = readCheckedFile(disk, path) as JournalNotes | null;
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    throw new JournalError(
      'corrupt',
      `${error.message}. It says how far the log was durable at the last clean stop. Restore the data folder from a ` +
        'backup; or delete this file, and the log is checked against its own marks only.',
    );
  }
  if (notes === null || notes.version === 1) return notes;
  throw new JournalError(
    'corrupt',
    `${path} has version ${notes.version}, which this release does not know. Use the release that wrote it, or a later one.`,
  );
}
