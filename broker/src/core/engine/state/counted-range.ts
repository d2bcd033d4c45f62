// A range of which it is known without a look at its entries whether there are any: most prefixes that are asked for have
// none (a message nobody waits for), and those that get their first entry need no load.
import type { KeyCodec, ValueCodec } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeEntry, RangeFamily, ScanOptions } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { countValue } from './value-codecs.ts';

export interface CountedRangeDefinition<P extends number | string, S extends number | string, V> {
  readonly number: number;
  /** Of the family that counts the entries of each prefix. */
  readonly countNumber: number;
  readonly name: string;
  readonly prefix: KeyCodec<P>;
  readonly suffix: KeyCodec<S>;
  readonly value: ValueCodec<V>;
}

export class CountedRange<P extends number | string, S extends number | string, V> {
  readonly #counts: PointFamily<P, number>;
  readonly #entries: RangeFamily<P, S, V>;

  constructor(db: StateDb, definition: CountedRangeDefinition<P, S, V>) {
    const { number, countNumber, name, prefix, suffix, value } = definition;
    this.#counts = db.point({
      number: countNumber,
      name: `${name}-count`,
      key: prefix,
      value: countValue,
    });
    this.#entries = db.range({ number, name, prefix, suffix, value });
  }

  count(prefix: P): number {
    return this.#counts.get(prefix) ?? 0;
  }

  get(prefix: P, suffix: S): V | undefined {
    return this.#entries.get(prefix, suffix);
  }

  /** The entries in order of their suffixes. @throws RangeNotLoaded */
  scan(prefix: P, options?: ScanOptions<S>): readonly RangeEntry<S, V>[] {
    return this.count(prefix) === 0 ? [] : this.#entries.scan(prefix, options);
  }

  /** A suffix that is not there yet. */
  insert(prefix: P, suffix: S, value: V): void {
    const count = this.count(prefix);
    if (count === 0) this.#entries.fresh(prefix);
    this.#counts.upsert(prefix, count + 1);
    this.#entries.insert(prefix, suffix, value);
  }

  update(prefix: P, suffix: S, value: V): void {
    this.#entries.update(prefix, suffix, value);
  }

  /** @returns whether the entry was there */
  deleteIfPresent(prefix: P, suffix: S): boolean {
    if (!this.#entries.deleteIfPresent(prefix, suffix)) return false;
    const count = this.count(prefix);
    if (count > 1) this.#counts.update(prefix, count - 1);
    else {
      this.#counts.delete(prefix);
      this.#entries.ended(prefix);
    }
    return true;
  }
}
