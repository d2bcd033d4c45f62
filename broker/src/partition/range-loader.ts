// Brings ranges of the state into memory between commands ("load, then run", design.md 3).

import type { StoredEntry } from '../core/state/range-request.ts';
import {
  RangeNotLoaded,
  type RangeRead,
  type RangeRequest,
  type StateDb,
} from '../core/state/state-db.ts';

/** The store's side: entries of a range, read asynchronously. */
export type ReadRange = (read: RangeRead) => Promise<readonly StoredEntry[]>;

export class RangeLoader {
  readonly #db: StateDb;
  readonly #read: ReadRange;
  readonly #refilling = new Set<string>();

  constructor(db: StateDb, read: ReadRange) {
    this.#db = db;
    this.#read = read;
  }

  /** Loads and pins the range. The caller unpins it after its command has run. */
  async load(request: RangeRequest): Promise<void> {
    const db = this.#db;
    db.pin(request);
    for (let read = db.nextRead(request); read !== undefined; read = db.nextRead(request)) {
      let entries: readonly StoredEntry[] | undefined;
      try {
        entries = await this.#read(read);
      } finally {
        db.finishRead(read, entries);
      }
    }
  }

  /** Does what reads ranges, after loading those that it needs. */
  async read<R>(work: () => R): Promise<R> {
    const pinned: RangeRequest[] = [];
    try {
      for (;;) {
        try {
          return work();
        } catch (error) {
          if (!(error instanceof RangeNotLoaded)) throw error;
          pinned.push(error.request);
          await this.load(error.request);
        }
      }
    } finally {
      for (const request of pinned) this.unpin(request);
    }
  }

  unpin(request: RangeRequest): void {
    this.#db.unpin(request);
  }

  /** Loads, in the background, the windows that have run low. */
  refill(onError: (error: Error) => void): void {
    for (const request of this.#db.takeRefills()) {
      const name = `${request.family}/${request.prefix}`;
      if (this.#refilling.has(name)) continue;
      this.#refilling.add(name);
      this.load(request)
        .catch(onError)
        .finally(() => {
          this.#refilling.delete(name);
          this.#db.unpin(request);
        });
    }
  }
}
