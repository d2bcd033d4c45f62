// Packs commands for a partition into one batch, in the encoding of the log (protocol's entry).
import { EntryEncoder, type LogRecord } from '@millrace/protocol';

/** A buffer that has grown beyond this is not kept, bytes. */
const KEEP_BYTES = 2 * 1024 * 1024;

export class CommandPacker {
  readonly #partitionId: number;
  #encoder = new EntryEncoder();

  constructor(partitionId: number) {
    this.#partitionId = partitionId;
  }

  begin(): void {
    this.#encoder.begin(this.#partitionId, 0, 0);
  }

  /** Bytes so far. */
  get length(): number {
    return this.#encoder.length;
  }

  get count(): number {
    return this.#encoder.count;
  }

  /** @throws Error when the command cannot be encoded; the batch is as before */
  add(command: LogRecord): void {
    const mark = this.#encoder.mark();
    try {
      this.#encoder.add(command);
    } catch (error) {
      this.#encoder.rollback(mark);
      throw error;
    }
  }

  finish(): Uint8Array {
    const { length } = this.#encoder;
    const bytes = this.#encoder.finish();
    if (length > KEEP_BYTES) this.#encoder = new EntryEncoder();
    return bytes;
  }
}
