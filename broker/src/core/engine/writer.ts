// Where processors put what they decide. An event is applied to the state at once, through the same table that replay
// uses, so that the next line of the processor reads the new state.
import {
  type Intent,
  type Key,
  LogRecord,
  NO_REQUEST,
  type RejectionType,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import { applyEvent } from './applier-table.ts';
import type { EngineState } from './state/engine-state.ts';
import type { Turn } from './turn.ts';

/** Job events after which the worker no longer has the job. */
const JOB_LEFT = new Set([
  'COMPLETED',
  'FAILED',
  'ERROR_THROWN',
  'TIMED_OUT',
  'CANCELED',
  'YIELDED',
]);

/** The command turns out to be wrong when part of it was written: all of it is undone, nothing but the rejection is recorded. */
export class Refusal extends Error {
  readonly type: RejectionType;

  constructor(type: RejectionType, reason: string) {
    super(reason);
    this.type = type;
  }
}

/** A chain has written more than one log entry may hold. */
export class BatchTooLarge extends Error {}

export class Writer {
  readonly turn: Turn;
  readonly #state: EngineState;
  /** Commands of the chain that are to run in this batch, oldest first. */
  readonly followUps: LogRecord[] = [];
  /** Commands of the chain so far, the first included. */
  chainCommands = 0;
  /** How many of them may run in this batch. */
  commandsMax = 100;
  /** Length of the turn above which the chain is too large. */
  turnBytesMax = Number.POSITIVE_INFINITY;
  sourcePosition = -1;
  operationReference = -1;

  constructor(turn: Turn, state: EngineState) {
    this.turn = turn;
    this.#state = state;
  }

  /** @throws BatchTooLarge */
  event<T extends ValueType>(
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
  ): LogRecord<T> {
    const turn = this.turn;
    const record = new LogRecord<T>(
      'EVENT',
      valueType,
      intent,
      key,
      value,
      turn.nextPosition,
      this.sourcePosition,
      turn.timestamp,
      undefined,
      '',
      NO_REQUEST,
      this.operationReference,
      false,
    );
    turn.add(record);
    if (turn.length > this.turnBytesMax) throw new BatchTooLarge();
    applyEvent(this.#state, record);
    if (valueType === 'JOB' && JOB_LEFT.has(intent))
      turn.effects.push({ kind: 'job-left', jobKey: key });
    return record;
  }

  /** A follow-up command: runs after all that were written before it, in this batch or as a pending command. @throws BatchTooLarge */
  command<T extends ValueType>(valueType: T, intent: Intent<T>, key: Key, value: Values[T]): void {
    const turn = this.turn;
    this.chainCommands++;
    const runsHere = this.chainCommands <= this.commandsMax;
    const record = new LogRecord<T>(
      'COMMAND',
      valueType,
      intent,
      key,
      value,
      turn.nextPosition,
      this.sourcePosition,
      turn.timestamp,
      undefined,
      '',
      NO_REQUEST,
      this.operationReference,
      runsHere,
    );
    turn.add(record);
    if (turn.length > this.turnBytesMax) throw new BatchTooLarge();
    if (runsHere) this.followUps.push(record);
    else this.#state.pending.add(record);
  }

  /**
   * Refuses a command; whoever waits for it is told.
   * @param value what the record shows instead of the command's value
   */
  reject(command: LogRecord, type: RejectionType, reason: string, value = command.value): void {
    this.answer(command.requestId, this.rejection(command, type, reason, value));
  }

  /** Writes a rejection without answering. */
  rejection(
    command: LogRecord,
    type: RejectionType,
    reason: string,
    value = command.value,
  ): LogRecord {
    const { turn } = this;
    const record = rejectionRecord(
      command,
      type,
      reason,
      value,
      turn,
      this.sourcePosition,
      this.operationReference,
    );
    turn.add(record);
    return record;
  }

  /** Answers a request once this turn is committed. Nothing happens when nobody waits. */
  answer(requestId: number, record: LogRecord): void {
    if (requestId === NO_REQUEST) return;
    this.turn.effects.push({ kind: 'answer', requestId, record });
  }
}

/** A rejection record at the turn's next position. */
export function rejectionRecord(
  command: LogRecord,
  type: RejectionType,
  reason: string,
  value: Values[ValueType],
  turn: Turn,
  sourcePosition: number,
  operationReference: number,
): LogRecord {
  return new LogRecord(
    'COMMAND_REJECTION',
    command.valueType,
    command.intent,
    command.key,
    value,
    turn.nextPosition,
    sourcePosition,
    turn.timestamp,
    type,
    reason,
    NO_REQUEST,
    operationReference,
    false,
  );
}
