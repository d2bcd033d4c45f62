// One committed record as exporters see it: read-only, with its partition and its JSON line.
//
// The JSON text is made when the first exporter asks for it and kept as long as the record, so that exporters that
// stand at the same place share the work.
import {
  type Intent,
  type Key,
  type LogRecord,
  NO_OPERATION,
  type RecordType,
  type RejectionType,
  recordJson,
  type Values,
  type ValueType,
} from '@millrace/protocol';

export class ExportedRecord<T extends ValueType = ValueType> {
  readonly partitionId: number;
  readonly #record: LogRecord<T>;
  #json = '';

  constructor(record: LogRecord<T>, partitionId: number) {
    this.#record = record;
    this.partitionId = partitionId;
  }

  /** Number of the record in its partition's log; partition and position together name a record for ever. */
  get position(): number {
    return this.#record.position;
  }

  /** Position of the command that led to the record; -1 for a command from outside. */
  get sourceRecordPosition(): number {
    return this.#record.sourcePosition;
  }

  get recordType(): RecordType {
    return this.#record.recordType;
  }

  get valueType(): T {
    return this.#record.valueType;
  }

  get intent(): Intent<T> {
    return this.#record.intent;
  }

  /** Numbers beyond 2^53 exist: show keys by `keyText` of the protocol, never by String(). */
  get key(): Key {
    return this.#record.key;
  }

  /** ms since the epoch */
  get timestamp(): number {
    return this.#record.timestamp;
  }

  get rejectionType(): RejectionType | undefined {
    return this.#record.rejectionType;
  }

  get rejectionReason(): string {
    return this.#record.rejectionReason;
  }

  /** The number that the caller gave to its request; undefined when it gave none. */
  get operationReference(): number | undefined {
    const reference = this.#record.operationReference;
    return reference === NO_OPERATION ? undefined : reference;
  }

  get value(): Values[T] {
    return this.#record.value;
  }

  /** The whole record as one line of JSON with the reference's field names, without line end. */
  json(): string {
    if (this.#json === '')
      this.#json = recordJson(this.#record as unknown as LogRecord, this.partitionId);
    return this.#json;
  }
}
