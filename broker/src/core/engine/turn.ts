// One turn: the records of several commands on their way into one log entry, and what follows from their commit.
import {
  ENTRY_VERSION_MAX,
  type EntryAnswer,
  EntryEncoder,
  type EntryMark,
  type LogRecord,
} from '@millrace/protocol';
import type { Effect } from './effects.ts';

export interface TurnMark {
  readonly entry: EntryMark;
  readonly effects: number;
  readonly nextPosition: number;
}

export class Turn {
  readonly #encoder = new EntryEncoder();
  readonly #partitionId: number;
  readonly effects: Effect[] = [];
  firstPosition = 0;
  nextPosition = 0;
  /** ms since the epoch, the time of every record of the turn */
  timestamp = 0;

  constructor(partitionId: number) {
    this.#partitionId = partitionId;
  }

  /** @param version of the entry; of a group whose members are not all as new, an older one */
  begin(firstPosition: number, timestamp: number, version: number = ENTRY_VERSION_MAX): void {
    this.firstPosition = firstPosition;
    this.nextPosition = firstPosition;
    this.timestamp = timestamp;
    this.effects.length = 0;
    this.#encoder.begin(this.#partitionId, firstPosition, timestamp, version);
  }

  add(record: LogRecord): void {
    this.#encoder.add(record);
    this.nextPosition++;
  }

  /** Bytes of the records so far. */
  get length(): number {
    return this.#encoder.length;
  }

  get isEmpty(): boolean {
    return this.#encoder.count === 0;
  }

  mark(): TurnMark {
    return {
      entry: this.#encoder.mark(),
      effects: this.effects.length,
      nextPosition: this.nextPosition,
    };
  }

  rollback(mark: TurnMark): void {
    this.#encoder.rollback(mark.entry);
    this.effects.length = mark.effects;
    this.nextPosition = mark.nextPosition;
  }

  /** The log entry. @param keyCounter keys handed out by now */
  finish(keyCounter: number): Uint8Array {
    return this.#encoder.finish(keyCounter, this.#answers());
  }

  #answers(): readonly EntryAnswer[] {
    const answers: EntryAnswer[] = [];
    for (const effect of this.effects) {
      if (effect.kind === 'answer')
        answers.push({
          requestId: effect.requestId,
          place: effect.record.position - this.firstPosition,
        });
      else if (effect.kind === 'taken')
        answers.push({ requestId: effect.requestId, place: effect.position - this.firstPosition });
    }
    return answers;
  }
}
