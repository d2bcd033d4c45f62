// The store on disk: LevelDB with keys and values as bytes.
//
// Reads by key are synchronous, ranges and writes are not. Nothing is synced to the disk: after a crash of the process
// the operating system has everything, after a crash of the machine the folder is thrown away (live-folder.ts).
import { setImmediate } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import type { FlushBatch, WriteSink } from '../core/state/flush-batch.ts';
import type { StoredEntry } from '../core/state/range-request.ts';
import { linkCheckpoint } from './checkpoint.ts';
import type { CopiedStore, LiveStore, RangeBounds } from './store-backend.ts';
import { StoreError, storeErrorOf } from './store-error.ts';

/** Bytes of a batch that are encoded before other work gets the thread: about a millisecond. */
const SLICE_BYTES = 128 * 1024;
/** Bytes that one step of an iterator brings at most. */
const STEP_BYTES = 1024 * 1024;

const OPTIONS = {
  keyEncoding: 'view',
  valueEncoding: 'view',
  cacheSize: 8 * 1024 * 1024,
  writeBufferSize: 4 * 1024 * 1024,
  // Fewer files than by default: each open one costs memory, and each is a link in a checkpoint.
  maxFileSize: 8 * 1024 * 1024,
  maxOpenFiles: 1000,
} as const;

export class LevelStore implements LiveStore {
  readonly dir: string;
  readonly #level: ClassicLevel<Uint8Array, Uint8Array>;

  /** Use `openLevelStore`. */
  constructor(dir: string, level: ClassicLevel<Uint8Array, Uint8Array>) {
    this.dir = dir;
    this.#level = level;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#level.getSync(key);
  }

  async readRange(read: RangeBounds): Promise<StoredEntry[]> {
    const { prefix, after, limit } = read;
    const entries: StoredEntry[] = [];
    const start = after === undefined ? { gte: prefix } : { gt: after };
    const end = upperBound(prefix);
    const range = end === undefined ? start : { ...start, lt: end };
    await this.#iterate(range, limit, (key, value) => entries.push({ key, value }));
    return entries;
  }

  async #iterate(
    range: object,
    limit: number,
    take: (key: Uint8Array, value: Uint8Array) => void,
  ): Promise<void> {
    const iterator = this.#level.iterator({ ...range, limit, highWaterMarkBytes: STEP_BYTES });
    try {
      for (;;) {
        const step = await iterator.nextv(1000);
        if (step.length === 0) return;
        for (const [key, value] of step) take(key, value);
      }
    } catch (error) {
      throw storeErrorOf(error, `reading the state in ${this.dir}`);
    } finally {
      await iterator.close();
    }
  }

  async *entries(): AsyncGenerator<StoredEntry> {
    const iterator = this.#level.iterator({ highWaterMarkBytes: STEP_BYTES });
    try {
      for (;;) {
        const step = await iterator.nextv(1000);
        if (step.length === 0) return;
        for (const [key, value] of step) yield { key, value };
      }
    } finally {
      await iterator.close();
    }
  }

  async write(batch: FlushBatch): Promise<void> {
    const action = `writing the state in ${this.dir}`;
    if (this.#level.status !== 'open') throw new StoreError('closed', `${action}: it is closed`);
    const chain = this.#level.batch();
    const sink: WriteSink = {
      put: (key, value) => void chain.put(key, value),
      delete: (key) => void chain.del(key),
    };
    while (!batch.encode(sink, SLICE_BYTES)) await setImmediate();
    try {
      await chain.write();
    } catch (error) {
      throw storeErrorOf(error, action);
    }
  }

  copyTo(targetDir: string, onCopied: () => void): Promise<CopiedStore> {
    return linkCheckpoint(this.dir, targetDir, onCopied);
  }

  async close(): Promise<void> {
    await this.#level.close();
  }
}

/** Opens or creates the store. Rejects with a StoreError. */
export async function openLevelStore(
  dir: string,
  options: { readonly createIfMissing?: boolean } = {},
): Promise<LevelStore> {
  const level = new ClassicLevel<Uint8Array, Uint8Array>(dir, { ...OPTIONS, ...options });
  try {
    await level.open();
  } catch (error) {
    throw storeErrorOf(error, `opening the state in ${dir}`);
  }
  return new LevelStore(dir, level);
}

/** The smallest bytes above all that start with the prefix; undefined when there are none. */
function upperBound(prefix: Uint8Array): Uint8Array | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const bound = prefix.slice(0, length);
  bound[length - 1] = (bound[length - 1] as number) + 1;
  return bound;
}
