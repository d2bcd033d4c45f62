// A store in memory with the same behaviour as the one on disk: sorted by key bytes, read by key and by range, written
// in batches. For tests of the engine and as the simulated twin of the level store.
import type { FlushBatch, WriteSink } from './flush-batch.ts';
import type { RangeReader, StoredEntry } from './range-request.ts';
import type { BaseReader } from './state-core.ts';
import type { StateDb } from './state-db.ts';

export class MemoryBase implements BaseReader, RangeReader, WriteSink {
  /** Key bytes as a string of one unit per byte, which compares like the bytes. */
  readonly #entries = new Map<string, Uint8Array>();
  #sorted: string[] | undefined = [];

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(keyString(key));
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const name = keyString(key);
    if (!this.#entries.has(name)) this.#sorted = undefined;
    this.#entries.set(name, value.slice());
  }

  delete(key: Uint8Array): void {
    if (this.#entries.delete(keyString(key))) this.#sorted = undefined;
  }

  /** Takes a whole batch. */
  write(batch: FlushBatch): void {
    batch.encode(this);
  }

  /** At most `limit` entries whose keys start with `prefix`, above `after`. */
  readRange(prefix: Uint8Array, after: Uint8Array | undefined, limit: number): StoredEntry[] {
    const sorted = this.#keys();
    const start = keyString(prefix);
    const entries: StoredEntry[] = [];
    const from = after === undefined ? undefined : keyString(after);
    for (let i = lowerBound(sorted, from ?? start); i < sorted.length; i++) {
      const key = sorted[i] as string;
      if (key === from) continue;
      if (entries.length >= limit || !key.startsWith(start)) break;
      entries.push({ key: keyBytes(key), value: this.#entries.get(key) as Uint8Array });
    }
    return entries;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Everything in order. */
  *entries(): Generator<StoredEntry> {
    for (const key of this.#keys()) {
      yield { key: keyBytes(key), value: this.#entries.get(key) as Uint8Array };
    }
  }

  #keys(): string[] {
    this.#sorted ??= [...this.#entries.keys()].sort((a, b) => (a < b ? -1 : 1));
    return this.#sorted;
  }
}

/** Writes everything that is committed into the store. */
export function flushNow(db: StateDb, base: MemoryBase): void {
  const batch = db.takeFlush();
  if (batch === undefined) return;
  base.write(batch);
  db.flushed(batch);
}

/** The committed state as hexadecimal lines `key value`, in key order; for comparing two states byte by byte. */
export function dumpNow(db: StateDb, base: MemoryBase): string[] {
  const copy = new MemoryBase();
  for (const { key, value } of base.entries()) copy.put(key, value);
  db.writeCommitted(copy);
  return [...copy.entries()].map(({ key, value }) => `${hex(key)} ${hex(value)}`);
}

function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

function keyString(key: Uint8Array): string {
  let text = '';
  for (const byte of key) text += String.fromCharCode(byte);
  return text;
}

function keyBytes(key: string): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
  return bytes;
}

function lowerBound(sorted: string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
