// The table of requests that were sent to a partition and have no answer yet.
//
// Guarantees: every request ends exactly once: by its answer, a refusal of the partition, its time-out, or shutdown.
// An answer that comes after that is dropped (the partition has executed the command; the client was told that the
// outcome is unknown). Ordinary requests run out by real time; awaited results by the broker's clock, which tests control.
import { type LogRecord, requestIdOf } from '@millrace/protocol';
import type { Limit } from '../limits.ts';
import { rejectionStatus, StatusError } from '../status.ts';

const SWEEP_MS = 100;

export class PendingRequest {
  readonly requestId: number;
  readonly partitionId: number;
  readonly limit: Limit;
  readonly bytes: number;
  /** In the time of its table: performance.now() or the broker's clock. */
  readonly deadline: number;
  readonly timeoutMs: number;
  readonly awaitsResult: boolean;
  readonly resolve: (record: LogRecord) => void;
  readonly reject: (error: StatusError) => void;

  constructor(
    requestId: number,
    partitionId: number,
    limit: Limit,
    bytes: number,
    deadline: number,
    timeoutMs: number,
    awaitsResult: boolean,
    resolve: (record: LogRecord) => void,
    reject: (error: StatusError) => void,
  ) {
    this.requestId = requestId;
    this.partitionId = partitionId;
    this.limit = limit;
    this.bytes = bytes;
    this.deadline = deadline;
    this.timeoutMs = timeoutMs;
    this.awaitsResult = awaitsResult;
    this.resolve = resolve;
    this.reject = reject;
  }
}

export class PendingRequests {
  readonly #requests = new Map<number, PendingRequest>();
  readonly #results = new Map<number, PendingRequest>();
  readonly #now: () => number;
  readonly #address: string;
  #sweeper: NodeJS.Timeout | undefined;
  /** Never used twice, across restarts either: partitions remember who awaits a result. */
  #session: number;
  #count = 0;

  /**
   * @param now the broker's clock, ms
   * @param address what time-out texts name as the broker
   * @param session the gateway's session, which is part of every number
   */
  constructor(now: () => number, address: string, session: number) {
    this.#now = now;
    this.#address = address;
    this.#session = session;
  }

  get session(): number {
    return this.#session;
  }

  get size(): number {
    return this.#requests.size + this.#results.size;
  }

  nextId(): number {
    return requestIdOf(this.#session, this.#count++);
  }

  /** Takes the request's place under its limit. @throws StatusError RESOURCE_EXHAUSTED */
  add(
    requestId: number,
    partitionId: number,
    limit: Limit,
    bytes: number,
    timeoutMs: number,
    awaitsResult: boolean,
    resolve: (record: LogRecord) => void,
    reject: (error: StatusError) => void,
  ): void {
    limit.take(bytes);
    const deadline = (awaitsResult ? this.#now() : performance.now()) + timeoutMs;
    const request = new PendingRequest(
      requestId,
      partitionId,
      limit,
      bytes,
      deadline,
      timeoutMs,
      awaitsResult,
      resolve,
      reject,
    );
    (awaitsResult ? this.#results : this.#requests).set(requestId, request);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_MS);
  }

  #take(requestId: number): PendingRequest | undefined {
    const table = this.#requests.has(requestId) ? this.#requests : this.#results;
    const request = table.get(requestId);
    if (request === undefined) return undefined;
    table.delete(requestId);
    request.limit.give(request.bytes);
    return request;
  }

  /** Gives up waiting, for a caller that has gone. */
  forget(requestId: number): void {
    this.#take(requestId);
  }

  answered(record: LogRecord): void {
    const { requestId } = record;
    if (record.recordType === 'COMMAND_REJECTION') {
      this.#take(requestId)?.reject(rejectionStatus(record));
      return;
    }
    if (this.#results.has(requestId) && record.valueType !== 'PROCESS_INSTANCE_RESULT') return;
    this.#take(requestId)?.resolve(record);
  }

  refused(requestId: number, error: StatusError): void {
    this.#take(requestId)?.reject(error);
  }

  /** Ends everything that waits, at shutdown. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
    for (const requestId of [...this.#requests.keys(), ...this.#results.keys()]) {
      this.#take(requestId)?.reject(
        new StatusError('UNAVAILABLE', 'The gateway is shutting down; the outcome is unknown'),
      );
    }
  }

  #sweep(): void {
    const real = performance.now();
    for (const request of this.#requests.values()) {
      if (request.deadline > real) break; // all have the same time-out: the oldest come first
      this.#expire(request);
    }
    const now = this.#now();
    for (const request of this.#results.values()) {
      if (request.deadline <= now) this.#expire(request);
    }
    if (this.size === 0) {
      clearInterval(this.#sweeper);
      this.#sweeper = undefined;
    }
  }

  #expire(request: PendingRequest): void {
    this.#take(request.requestId);
    const to = `command-api-${request.partitionId} to ${this.#address}`;
    request.reject(
      new StatusError(
        'DEADLINE_EXCEEDED',
        `Time out between gateway and broker: Request ${to} timed out in ${isoDuration(request.timeoutMs)}`,
      ),
    );
  }
}

/** ISO 8601 text of a duration in ms, for example PT1.5S. */
export function isoDuration(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor((ms % 3_600_000) / 60_000);
  const seconds = (ms % 60_000) / 1000;
  const text =
    (hours > 0 ? `${hours}H` : '') +
    (minutes > 0 ? `${minutes}M` : '') +
    (seconds > 0 ? `${seconds}S` : '');
  return `PT${text === '' ? '0S' : text}`;
}
