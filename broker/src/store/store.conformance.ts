// The suite that every store below the state passes: what StateDb needs of it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { numberPart, textPart } from '../core/state/families.ts';
import type { FlushBatch } from '../core/state/flush-batch.ts';
import type { StoredEntry } from '../core/state/range-request.ts';
import { type BaseReader, RangeNotLoaded, StateDb } from '../core/state/state-db.ts';

export interface StoreUnderTest extends BaseReader {
  write(batch: FlushBatch): Promise<void> | void;
  readRange(
    prefix: Uint8Array,
    after: Uint8Array | undefined,
    limit: number,
  ): Promise<readonly StoredEntry[]>;
  entries(): AsyncIterable<StoredEntry> | Iterable<StoredEntry>;
  /** Closes it and opens it again. */
  reopen(): Promise<StoreUnderTest>;
  dispose(): Promise<void>;
}

const value = {
  write: (out: Parameters<typeof textPart.write>[0], text: string) => out.string(text),
  read: (from: Parameters<typeof textPart.read>[0]) => from.string(),
};
const LETTERS = { number: 0x00ff, name: 'letters', key: textPart, value };
const LINES = { number: 0xffff, name: 'lines', prefix: numberPart, suffix: textPart, value };

/** Registers the suite for one implementation. */
export function storeConformance(name: string, prepare: () => Promise<StoreUnderTest>): void {
  describe(`store conformance: ${name}`, () => {
    let store: StoreUnderTest;
    let db: StateDb;
    let letters: ReturnType<typeof open>['letters'];
    let lines: ReturnType<typeof open>['lines'];

    function open() {
      db = new StateDb(store, { rangeChunkMembers: 64 });
      return { letters: db.point(LETTERS), lines: db.range(LINES) };
    }

    async function flush(): Promise<void> {
      db.sealEntry(db.sealedIndex + 1);
      db.commit(db.sealedIndex);
      const batch = db.takeFlush() as FlushBatch;
      await store.write(batch);
      db.flushed(batch);
    }

    async function loaded<T>(read: () => T): Promise<T> {
      for (;;) {
        try {
          return read();
        } catch (error) {
          if (!(error instanceof RangeNotLoaded)) throw error;
          const { request } = error;
          db.pin(request);
          for (let next = db.nextRead(request); next; next = db.nextRead(request)) {
            db.finishRead(next, await store.readRange(next.prefix, next.after, next.limit));
          }
          const result = read();
          db.unpin(request);
          return result;
        }
      }
    }

    beforeEach(async () => {
      store = await prepare();
      ({ letters, lines } = open());
    });
    afterEach(() => store.dispose());

    it('is empty at first', async () => {
      expect(letters.get('a')).toBeUndefined();
      expect(await loaded(() => lines.scan(1))).toEqual([]);
      expect(db.committedIndex).toBe(0);
    });

    it('keeps what a batch puts and deletes, and its index, over a new opening', async () => {
      for (const key of ['', 'a', 'b\0', '\uffff']) letters.insert(key, `of ${key}`);
      lines.insert(1, 'one', 'x'.repeat(100_000));
      db.setMeta({ lastPosition: 77, keyCounter: 2 ** 40 });
      await flush();
      letters.delete('a');
      lines.update(1, 'one', 'y');
      await flush();
      store = await store.reopen();
      ({ letters, lines } = open());
      expect(['', 'a', 'b\0', '\uffff'].map((key) => letters.get(key))).toEqual([
        'of ',
        undefined,
        'of b\0',
        'of \uffff',
      ]);
      expect(lines.get(1, 'one')).toBe('y');
      expect([db.committedIndex, db.lastPosition, db.keyCounter]).toEqual([2, 77, 2 ** 40]);
    });

    it('lists ranges in order and in chunks, and nothing of their neighbours', async () => {
      const suffixes = Array.from({ length: 200 }, (_, i) => `s${(i * 37) % 200}`);
      for (const prefix of [-1, 0, 255, 256, 2 ** 53 - 1]) {
        for (const suffix of suffixes) lines.insert(prefix, suffix, `${prefix}${suffix}`);
      }
      await flush();
      store = await store.reopen();
      ({ letters, lines } = open());
      const sorted = [...suffixes].sort();
      for (const prefix of [-1, 0, 255, 256, 2 ** 53 - 1]) {
        const first = await loaded(() => lines.scan(prefix, { limit: 3 }));
        expect(first.map((entry) => entry.suffix)).toEqual(sorted.slice(0, 3));
        const all = await loaded(() => lines.scan(prefix));
        expect(all.map((entry) => entry.suffix)).toEqual(sorted);
        expect(all[7]?.value).toBe(`${prefix}${sorted[7]}`);
        const after = sorted[150] as string;
        const rest = await loaded(() => lines.scan(prefix, { after, limit: 100 }));
        expect(rest.map((entry) => entry.suffix)).toEqual(sorted.slice(151));
      }
      expect(await loaded(() => lines.isEmpty(1))).toBe(true);
    });

    it('lists everything in the order of key bytes', async () => {
      for (const key of ['b', 'a', '\x7f', 'é']) letters.insert(key, key);
      await flush();
      const keys: string[] = [];
      for await (const { key } of store.entries()) keys.push(Buffer.from(key).toString('hex'));
      expect(keys).toEqual([...keys].sort());
      expect(keys.length).toBe(6);
    });
  });
}
