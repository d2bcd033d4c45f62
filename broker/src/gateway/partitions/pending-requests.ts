// The table of requests that have no answer yet.
//
// Guarantees: every request ends exactly once: by its answer, a refusal, its time-out, or shutdown, and gives its place under
// the limit back. An answer that comes after that is dropped (the client was told that the outcome is unknown).
// Ordinary requests run out by real time; awaited results by the broker's clock, which tests control.
// Leaves to others: sending, and what a time-out says.
import type { LogRecord } from '@millrace/protocol';
import type { Cancel, Timers } from '@millrace/raft';
import { rejectionStatus, StatusError } from '../status.ts';
import { NOBODY, type PendingRequest } from './pending-request.ts';

const SWEEP_MS = 100;

export class PendingRequests {
  readonly #requests = new Map<number, PendingRequest>();
  readonly #results = new Map<number, PendingRequest>();
  readonly #timers: Timers;
  readonly #now: () => number;
  readonly #timedOut: (request: PendingRequest) => StatusError;
  #cancelSweep: Cancel | undefined;

  /**
   * @param now the broker's clock, ms
   * @param timedOut the status of a request whose time is over
   */
  constructor(
    timers: Timers,
    now: () => number,
    timedOut: (request: PendingRequest) => StatusError,
  ) {
    this.#timers = timers;
    this.#now = now;
    this.#timedOut = timedOut;
  }

  get size(): number {
    return this.#requests.size + this.#results.size;
  }

  /** Takes the request's place under its limit. @throws StatusError RESOURCE_EXHAUSTED */
  add(request: PendingRequest): void {
    const { awaitsResult, limit, bytes, timeoutMs } = request;
    limit.take(bytes);
    request.deadline = this.#timers.monotonicMs() + timeoutMs;
    if (awaitsResult) request.clockDeadline = this.#now() + timeoutMs;
    (awaitsResult ? this.#results : this.#requests).set(request.command.requestId, request);
    this.#cancelSweep ??= this.#timers.every(SWEEP_MS, () => this.#sweep());
  }

  get(requestId: number): PendingRequest | undefined {
    return this.#requests.get(requestId) ?? this.#results.get(requestId);
  }

  /** Those that a broker has, in the order in which they came. */
  sent(): PendingRequest[] {
    const sent: PendingRequest[] = [];
    for (const request of this.#requests.values()) if (request.node !== NOBODY) sent.push(request);
    for (const request of this.#results.values()) if (request.node !== NOBODY) sent.push(request);
    return sent;
  }

  /** Gives up waiting, for a caller that has gone. */
  forget(request: PendingRequest): void {
    if (request.ended) return;
    request.ended = true;
    const table = request.awaitsResult ? this.#results : this.#requests;
    table.delete(request.command.requestId);
    this.release(request);
    request.limit.give(request.bytes);
  }

  /** The request waits among these until it is released; when its call ends it is forgotten. */
  keep(request: PendingRequest, among: Set<PendingRequest>): void {
    const { call } = request;
    if (call?.ended === true) return this.forget(request);
    among.add(request);
    request.waitsIn = among;
    if (call === undefined || request.isWatched) return;
    request.isWatched = true;
    call.onEnd(() => {
      if (request.waitsIn !== undefined) this.forget(request);
    });
  }

  /** It waits no more. */
  release(request: PendingRequest): void {
    request.waitsIn?.delete(request);
    request.waitsIn = undefined;
  }

  fail(request: PendingRequest, error: StatusError): void {
    if (request.ended) return;
    this.forget(request);
    request.reject(error);
  }

  /** A committed answer, whichever broker gave it. */
  answered(record: LogRecord): void {
    const request = this.get(record.requestId);
    if (request === undefined) return;
    if (record.recordType === 'COMMAND_REJECTION') {
      this.fail(request, rejectionStatus(record));
      return;
    }
    if (request.awaitsResult && record.valueType !== 'PROCESS_INSTANCE_RESULT') return;
    this.forget(request);
    request.resolve(record);
  }

  /** Ends everything that waits, at shutdown. */
  close(): void {
    this.#cancelSweep?.();
    this.#cancelSweep = undefined;
    for (const request of [...this.#requests.values(), ...this.#results.values()]) {
      const text = 'The gateway is shutting down';
      this.fail(
        request,
        new StatusError('UNAVAILABLE', request.wasSent ? `${text}; the outcome is unknown` : text),
      );
    }
  }

  #sweep(): void {
    const real = this.#timers.monotonicMs();
    for (const request of this.#requests.values()) {
      if (request.deadline > real) break; // all have the same time-out: the oldest come first
      this.fail(request, this.#timedOut(request));
    }
    const now = this.#now();
    for (const request of this.#results.values()) {
      // Results are awaited on the broker's clock, which people may move, and which may be corrected while one waits.
      if (request.clockDeadline <= now || request.deadline <= real)
        this.fail(request, this.#timedOut(request));
    }
    if (this.size === 0) {
      this.#cancelSweep?.();
      this.#cancelSweep = undefined;
    }
  }
}
