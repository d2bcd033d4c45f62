// When to take a checkpoint, and how far the log may be compacted behind it (design.md 3).
import type { PendingCheckpoint, RaftNode } from '@millrace/raft';
import type { PartitionStore } from '../store/partition-store.ts';
import type { ExporterPositions } from './exporter-positions.ts';
import type { PartitionOptions } from './partition-options.ts';

/** Checkpoints kept: the newest, and the one before it in case the newest turns out to be damaged. */
const KEEP = 2;

export class Checkpointing {
  readonly #options: PartitionOptions;
  readonly #raft: RaftNode;
  readonly #store: PartitionStore;
  readonly #exporters: ExporterPositions;
  #running: Promise<void> | undefined;
  #lastBytes: number;
  #lastIndex: number;

  constructor(
    options: PartitionOptions,
    raft: RaftNode,
    store: PartitionStore,
    exporters: ExporterPositions,
  ) {
    this.#options = options;
    this.#raft = raft;
    this.#store = store;
    this.#exporters = exporters;
    this.#lastBytes = raft.journal.sizeBytes;
    this.#lastIndex = raft.checkpoints.newest()?.manifest.index ?? 0;
  }

  get index(): number {
    return this.#lastIndex;
  }

  /** Whether the log has grown enough since the last one. */
  get isDue(): boolean {
    return this.#raft.journal.sizeBytes - this.#lastBytes > this.#options.checkpointLogBytes;
  }

  /** Takes one, unless one is being taken or nothing has happened since the last. @throws JournalError, StoreError */
  take(): Promise<void> {
    this.#running ??= this.#take().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #take(): Promise<void> {
    if (this.#store.db.committedIndex > this.#lastIndex) {
      let pending: PendingCheckpoint | undefined;
      try {
        const taken = await this.#store.takeCheckpoint(({ index, position }) => {
          const term = this.#raft.journal.termAt(index) ?? this.#raft.term;
          pending = this.#raft.checkpoints.begin({ index, term, position });
          return pending.path;
        });
        await pending?.commit('millrace');
        this.#lastIndex = taken.index;
      } catch (error) {
        pending?.abort();
        throw error;
      }
      this.#raft.checkpoints.prune(KEEP);
    }
    this.#lastBytes = this.#raft.journal.sizeBytes;
    this.compact();
  }

  /** Deletes what neither a start nor an exporter needs any more. */
  compact(): void {
    const oldest = this.#raft.checkpoints.list()[0]?.manifest.index ?? 0;
    let bound = oldest + 1;
    for (const id of this.#options.exporterIds) {
      bound = Math.min(bound, (this.#exporters.committed(id)?.index ?? 0) + 1);
    }
    this.#raft.compact(bound);
  }
}
