// What the families of one database share: the base store below, the change log above, the cache's budget, and the
// windows that are kept loaded. Families are generational caches: what was used since the last turn-over is young.
import { ByteReader, ByteWriter } from '@millrace/protocol';
import { ChangeLog } from './change-log.ts';
import type { ValueCodec } from './families.ts';
import type { WriteSink } from './flush-batch.ts';
import { StoreReadError } from './state-error.ts';
import type { StateLimits } from './state-limits.ts';

/** The store below, read by whole key and at once. */
export interface BaseReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

/** A range that is to stay loaded, see StateDb.keepWindow. */
export interface Window {
  low: number;
  high: number;
  /** A refill was asked for and has not ended. */
  asked: boolean;
}

/** What the shared part must know of a range. */
export interface WindowedRange {
  window: Window | undefined;
}

export class StateCore {
  readonly base: BaseReader;
  readonly limits: StateLimits;
  readonly changes: ChangeLog;
  /** Bytes that have become young since the last turn-over. */
  youngBytes = 0;
  oldBytes = 0;
  /** Reads of the store by key, for metrics. */
  baseReads = 0;
  /** The store is being opened again. */
  isSuspended = false;
  /** Ranges that must not lose what they have loaded: pinned, being loaded, or kept as a window. */
  readonly pinned = new Set<WindowedRange>();
  /** Kept windows, least recently used first. */
  readonly windows = new Set<WindowedRange>();
  /** Windows that have run low. */
  readonly low = new Set<WindowedRange>();
  readonly #key = new ByteWriter(1024);

  constructor(
    base: BaseReader,
    limits: StateLimits,
    index: number,
    writeIndex: (index: number, out: ByteWriter, sink: WriteSink) => void,
  ) {
    this.base = base;
    this.limits = limits;
    this.changes = new ChangeLog(index, writeIndex);
  }

  /** A writer for one key, empty; valid until the next call. */
  keyWriter(): ByteWriter {
    this.#key.reset();
    return this.#key;
  }

  /** The store's bytes for the key in the key writer. */
  readKey(): Uint8Array | undefined {
    this.baseReads++;
    try {
      return this.base.get(this.#key.bytes.subarray(0, this.#key.length));
    } catch (error) {
      throw new StoreReadError(`the state cannot be read: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }

  get keyLength(): number {
    return this.#key.length;
  }
}

/** Reads a stored value whole. @throws StoreReadError */
export function decodeValue<V>(name: string, codec: ValueCodec<V>, bytes: Uint8Array): V {
  const reader = new ByteReader(bytes);
  let value: V;
  try {
    value = codec.read(reader);
  } catch (error) {
    throw new StoreReadError(
      `a stored value of ${name} cannot be read: ${(error as Error).message}`,
      {
        cause: error,
      },
    );
  }
  if (reader.at === bytes.length) return value;
  throw new StoreReadError(
    `a stored value of ${name} has ${bytes.length} bytes, its codec read ${reader.at}`,
  );
}
