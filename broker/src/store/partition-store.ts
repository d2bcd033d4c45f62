// The state of one partition on disk: the layers over the store below (LevelDB), the flushes between them, checkpoints, and what is done
// when the disk takes nothing.
//
// A flush starts when enough has been committed; one at a time; while it is under way the partition goes on. LevelDB
// keeps a write error until it is opened again: after one, the store stays readable, waits until the disk takes writes,
// is opened again, and the same batch is written once more. `problem` says so meanwhile. Damage cannot be mended here:
// the folder is condemned and `onFault` asks for a new opening, which rebuilds it from a checkpoint.
import { type Disk, systemTimers, type Timers } from '@millrace/raft';
import type { FlushBatch } from '../core/state/flush-batch.ts';
import type { RangeRead, StoredEntry } from '../core/state/range-request.ts';
import { type BaseReader, StateDb } from '../core/state/state-db.ts';
import type { StateLimits } from '../core/state/state-limits.ts';
import { dumpState } from './dump.ts';
import { levelBackend } from './level-backend.ts';
import {
  checkpointPart,
  condemn,
  liveFolder,
  machineBootId,
  type Origin,
  openLiveFolder,
} from './live-folder.ts';
import type { LiveStore, StoreBackend } from './store-backend.ts';
import { StoreError, storeErrorOf } from './store-error.ts';

/** Bytes of committed log entries that start a flush. */
const FLUSH_BYTES = 8 * 1024 * 1024;
/** Committed log entries that start a flush however small they are. */
const FLUSH_ENTRIES = 512;
/** Between two looks at a disk that takes no writes, ms. */
const MEND_MS = 250;
const PROBE_BYTES = 1024 * 1024;

export interface PartitionStoreOptions {
  /** The partition's folder; `state` and `checkpoints` are below it. */
  readonly dir: string;
  /** See StateLimits. */
  readonly cacheBytes?: number | undefined;
  readonly limits?: Partial<StateLimits> | undefined;
  readonly flushBytes?: number | undefined;
  readonly flushEntries?: number | undefined;
  /** What keeps the store from writing, or undefined when it writes again. */
  readonly onProblem?: ((problem: string | undefined) => void) | undefined;
  /** Room in the committed layer: turns may go on. */
  readonly onFlushed?: (() => void) | undefined;
  /** This opening is of no more use: close it and open again. */
  readonly onFault?: ((error: StoreError) => void) | undefined;
  /** The oldest entry of the log: a live state that ends before it is made anew from a checkpoint. */
  readonly logFirstIndex?: number | undefined;
  /** What the state lies on; LevelDB unless said otherwise. */
  readonly backend?: StoreBackend | undefined;
  readonly timers?: Timers | undefined;
  /** The boot of the machine, undefined when it cannot be told; asked of the machine unless given. */
  readonly bootId?: (() => string | undefined) | undefined;
}

/** Where a checkpoint stands. */
export interface CheckpointAt {
  /** The newest log entry in it. */
  readonly index: number;
  /** Position of the newest record in it. */
  readonly position: number;
}

export interface TakenCheckpoint extends CheckpointAt {
  readonly files: readonly string[];
  /** Bytes of the files, those shared with the live store included. */
  readonly bytes: number;
  /** How long no flush could start, ms; turns go on meanwhile. */
  readonly heldMs: number;
}

export class PartitionStore implements BaseReader {
  readonly db: StateDb;
  readonly origin: Origin;
  readonly #options: PartitionStoreOptions;
  readonly #backend: StoreBackend;
  readonly #timers: Timers;
  #live: LiveStore;
  #running: Promise<void> | undefined;
  /** Ends when flushes may start again; they may when it is undefined. */
  #held: Promise<void> | undefined;
  /** Ends when the store can be read again; it can when it is undefined. */
  #reopening: Promise<void> | undefined;
  #problem: string | undefined;
  #fault: StoreError | undefined;
  /** Callers that wait for a flush. */
  readonly #waiting = new Set<(error: StoreError) => void>();
  #endWait: () => void = () => {};
  #isClosed = false;

