// What the state of a partition lies on: the two interfaces between the store (layers, flushes, decisions about which
// content is sound) and one kind of folder. LevelDB is one (level-backend.ts), a store held in memory the other
// (memory-backend.ts); both pass store.conformance.ts.
// Guarantees: nothing by itself; what a kind must promise stands at each call.
// Leaves to others: when to write, copy, open again or throw away (partition-store.ts, live-folder.ts).
import type { Disk } from '@millrace/raft';
import type { FlushBatch } from '../core/state/flush-batch.ts';
import type { RangeRead, StoredEntry } from '../core/state/range-request.ts';
import type { BaseReader } from '../core/state/state-db.ts';

/** A consistent copy of a store. */
export interface CopiedStore {
  /** Names of all files in the copy. */
  readonly files: readonly string[];
  /** Their bytes, those shared with the live store included. */
  readonly bytes: number;
}

/** The part of a range that a read asks for. */
export type RangeBounds = Pick<RangeRead, 'prefix' | 'after' | 'limit'>;

/** An open store. After an error of a write it may refuse all further ones until it is opened again. */
export interface LiveStore extends BaseReader {
  /** The folder. */
  readonly dir: string;
  /** Entries whose keys start with the prefix, above `after`, in order. Rejects with a StoreError. */
  readRange(read: RangeBounds): Promise<readonly StoredEntry[]>;
  /** Everything in the order of key bytes, as of the call. */
  entries(): AsyncIterable<StoredEntry>;
  /**
   * Writes the batch, all of it or nothing, so that it survives the end of the process, not that of the machine. Rejects
   * with a StoreError, or with what a codec has thrown.
   */
  write(batch: FlushBatch): Promise<void>;
  /**
   * Copies the store into the new folder. No write may be under way. Rejects with a StoreError and leaves nothing behind.
   * @param onCopied the live store is not needed any more, writes may go on; the copy is not durable yet
   */
  copyTo(targetDir: string, onCopied: () => void): Promise<CopiedStore>;
  close(): Promise<void>;
}

/** One kind of store. */
export interface StoreBackend {
  /** Where its folders are. */
  readonly disk: Disk;
  /** Opens the store, or makes an empty one. Rejects with a StoreError: `corrupt` when the content cannot be used. */
  open(dir: string, options: { readonly createIfMissing: boolean }): Promise<LiveStore>;
  /** Makes the new folder a store with the content of a copy, which it checks. Rejects with a StoreError. */
  restore(copyDir: string, targetDir: string): Promise<void>;
}
