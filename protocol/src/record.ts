// The envelope of everything in the log: what was asked (COMMAND), what changed (EVENT), what was refused (COMMAND_REJECTION).
import type { Intent, Values, ValueType } from './catalog.ts';
import type { Key } from './keys.ts';

export const RECORD_TYPES = ['EVENT', 'COMMAND', 'COMMAND_REJECTION'] as const;
export type RecordType = (typeof RECORD_TYPES)[number];

/** Why a command was refused (engine-semantics.md A.2); the place in the list is the number on disk. */
export const REJECTION_TYPES = [
  'INVALID_ARGUMENT',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'INVALID_STATE',
  'PROCESSING_ERROR',
  'EXCEEDED_BATCH_RECORD_SIZE',
  'UNAUTHORIZED',
  'FORBIDDEN',
] as const;
export type RejectionType = (typeof REJECTION_TYPES)[number];

/** No request waits for an answer to this record. */
export const NO_REQUEST = -1;
/** The caller gave no operation reference. */
export const NO_OPERATION = -1;

/** One record. A class so that every record has the same shape; never changed once it is in a batch. */
class RecordEnvelope {
  readonly recordType: RecordType;
  readonly valueType: ValueType;
  readonly intent: Intent;
  readonly key: Key;
  readonly value: Values[ValueType];
  /** Number of this record in its partition's log. */
  readonly position: number;
  /** Position of the command that began the chain which led here; -1 for a command from outside. */
  readonly sourcePosition: number;
  /** ms since the epoch */
  readonly timestamp: number;
  readonly rejectionType: RejectionType | undefined;
  readonly rejectionReason: string;
  /** Number that the caller gave to the request, NO_REQUEST when there is none. */
  readonly requestId: number;
  readonly operationReference: number;
  /** A command that was executed in the batch that holds it; an unprocessed one still waits as a pending command. */
  readonly processed: boolean;

  constructor(
    recordType: RecordType,
    valueType: ValueType,
    intent: Intent,
    key: Key,
    value: Values[ValueType],
    position: number,
    sourcePosition: number,
    timestamp: number,
    rejectionType: RejectionType | undefined,
    rejectionReason: string,
    requestId: number,
    operationReference: number,
    processed: boolean,
  ) {
    this.recordType = recordType;
    this.valueType = valueType;
    this.intent = intent;
    this.key = key;
    this.value = value;
    this.position = position;
    this.sourcePosition = sourcePosition;
    this.timestamp = timestamp;
    this.rejectionType = rejectionType;
    this.rejectionReason = rejectionReason;
    this.requestId = requestId;
    this.operationReference = operationReference;
    this.processed = processed;
  }
}

/** A record whose value type is known. Every one of them is a LogRecord of any type. */
export type LogRecord<T extends ValueType = ValueType> = RecordEnvelope & {
  readonly valueType: T;
  readonly intent: Intent<T>;
  readonly value: Values[T];
};

/** Makes a record whose intent and value fit its value type. */
export const LogRecord = RecordEnvelope as new <T extends ValueType>(
  recordType: RecordType,
  valueType: T,
  intent: Intent<T>,
  key: Key,
  value: Values[T],
  position: number,
  sourcePosition: number,
  timestamp: number,
  rejectionType: RejectionType | undefined,
  rejectionReason: string,
  requestId: number,
  operationReference: number,
  processed: boolean,
) => LogRecord<T>;
