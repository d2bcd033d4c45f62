// One value for some of the scopes, most of which have none: a scope that was just born is known to have none, so that
// asking for it never goes to the store.
import type { Key } from '@millrace/protocol';
import { keyPart, numberPart, type ValueCodec } from '../../state/families.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';

/** The only suffix below a scope. */
const ONLY = 0;

export class PerScope<V> {
  readonly #values: RangeFamily<Key, number, V>;

  constructor(db: StateDb, number: number, name: string, value: ValueCodec<V>) {
    this.#values = db.range({ number, name, prefix: keyPart, suffix: numberPart, value });
  }

  get(scopeKey: Key): V | undefined {
    return this.#values.get(scopeKey, ONLY);
  }

  /** The scope was just born. */
  fresh(scopeKey: Key): void {
    this.#values.fresh(scopeKey);
  }

  /** The scope has ended. */
  ended(scopeKey: Key): void {
    this.#values.ended(scopeKey);
  }

  put(scopeKey: Key, value: V): void {
    this.#values.upsert(scopeKey, ONLY, value);
  }

  deleteIfPresent(scopeKey: Key): boolean {
    return this.#values.deleteIfPresent(scopeKey, ONLY);
  }
}
