// Talks to one partition: packs all commands of an event-loop tick into one message and unpacks what comes back.
//
// Commands go out in the order in which they were added. A tick's commands beyond FLUSH_BYTES leave at once, so that
// the packing buffer stays small. What becomes of a request is left to PendingRequests.
import {
  ALL_SESSIONS,
  decodeEntry,
  EntryEncoder,
  type Intent,
  type Key,
  LogRecord,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { FromPartition, PartitionControl } from '../../partition/messages.ts';
import type { PartitionPort } from './partition-port.ts';

const FLUSH_BYTES = 1024 * 1024;
/** A buffer that has grown beyond this is not kept. */
const KEEP_BYTES = 2 * FLUSH_BYTES;
const NO_CONTROL: readonly PartitionControl[] = [];

export interface LinkListener {
  answered(record: LogRecord, partitionId: number): void;
  pushed(record: LogRecord, partitionId: number): void;
  noticed(notice: FromPartition['notices'][number], partitionId: number): void;
  /** A message of the partition has been handed on completely. */
  settled(): void;
}

export class PartitionLink {
  readonly partitionId: number;
  readonly #port: PartitionPort;
  #encoder = new EntryEncoder();
  #control: PartitionControl[] = [];
  #open = false;
  #scheduled = false;
  readonly #flush = (): void => {
    this.#scheduled = false;
    this.flush();
  };

  readonly #session: number;

  constructor(port: PartitionPort, session: number, listener: LinkListener) {
    this.#session = session;
    this.partitionId = port.partitionId;
    this.#port = port;
    port.onMessage((message) => {
      if (message.session === session || message.session === ALL_SESSIONS)
        receive(message, listener);
    });
  }

  command<T extends ValueType>(
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
    requestId: number,
    operationReference: number,
  ): void {
    if (!this.#open) {
      this.#encoder.begin(this.partitionId, 0, 0);
      this.#open = true;
    }
    const mark = this.#encoder.mark();
    try {
      this.#encoder.add(
        new LogRecord(
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
        ),
      );
    } catch (error) {
      this.#encoder.rollback(mark);
      throw error;
    }
    if (this.#encoder.length > FLUSH_BYTES) this.flush();
    else this.#schedule();
  }

  control(control: PartitionControl): void {
    this.#control.push(control);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#flush);
  }

  /** Sends what waits, now. */
  flush(): void {
    const control = this.#control.length === 0 ? NO_CONTROL : this.#control;
    if (control !== NO_CONTROL) this.#control = [];
    let commands: Uint8Array | undefined;
    if (this.#open) {
      const { length, count } = this.#encoder;
      if (count > 0) commands = this.#encoder.finish();
      this.#open = false;
      if (length > KEEP_BYTES) this.#encoder = new EntryEncoder();
    }
    if (commands !== undefined || control.length > 0)
      this.#port.send({ session: this.#session, commands, retriedSinceMs: 0, control });
  }
}

function receive(message: FromPartition, listener: LinkListener): void {
  const { partitionId } = message;
  if (message.answers !== undefined) {
    const records = decodeEntry(message.answers);
    for (let i = 0; i < records.length; i++) {
      listener.answered(records[i] as LogRecord, partitionId);
    }
  }
  if (message.pushes !== undefined) {
    const records = decodeEntry(message.pushes);
    for (let i = 0; i < records.length; i++) {
      listener.pushed(records[i] as LogRecord, partitionId);
    }
  }
  for (const notice of message.notices) listener.noticed(notice, partitionId);
  listener.settled();
}
