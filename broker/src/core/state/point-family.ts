// A family that is read by whole key. A hot read is one map look-up and allocates nothing.
//
// Slots live in two generations: `young` holds what was touched since the last turn-over, `old` what was touched before
// it. A turn-over forgets the old ones, but for slots with changes, which the change log brings back.
import type { ByteWriter } from '@millrace/protocol';
import type { PointDefinition } from './families.ts';
import { Slot, type SlotOwner, slotWeight } from './slot.ts';
import { decodeValue, type StateCore } from './state-core.ts';
import { StateError } from './state-error.ts';

export class PointFamily<K extends number | string, V> implements SlotOwner {
  readonly definition: PointDefinition<K, V>;
  readonly #core: StateCore;
  #young = new Map<K, Slot>();
  #old = new Map<K, Slot>();

  constructor(core: StateCore, definition: PointDefinition<K, V>) {
    this.#core = core;
    this.definition = definition;
  }

  get(key: K): V | undefined {
    const slot = this.#young.get(key) ?? this.#find(key);
    return slot === undefined ? undefined : (slot.current as V | undefined);
  }

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  /** @throws StateError when the key is there */
  insert(key: K, value: V): void {
    let slot = this.#young.get(key) ?? this.#find(key);
    if (slot === undefined) slot = this.#absent(key);
    else if (slot.current !== undefined) throw this.#wrong(key, 'is there already');
    this.#core.changes.change(slot, value);
  }

  /** For a key that was just made: the store is not asked. A wrong caller would leave a key behind in the store. */
  insertFresh(key: K, value: V): void {
    if (this.#core.limits.verifyFresh) {
      this.insert(key, value);
      return;
    }
    const slot = this.#young.get(key) ?? this.#old.get(key) ?? this.#absent(key);
    if (slot.current !== undefined) throw this.#wrong(key, 'is there already');
    this.#core.changes.change(slot, value);
  }

  /** @throws StateError when the key is not there */
  update(key: K, value: V): void {
    const slot = this.#young.get(key) ?? this.#find(key);
    if (slot === undefined || slot.current === undefined) throw this.#wrong(key, 'is not there');
    this.#core.changes.change(slot, value);
  }

  upsert(key: K, value: V): void {
    const slot = this.#young.get(key) ?? this.#find(key) ?? this.#absent(key);
    this.#core.changes.change(slot, value);
  }

  /** @throws StateError when the key is not there */
  delete(key: K): void {
    if (!this.deleteIfPresent(key)) throw this.#wrong(key, 'is not there');
  }

  /** @returns whether the key was there */
  deleteIfPresent(key: K): boolean {
    const slot = this.#young.get(key) ?? this.#find(key);
    if (slot === undefined || slot.current === undefined) return false;
    this.#core.changes.change(slot, undefined);
    return true;
  }

  /** Slots in memory. */
  get resident(): number {
    return this.#young.size + this.#old.size;
  }

  /** The old generation: a slot comes back into the young one. Else the store. */
  #find(key: K): Slot | undefined {
    const core = this.#core;
    const old = this.#old.get(key);
    if (old !== undefined) {
      this.#young.set(key, old);
      core.youngBytes += old.weight;
      return old;
    }
    const out = core.keyWriter();
    out.u16(this.definition.number);
    this.definition.key.write(out, key);
    const bytes = core.readKey();
    if (bytes === undefined) return undefined;
    const value = decodeValue(this.definition.name, this.definition.value, bytes);
    const slot = new Slot(this, key, value, true);
    slot.weight = slotWeight(core.keyLength + bytes.length);
    core.youngBytes += slot.weight;
    this.#young.set(key, slot);
    return slot;
  }

  #absent(key: K): Slot {
    const slot = new Slot(this, key, undefined, false);
    this.#young.set(key, slot);
    return slot;
  }

  #wrong(key: K, what: string): StateError {
    return new StateError(`${this.definition.name}: key ${JSON.stringify(key)} ${what}`);
  }

  // What follows serves the change log and the cache.

  writeKey(out: ByteWriter, slot: Slot): void {
    out.u16(this.definition.number);
    this.definition.key.write(out, slot.key as K);
  }

  writeValue(out: ByteWriter, value: unknown): void {
    this.definition.value.write(out, value as V);
  }

  restore(slot: Slot, value: unknown): void {
    slot.current = value;
  }

  settle(slot: Slot): void {
    if (slot.current !== undefined) {
      this.#core.youngBytes += slot.weight;
      return;
    }
    const key = slot.key as K;
    if (this.#young.get(key) === slot) this.#young.delete(key);
    if (this.#old.size > 0 && this.#old.get(key) === slot) this.#old.delete(key);
  }

  retain(slot: Slot): void {
    if (!this.#old.has(slot.key as K)) this.#young.set(slot.key as K, slot);
  }

  turnOver(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }
}
