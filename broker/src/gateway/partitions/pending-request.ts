// One request of a client, from the moment it was accepted until it ends: what is asked, how long, and who has it.
//
// Leaves to others: who may end it (PendingRequests) and where it goes (PartitionRoute, Partitions).
import type { LogRecord } from '@millrace/protocol';
import type { Limit } from '../limits.ts';
import type { CallContext } from '../service/call.ts';
import type { Attempt, StatusError } from '../status.ts';

/**
 * What becomes of a request that cannot be sent at once, because its partition has no leader or the way to it is cut:
 * `wait`: it is kept until its deadline. `skip`: it ends, the caller goes on without. `anywhere`: any other partition may have it.
 */
export type Patience = 'wait' | 'skip' | 'anywhere';

/** No broker has the request. */
export const NOBODY = -1;
/** The request was never sent. */
export const NEVER = -1;

export class PendingRequest {
  /** With the request's number; its bytes are made anew each time it is sent. */
  readonly command: LogRecord;
  readonly patience: Patience;
  readonly limit: Limit;
  /** What it weighs under the limit. */
  readonly bytes: number;
  readonly timeoutMs: number;
  /** The answer is the result of the instance that it creates; its time-out runs on the broker's clock. */
  readonly awaitsResult: boolean;
  /** The client's call: when it has ended, the request is not sent (again). Undefined: it is sent in any case. */
  readonly call: CallContext | undefined;
  readonly resolve: (record: LogRecord) => void;
  readonly reject: (error: StatusError) => void;

  /** 0 while any partition may have it. */
  partitionId: number;
  /** Monotonic ms. */
  deadline = 0;
  /** The same on the broker's clock, for one that awaits a result, ms. */
  clockDeadline = 0;
  ended = false;
  /** The broker that it was sent to last, and that has not refused it. */
  node = NOBODY;
  /** When it was sent for the first time, in whole monotonic ms. */
  firstSentMs = NEVER;
  /** How often it was sent. Beyond 1 an earlier leader may have executed it. */
  sends = 0;
  /** Not sent after this moment of the broker's clock, ms. */
  notAfterMs: number | undefined;
  /** Those that wait for a leader, it among them. */
  waitsIn: Set<PendingRequest> | undefined;
  /** Whether the end of its call is watched. */
  isWatched = false;
  /** Partitions that had no room for it. */
  tried: number[] | undefined;
  attempts: Attempt[] | undefined;

  constructor(
    command: LogRecord,
    partitionId: number,
    patience: Patience,
    limit: Limit,
    bytes: number,
    timeoutMs: number,
    awaitsResult: boolean,
    call: CallContext | undefined,
    resolve: (record: LogRecord) => void,
    reject: (error: StatusError) => void,
  ) {
    this.command = command;
    this.partitionId = partitionId;
    this.patience = patience;
    this.limit = limit;
    this.bytes = bytes;
    this.timeoutMs = timeoutMs;
    this.awaitsResult = awaitsResult;
    this.call = call;
    this.resolve = resolve;
    this.reject = reject;
  }

  get wasSent(): boolean {
    return this.firstSentMs !== NEVER;
  }
}