  /** Use `openPartitionStore`. */
  constructor(options: PartitionStoreOptions, live: LiveStore, origin: Origin) {
    this.#options = options;
    this.#backend = options.backend ?? levelBackend;
    this.#timers = options.timers ?? systemTimers;
    this.#live = live;
    this.origin = origin;
    const { cacheBytes, limits } = options;
    this.db = new StateDb(this, cacheBytes === undefined ? limits : { cacheBytes, ...limits });
  }

  /** Why nothing can be written at the moment, for people. */
  get problem(): string | undefined {
    return this.#problem;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#live.get(key);
  }

  /** Rejects with a StoreError. */
  async readRange(
    read: Pick<RangeRead, 'prefix' | 'after' | 'limit'>,
  ): Promise<readonly StoredEntry[]> {
    while (this.#reopening !== undefined) await this.#reopening;
    return this.#live.readRange(read);
  }

  /** To be called after each `db.commit`: starts a flush when one is due. */
  committed(): void {
    if (this.#running !== undefined || this.#held !== undefined || this.#isClosed) return;
    const { db } = this;
    const isDue =
      db.committedBytes >= (this.#options.flushBytes ?? FLUSH_BYTES) ||
      db.committedIndex - db.flushedIndex >= (this.#options.flushEntries ?? FLUSH_ENTRIES);
    // A failed flush has told `onFault`.
    if (isDue && this.#fault === undefined) this.#start().catch(() => {});
  }

  /** Writes everything that is committed at the time of the call. Rejects with a StoreError when it cannot now. */
  async flush(): Promise<void> {
    const target = this.db.committedIndex;
    while (this.db.flushedIndex < target) {
      if (this.#held !== undefined) await this.#held;
      else await this.#orTrouble(this.#running ?? this.#start());
    }
  }

  /** The work, or the first sign that the disk takes nothing: the work itself goes on trying. */
  #orTrouble(work: Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      const { problem } = this;
      if (problem !== undefined) reject(new StoreError('io', problem));
      this.#waiting.add(reject);
      work.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  #start(): Promise<void> {
    this.#running = this.#flushOnce().finally(() => {
      this.#running = undefined;
      if (this.#fault === undefined) this.committed();
    });
    return this.#running;
  }

  async #flushOnce(): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault;
    const batch = this.db.takeFlush();
    if (batch === undefined) return;
    try {
      await this.#write(batch);
    } catch (error) {
      this.#fault = storeErrorOf(error, `writing the state of ${this.#options.dir}`);
      this.#report(this.#fault.message);
      if (this.#fault.code !== 'closed') this.#options.onFault?.(this.#fault);
      throw this.#fault;
    }
    this.db.flushed(batch);
    this.#report(undefined);
    this.#options.onFlushed?.();
  }

  /** Tries until the batch is written. Rejects when that is impossible. */
  async #write(batch: FlushBatch): Promise<void> {
    for (;;) {
      if (this.#isClosed)
        throw new StoreError('closed', `the state of ${this.#options.dir} is closed`);
      try {
        return await this.#live.write(batch);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        await this.#condemnIfCorrupt(error);
        this.#report(`the state is not written, this is tried again: ${error.message}`);
      }
      await this.#mend();
      batch.rewind();
    }
  }

  /** Waits for a disk that takes writes, then opens the store again. */
  async #mend(): Promise<void> {
    while (!this.#isClosed && !(await takesWrites(this.#backend.disk, this.#options.dir)))
      await this.#wait();
    while (!this.#isClosed) {
      try {
        this.#reopening = this.#reopen();
        return await this.#reopening;
      } catch (error) {
        const known = storeErrorOf(error, `opening the state of ${this.#options.dir} again`);
        await this.#condemnIfCorrupt(known);
        this.#report(known.message);
      } finally {
        this.#reopening = undefined;
      }
      await this.#wait();
    }
  }

  /** Damage does not pass: it ends this opening. */
  async #condemnIfCorrupt(error: StoreError): Promise<void> {
    if (error.code !== 'corrupt') return;
    try {
      condemn(this.#backend.disk, this.#options.dir);
    } catch {
      // The next opening finds the damage itself.
    }
    throw error;
  }

  /** While the store is closed the state calls itself full, so that no turn starts. */
  async #reopen(): Promise<void> {
    this.db.suspend(true);
    await this.#live.close();
    this.#live = await this.#backend.open(liveFolder(this.#options.dir), {
      createIfMissing: false,
    });
    this.db.suspend(false);
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#timers.after(MEND_MS, resolve);
      this.#endWait = () => {
        cancel();
        resolve();
      };
    });
  }

  #report(problem: string | undefined): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem !== undefined) {
      for (const reject of this.#waiting) reject(new StoreError('io', problem));
    }
    this.#options.onProblem?.(problem);
  }

  /**
   * Fills a checkpoint with everything that is committed at the time of the call. Turns go on; flushes wait.
   * @param target the checkpoint's folder, or a function that makes it when its index is known and nothing can be
   *   flushed any more. Rejects with a StoreError, also at once while `problem` is set.
   */
  async takeCheckpoint(target: string | ((at: CheckpointAt) => string)): Promise<TakenCheckpoint> {
    while (this.#held !== undefined) await this.#held;
    const release = this.#hold();
    try {
      while (this.#running !== undefined) await this.#orTrouble(this.#running);
      if (this.db.flushedIndex < this.db.committedIndex) await this.#orTrouble(this.#start());
      return await this.#copy(target, release);
    } finally {
      release();
    }
  }

  /** Keeps flushes from starting until the returned function is called. */
  #hold(): () => void {
    let end = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#held = held;
    return () => {
      if (this.#held !== held) return;
      this.#held = undefined;
      end();
      this.committed();
    };
  }

  async #copy(
    target: string | ((at: CheckpointAt) => string),
    release: () => void,
  ): Promise<TakenCheckpoint> {
    if (this.#isClosed)
      throw new StoreError('closed', `the state of ${this.#options.dir} is closed`);
    const startMs = this.#timers.monotonicMs();
    let heldMs = 0;
    const stored = new StateDb(this);
    const at = { index: this.db.flushedIndex, position: stored.lastPosition };
    const dir = checkpointPart(typeof target === 'string' ? target : target(at));
    const { files, bytes } = await this.#live.copyTo(dir, () => {
      heldMs = this.#timers.monotonicMs() - startMs;
      release();
    });
    return { ...at, files, bytes, heldMs };
  }

  /** The committed state, key by key in order, as `key value` in hexadecimal. */
  dump(): AsyncGenerator<string> {
    return dumpState(this.db, this.#live.entries());
  }

  /** Ends at once what waits for the disk; what is committed and not written comes back from the log. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endWait();
    await this.#held;
    await this.#running?.catch(() => {});
    await this.#live.close();
  }
}

/** Opens the state of a partition. Rejects with a StoreError. */
export async function openPartitionStore(options: PartitionStoreOptions): Promise<PartitionStore> {
  const { dir, logFirstIndex, backend = levelBackend } = options;
  const bootId = (options.bootId ?? machineBootId)();
  const { store, origin } = await openLiveFolder({ backend, dir, bootId, logFirstIndex });
  try {
    return new PartitionStore(options, store, origin);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Whether the disk has room for more than a few blocks. */
async function takesWrites(disk: Disk, dir: string): Promise<boolean> {
  const path = `${dir}/probe`;
  try {
    const file = disk.open(path, 'create');
    try {
      await file.writeLater(new Uint8Array(PROBE_BYTES), 0);
      await file.sync();
    } finally {
      file.close();
    }
    return true;
  } catch {
    return false;
  } finally {
    try {
      disk.remove(path);
    } catch {
      // A disk that takes nothing back either is no disk to write to; the next look tells.
    }
  }
}
