// A command as it arrives at the engine, before it has a position.
import {
  type Intent,
  type Key,
  NO_OPERATION,
  NO_REQUEST,
  type Values,
  type ValueType,
} from '@millrace/protocol';

export interface InboundCommand {
  readonly valueType: ValueType;
  readonly intent: Intent;
  readonly key: Key;
  readonly value: Values[ValueType];
  /** Who waits for the answer; NO_REQUEST for commands of the broker itself. */
  readonly requestId: number;
  readonly operationReference: number;
  /** Stream that the activated jobs go to; 0 when a request gets them. */
  readonly streamId: number;
  /** Position of the pending command in the log that this is; -1 for a command from outside. */
  readonly pendingPosition: number;
}

/** A command of the broker itself. */
export function internalCommand<T extends ValueType>(
  valueType: T,
  intent: Intent<T>,
  key: Key,
  value: Values[T],
): InboundCommand {
  return {
    valueType,
    intent: intent as Intent,
    key,
    value,
    requestId: NO_REQUEST,
    operationReference: NO_OPERATION,
    streamId: 0,
    pendingPosition: -1,
  };
}
