// The committed changes that one write to the store carries: taken at once, encoded in slices, so that a large batch
// does not hold the thread. The last operation is always the index of the newest log entry that is in it.
import { ByteWriter } from '@millrace/protocol';
import { type Slot, slotWeight } from './slot.ts';

/** Receives encoded operations. Keys and values are views of a reused buffer: copy what is kept. */
export interface WriteSink {
  put(key: Uint8Array, value: Uint8Array): void;
  delete(key: Uint8Array): void;
}

export class FlushBatch {
  /** Log index of the newest committed entry that the batch completes. */
  readonly index: number;
  readonly slots: Slot[] = [];
  readonly values: unknown[] = [];
  /** Encoded bytes so far. */
  bytes = 0;
  #next = 0;
  readonly #out = new ByteWriter(4096);
  readonly #writeIndex: (out: ByteWriter, sink: WriteSink) => void;

  constructor(index: number, writeIndex: (out: ByteWriter, sink: WriteSink) => void) {
    this.index = index;
    this.#writeIndex = writeIndex;
  }

  /** Operations in the batch, the index record not counted. */
  get size(): number {
    return this.slots.length;
  }

  add(slot: Slot, value: unknown): void {
    this.slots.push(slot);
    this.values.push(value);
  }

  /** Starts over: for a batch whose write failed and is tried again. */
  rewind(): void {
    this.#next = 0;
    this.bytes = 0;
  }

  /**
   * Encodes about `bytesMax` more bytes into the sink.
   * @returns whether the batch is complete
   */
  encode(sink: WriteSink, bytesMax = Number.POSITIVE_INFINITY): boolean {
    const out = this.#out;
    const stop = this.bytes + bytesMax;
    while (this.#next < this.slots.length) {
      if (this.bytes >= stop) return false;
      const slot = this.slots[this.#next] as Slot;
      const value = this.values[this.#next++];
      out.reset();
      slot.owner.writeKey(out, slot);
      const keyLength = out.length;
      if (value === undefined) {
        this.bytes += keyLength;
        sink.delete(out.bytes.subarray(0, keyLength));
        continue;
      }
      slot.owner.writeValue(out, value);
      this.bytes += out.length;
      slot.weight = slotWeight(out.length);
      sink.put(out.bytes.subarray(0, keyLength), out.bytes.subarray(keyLength, out.length));
    }
    out.reset();
    this.#writeIndex(out, sink);
    return true;
  }
}
