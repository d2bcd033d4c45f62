// Holds what follows from a log entry until the entry is committed, then packs it for the gateway: one batch of answers and
// one of pushes for all entries that a commit releases.
import { ALL_SESSIONS, EntryEncoder, LogRecord, sessionOf } from '@millrace/protocol';
import type { Effect } from '../core/engine/effects.ts';
import type { PartitionNotice } from './messages.ts';
import type { RequestWindow } from './request-window.ts';

interface Held {
  readonly index: number;
  /** Position of the entry's first record, and its time. */
  readonly firstPosition: number;
  readonly timeMs: number;
  /** Position of the entry's last record. */
  readonly position: number;
  readonly effects: readonly Effect[];
}

/** What the gate needs of a turn. */
export interface HeldTurn {
  readonly firstPosition: number;
  readonly nextPosition: number;
  /** ms since the epoch */
  readonly timestamp: number;
  readonly effects: readonly Effect[];
}

/** What one gateway gets. */
export interface Released {
  readonly session: number;
  readonly answers: Uint8Array | undefined;
  readonly pushes: Uint8Array | undefined;
}

const NOTHING: readonly Released[] = [];

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

/** What is being packed for one gateway. */
class Outgoing {
  readonly session: number;
  readonly answers: RecordPacker;
  readonly pushes: RecordPacker;
  isFilled = false;

  constructor(partitionId: number, session: number) {
    this.session = session;
    this.answers = new RecordPacker(partitionId);
    this.pushes = new RecordPacker(partitionId);
  }

  take(): Released {
    this.isFilled = false;
    return { session: this.session, answers: this.answers.take(), pushes: this.pushes.take() };
  }
}

export class ResponseGate {
  readonly #held: Held[] = [];
  #head = 0;
  /** Learns which record answers which request. */
  window: RequestWindow | undefined;
  /** Position of the last record that is committed. */
  committedPosition = 0;
  readonly #partitionId: number;
  /** By session; those that have something to send are in `#filled`. */
  readonly #outgoing = new Map<number, Outgoing>();
  readonly #filled: Outgoing[] = [];

  constructor(partitionId: number) {
    this.#partitionId = partitionId;
  }

  #outgoingOf(requestId: number): Outgoing {
    const session = sessionOf(requestId);
    let outgoing = this.#outgoing.get(session);
    if (outgoing === undefined) {
      outgoing = new Outgoing(this.#partitionId, session);
      this.#outgoing.set(session, outgoing);
    }
    if (!outgoing.isFilled) {
      outgoing.isFilled = true;
      this.#filled.push(outgoing);
    }
    return outgoing;
  }

  /** The gateway is gone. */
  forget(session: number): void {
    this.#outgoing.delete(session);
  }

  /** Entries whose effects wait. */
  get depth(): number {
    return this.#held.length - this.#head;
  }

  hold(index: number, turn: HeldTurn): void {
    const { firstPosition, nextPosition, timestamp } = turn;
    const effects = turn.effects.slice();
    this.#held.push({
      index,
      firstPosition,
      timeMs: timestamp,
      position: nextPosition - 1,
      effects,
    });
  }

  /** Whether a turn that is held has executed the request, whose answer comes later. */
  hasTaken(requestId: number): boolean {
    const isOf = (effect: Effect) => effect.kind === 'taken' && effect.requestId === requestId;
    return this.#held.slice(this.#head).some(({ effects }) => effects.some(isOf));
  }

  /** Packs answers and pushes of all entries up to the index, for each gateway; all effects but answers go to `other`, in order. */
  release(upToIndex: number, other: (effect: Effect) => void): readonly Released[] {
    for (; this.#head < this.#held.length; this.#head++) {
      const held = this.#held[this.#head] as Held;
      if (held.index > upToIndex) break;
      this.committedPosition = held.position;
      for (const effect of held.effects) this.#release(held, effect, other);
    }
    if (this.#head === this.#held.length) {
      this.#held.length = 0;
      this.#head = 0;
    }
    return this.take();
  }

  #release(held: Held, effect: Effect, other: (effect: Effect) => void): void {
    if (effect.kind === 'answer') {
      this.addAnswer(effect.requestId, effect.record);
      this.#note(held, effect.requestId, effect.record.position);
      return;
    }
    if (effect.kind === 'taken') return this.#note(held, effect.requestId, effect.position);
    if (effect.kind === 'push') {
      const { pushes } = this.#outgoingOf(effect.streamId);
      pushes.add(effect.record, effect.streamId, effect.record.timestamp);
    }
    other(effect);
  }

  #note(held: Held, requestId: number, position: number): void {
    if (sessionOf(requestId) === ALL_SESSIONS) return;
    this.window?.answered(requestId, held.index, position - held.firstPosition, held.timeMs);
  }

  /** An answer that is committed already. */
  addAnswer(requestId: number, record: LogRecord): void {
    this.#outgoingOf(requestId).answers.add(record, requestId, record.timestamp);
  }

  /** What was packed since the last time. */
  take(): readonly Released[] {
    if (this.#filled.length === 0) return NOTHING;
    const released: Released[] = [];
    for (const outgoing of this.#filled) released.push(outgoing.take());
    this.#filled.length = 0;
    return released;
  }

  /**
   * The entries are not committed here: whoever waits learns that the outcome is unknown.
   * @param retry whether the request may be sent again, which tells
   */
  drop(reason: string, retry: boolean): PartitionNotice[] {
    const notices: PartitionNotice[] = [];
    for (const held of this.#held.slice(this.#head)) {
      for (const effect of held.effects) {
        if (effect.kind === 'answer') {
          notices.push({
            kind: 'refused',
            requestId: effect.requestId,
            retry,
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
