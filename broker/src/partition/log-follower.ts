// Applies committed entries that this opening did not write: recovery, and later the entries of another leader.
//
// Guarantees: entries in order, each once; between two pieces other work has its turn; memory stays bounded, because a piece
// waits while the state has more than it may hold unwritten. An entry that cannot be applied ends it (ReplayError).
// Leaves to others: what a leader does with the entries of its own turns.
import { UnknownRecordError } from '@millrace/protocol';
import {
  CorruptLogError,
  type Entry,
  JournalError,
  type RaftNode,
  type Timers,
  UnknownEntryError,
} from '@millrace/raft';
import { StoreReadError } from '../core/state/state-error.ts';
import type { PartitionStore } from '../store/partition-store.ts';

/** Bytes of entries that are applied in one piece. */
const PIECE_BYTES = 4 * 1024 * 1024;

/** A committed entry does not fit the state: opening again cannot mend that. */
export class ReplayError extends Error {
  override readonly name = 'ReplayError';
}

/** Errors that say themselves what is wrong and whether it may pass. */
function isOwnWord(error: unknown): boolean {
  return (
    error instanceof UnknownRecordError ||
    error instanceof UnknownEntryError ||
    error instanceof CorruptLogError ||
    error instanceof JournalError ||
    error instanceof StoreReadError
  );
}

export interface LogFollowerOwner {
  apply(entry: Entry): void;
  /** Everything up to here is applied. */
  reached(index: number): void;
  fail(error: Error): void;
}

export class LogFollower {
  readonly #raft: RaftNode;
  readonly #store: PartitionStore;
  readonly #owner: LogFollowerOwner;
  readonly #timers: Timers;
  /** The newest entry that is applied. */
  appliedIndex: number;
  #target = 0;
  #isScheduled = false;
  #isStopped = false;

  constructor(raft: RaftNode, store: PartitionStore, timers: Timers, owner: LogFollowerOwner) {
    this.#timers = timers;
    this.#raft = raft;
    this.#store = store;
    this.#owner = owner;
    this.appliedIndex = store.db.committedIndex;
  }

  /** Everything up to here is committed. */
  follow(upToIndex: number): void {
    this.#target = Math.max(this.#target, upToIndex);
    this.wake();
  }

  /** Goes on: to be called also when the state may have room again. */
  wake(): void {
    if (this.#isStopped || this.#isScheduled || this.#target === 0) return;
    try {
      if (this.#store.db.isFull) return this.#store.committed();
      this.#piece();
    } catch (error) {
      this.#isStopped = true;
      return this.#owner.fail(error as Error);
    }
    if (this.appliedIndex < this.#target) this.#goOnSoon();
    else this.#owner.reached(this.appliedIndex);
  }

  #goOnSoon(): void {
    this.#isScheduled = true;
    this.#timers.soon(() => {
      this.#isScheduled = false;
      this.wake();
    });
  }

  #piece(): void {
    if (this.appliedIndex >= this.#target) return;
    const entries = this.#raft.journal.readFrom(this.appliedIndex + 1, PIECE_BYTES);
    if (entries.length === 0) {
      throw new ReplayError(`entry ${this.appliedIndex + 1} is committed but not in the log`);
    }
    for (const entry of entries) {
      if (entry.index > this.#target) break;
      this.#apply(entry);
      this.appliedIndex = entry.index;
    }
    this.#store.committed();
  }

  #apply(entry: Entry): void {
    try {
      this.#owner.apply(entry);
    } catch (error) {
      if (isOwnWord(error)) throw error;
      const why = `entry ${entry.index} of the log cannot be applied to the state: ${(error as Error).message}`;
      throw new ReplayError(`${why}. Start the release that wrote it, or restore a backup.`, {
        cause: error,
      });
    }
  }

  /** The member no longer leads: from the newest committed entry on it applies again what others write. */
  restart(): void {
    this.#isStopped = false;
    this.appliedIndex = this.#store.db.committedIndex;
    this.follow(this.#raft.commitIndex);
  }

  /** The member leads now, or has ended: entries come another way. */
  stop(): void {
    this.#isStopped = true;
  }
}
