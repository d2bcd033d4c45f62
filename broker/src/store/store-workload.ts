// For tests: changes of a state that are a function of the log index alone, so that what a store must hold at an index
// can be made again in memory and compared byte by byte.
import { numberPart, textPart } from '../core/state/families.ts';
import { dumpNow, MemoryBase } from '../core/state/memory-base.ts';
import type { PointFamily } from '../core/state/point-family.ts';
import type { RangeFamily } from '../core/state/range-family.ts';
import { StateDb } from '../core/state/state-db.ts';

const value = {
  write: (out: Parameters<typeof textPart.write>[0], text: string) => out.string(text),
  read: (from: Parameters<typeof textPart.read>[0]) => from.string(),
};

/** Keys that one turn touches. */
const CHANGES = 24;
const KEYS = 3000;

export class StoreWorkload {
  readonly db: StateDb;
  readonly #points: PointFamily<number, string>;
  readonly #ranges: RangeFamily<number, string, string>;

  constructor(db: StateDb) {
    this.db = db;
    this.#points = db.point({ number: 1, name: 'points', key: numberPart, value });
    this.#ranges = db.range({
      number: 2,
      name: 'ranges',
      prefix: numberPart,
      suffix: textPart,
      value,
    });
  }

  /** The turns up to this index, from where the state is; each is committed. */
  runTo(index: number): void {
    for (let next = this.db.sealedIndex + 1; next <= index; next++) this.#turn(next);
  }

  #turn(index: number): void {
    let random = index;
    for (let i = 0; i < CHANGES; i++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const key = random % KEYS;
      const text = `${index} ${String(random).repeat((random >>> 20) % 40)}`;
      const kind = (random >>> 16) % 4;
      if (kind === 0) this.#points.upsert(key, text);
      else if (kind === 1) this.#points.deleteIfPresent(key);
      else if (kind === 2) this.#ranges.upsert(key % 50, `${key}`, text);
      else this.#ranges.deleteIfPresent(key % 50, `${key}`);
    }
    this.db.setMeta({ lastPosition: index * CHANGES, keyCounter: index });
    this.db.sealEntry(index, CHANGES * 100);
    this.db.commit(index);
  }
}

/** The dump of the state that the turns up to this index lead to. */
export function expectedDump(index: number): string[] {
  const base = new MemoryBase();
  const db = new StateDb(base);
  new StoreWorkload(db).runTo(index);
  return dumpNow(db, base);
}

/** All lines of a dump. */
export async function linesOf(dump: AsyncIterable<string>): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of dump) lines.push(line);
  return lines;
}
