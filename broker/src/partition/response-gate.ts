// Holds what follows from a log entry until the entry is committed, then packs it for the gateway: one batch of answers and
// one of pushes for all entries that a commit releases.
import { EntryEncoder, LogRecord } from '@millrace/protocol';
import type { Effect } from '../core/engine/effects.ts';
import type { PartitionNotice } from './messages.ts';

interface Held {
  readonly index: number;
  /** Position of the entry's last record. */
  readonly position: number;
  readonly effects: readonly Effect[];
}

export interface Released {
  readonly answers: Uint8Array | undefined;
  readonly pushes: Uint8Array | undefined;
}

/** Packs records that carry a number of the gateway: a request's or a stream's. */
class RecordPacker {
  readonly #encoder = new EntryEncoder();
  readonly #partitionId: number;
  #isOpen = false;

  constructor(partitionId: number) {
    this.#partitionId = partitionId;
  }

  add(record: LogRecord, requestId: number, timestamp: number): void {
    if (!this.#isOpen) this.#encoder.begin(this.#partitionId, 0, timestamp);
    this.#isOpen = true;
    this.#encoder.add(
      new LogRecord(
        record.recordType,
        record.valueType,
        record.intent,
        record.key,
        record.value,
        record.position,
        -1,
        record.timestamp,
        record.rejectionType,
        record.rejectionReason,
        requestId,
        record.operationReference,
        false,
      ),
    );
  }

  take(): Uint8Array | undefined {
    if (!this.#isOpen) return undefined;
    this.#isOpen = false;
    return this.#encoder.finish();
  }
}

export class ResponseGate {
  readonly #held: Held[] = [];
  #head = 0;
  /** Position of the last record that is committed. */
  committedPosition = 0;
  readonly #answers: RecordPacker;
  readonly #pushes: RecordPacker;

  constructor(partitionId: number) {
    this.#answers = new RecordPacker(partitionId);
    this.#pushes = new RecordPacker(partitionId);
  }

  /** Entries whose effects wait. */
  get depth(): number {
    return this.#held.length - this.#head;
  }

  hold(index: number, position: number, effects: readonly Effect[]): void {
    this.#held.push({ index, position, effects: effects.slice() });
  }

  /** Packs answers and pushes of all entries up to the index; all other effects go to `other`, in order. */
  release(upToIndex: number, other: (effect: Effect) => void): Released {
    for (; this.#head < this.#held.length; this.#head++) {
      const held = this.#held[this.#head] as Held;
      if (held.index > upToIndex) break;
      this.committedPosition = held.position;
      for (const effect of held.effects) {
        if (effect.kind === 'answer')
          this.#answers.add(effect.record, effect.requestId, effect.record.timestamp);
        else {
          if (effect.kind === 'push')
            this.#pushes.add(effect.record, effect.streamId, effect.record.timestamp);
          other(effect);
        }
      }
    }
    if (this.#head === this.#held.length) {
      this.#held.length = 0;
      this.#head = 0;
    }
    return { answers: this.#answers.take(), pushes: this.#pushes.take() };
  }

  /** The entries will not be committed: whoever waits learns that the outcome is unknown. */
  drop(reason: string): PartitionNotice[] {
    const notices: PartitionNotice[] = [];
    for (const held of this.#held.slice(this.#head)) {
      for (const effect of held.effects) {
        if (effect.kind === 'answer') {
          notices.push({
            kind: 'refused',
            requestId: effect.requestId,
            code: 'UNAVAILABLE',
            message: reason,
          });
        }
      }
    }
    this.#held.length = 0;
    this.#head = 0;
    return notices;
  }
}
