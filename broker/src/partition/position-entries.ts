// Writes how far exporters have got into the log, as entries of their own between turns.
//
// Nothing is lost when an entry is not taken: the positions come again with the exporters' next progress.
import { EntryKind, type RaftNode } from '@millrace/raft';
import type { StateDb } from '../core/state/state-db.ts';
import { type ExportedPosition, encodeExporterPositions } from '../exporting/index.ts';
import type { ExporterPositions } from './exporter-positions.ts';

export class PositionEntries {
  readonly #raft: RaftNode;
  readonly #db: StateDb;
  readonly #exporters: ExporterPositions;
  readonly #mayWrite: () => boolean;
  #waiting: readonly ExportedPosition[] = [];
  /** Written and not committed, by log index. */
  #open: { readonly index: number; readonly positions: readonly ExportedPosition[] }[] = [];

  /** @param mayWrite whether the partition leads and no turn is open */
  constructor(raft: RaftNode, db: StateDb, exporters: ExporterPositions, mayWrite: () => boolean) {
    this.#raft = raft;
    this.#db = db;
    this.#exporters = exporters;
    this.#mayWrite = mayWrite;
  }

  add(positions: readonly ExportedPosition[]): void {
    this.#waiting = [...this.#waiting, ...positions];
    this.write();
  }

  /** To be called whenever a turn has ended. */
  write(): void {
    if (this.#waiting.length === 0 || !this.#mayWrite()) return;
    const positions = this.#waiting;
    this.#waiting = [];
    const payload = encodeExporterPositions(positions);
    let index: number;
    try {
      ({ index } = this.#raft.propose(EntryKind.exporterPositions, payload));
    } catch {
      return;
    }
    this.#exporters.apply(positions);
    this.#db.sealEntry(index, payload.length);
    this.#open.push({ index, positions });
  }

  /** Everything up to this log index is committed. */
  committed(upToIndex: number): void {
    while (this.#open[0] !== undefined && this.#open[0].index <= upToIndex)
      this.#exporters.commit(this.#open.shift()?.positions ?? []);
  }

  clear(): void {
    this.#waiting = [];
    this.#open = [];
  }
}
