// One key of the state in memory: its newest value, its committed value, and what is still to be written.
//
// A slot is clean when it equals the store; clean slots may be forgotten at any time. A slot with changes (open in this
// turn, sealed in an uncommitted entry, committed but unwritten, or part of the batch being written) is hot: it must
// stay reachable from its owner, because the store does not show what it holds.
import type { ByteWriter } from '@millrace/protocol';

/** The family or range that a slot belongs to. */
export interface SlotOwner {
  writeKey(out: ByteWriter, slot: Slot): void;
  writeValue(out: ByteWriter, value: unknown): void;
  /** Puts an earlier value back as the newest one. */
  restore(slot: Slot, value: unknown): void;
  /** The slot has become clean: it is forgotten when its key is absent, else it is cache from now on. */
  settle(slot: Slot): void;
  /** The cache has dropped a generation: keeps a hot slot reachable. */
  retain(slot: Slot): void;
}

export class Slot {
  readonly owner: SlotOwner;
  readonly key: number | string;
  /** The newest value; undefined when the key is absent. Values are never changed in place. */
  current: unknown;
  /** The value after the newest committed entry. */
  committed: unknown;
  /** Whether the store has the key, counting the batch that is being written as done. */
  stored: boolean;
  /** Changes in the open turn. */
  open = 0;
  /** Sealed, uncommitted entries that changed this slot. */
  sealed = 0;
  /** Committed and in no batch yet. */
  dirty = false;
  /** In the batch that is being written. */
  flying = false;
  /** Estimated bytes in memory when clean; 0 until it was read or written once. */
  weight = 0;
  /** How much of the weight its range has counted. */
  counted = 0;

  constructor(owner: SlotOwner, key: number | string, value: unknown, stored: boolean) {
    this.owner = owner;
    this.key = key;
    this.current = value;
    this.committed = value;
    this.stored = stored;
  }
}

/** Whether the slot equals the store, so that it may be forgotten. */
export function isClean(slot: Slot): boolean {
  return slot.open === 0 && slot.sealed === 0 && !slot.dirty && !slot.flying;
}

/** Bytes that a slot, its map entry and a small object cost beside the value's own bytes. */
const SLOT_BYTES = 240;

/** The estimated memory of a decoded value whose key and value take this many bytes in the store. */
export function slotWeight(encodedBytes: number): number {
  return SLOT_BYTES + encodedBytes * 2;
}
