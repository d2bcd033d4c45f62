// The term of this member and its vote in it.
// Guarantees: durable when `save` returns, so that a vote that was told can never be given twice; a crash leaves the old
// or the new vote; damage is refused, never guessed.
// Leaves to others: when to vote (core/).
import { DamagedFileError, readCheckedFile, writeCheckedFile } from '../disk/checked-file.ts';
import type { Disk } from '../disk/disk.ts';
import { JournalError, journalErrorOf } from './journal-error.ts';

export interface Vote {
  readonly term: number;
  /** The member that this one votes for in the term, null if it has not voted. */
  readonly votedFor: number | null;
}

export interface VoteStore {
  readonly vote: Vote;
  /** Replaces the vote; blocks for two syncs. Throws JournalError, then the old vote stands. */
  save(vote: Vote): void;
}

/** Opens the vote kept in the file; term 0 without a vote if there is none. Throws JournalError. */
export function openVoteStore(disk: Disk, path: string): VoteStore {
  let vote = readVote(disk, path);
  return {
    get vote() {
      return vote;
    },
    save(next) {
      try {
        writeCheckedFile(disk, path, { version: 1, term: next.term, votedFor: next.votedFor });
      } catch (error) {
        throw journalErrorOf(error, `saving the vote in ${path}`);
      }
      vote = { term: next.term, votedFor: next.votedFor };
    },
  };
}

function readVote(disk: Disk, path: string): Vote {
  let kept: ({ readonly version: number } & Vote) | null;
  try {
    kept = readCheckedFile(disk, path) as typeof kept;
  } catch (error) {
    if (!(error instanceof DamagedFileError))
      throw journalErrorOf(error, `reading the vote in ${path}`);
    throw new JournalError(
      'corrupt',
      `${error.message}. It holds the vote of this member; without it the member could vote twice in one term. ` +
        'Restore the data folder from a backup. In a group of one member the file may be deleted instead.',
    );
  }
  if (kept === null) return { term: 0, votedFor: null };
  if (kept.version !== 1) {
    throw new JournalError(
      'corrupt',
      `${path} has version ${kept.version}, which this release does not know. Use the release that wrote it, or a later one.`,
    );
  }
  return { term: kept.term, votedFor: kept.votedFor };
}
