// A command on its way to a partition: what only the partition knows (position, time, source) is unset.
import { type Intent, type Key, LogRecord, type Values, type ValueType } from '@millrace/protocol';

/** @param operationReference the caller's own number, NO_OPERATION when there is none */
export function commandRecord<T extends ValueType>(
  valueType: T,
  intent: Intent<T>,
  key: Key,
  value: Values[T],
  requestId: number,
  operationReference: number,
): LogRecord {
  return new LogRecord(
    'COMMAND',
    valueType,
    intent,
    key,
    value,
    0,
    -1,
    0,
    undefined,
    '',
    requestId,
    operationReference,
    false,
  );
}
