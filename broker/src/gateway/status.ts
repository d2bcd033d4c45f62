// The ways a call can end, as gRPC status codes, and the one place that maps engine rejections to them
// (gateway-grpc.md section 3).
import type { LogRecord, RejectionType } from '@millrace/protocol';

export const STATUS = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;
export type StatusName = keyof typeof STATUS;
export type StatusCode = (typeof STATUS)[StatusName];

/** One failed try of a call that goes to any partition. */
export interface Attempt {
  readonly code: StatusCode;
  readonly message: string;
}

/** Ends a call with this status; the message is what the client reads. */
export class StatusError extends Error {
  readonly code: StatusCode;
  readonly attempts: readonly Attempt[];

  constructor(status: StatusName, message: string, attempts: readonly Attempt[] = []) {
    super(message);
    this.code = STATUS[status];
    this.attempts = attempts;
  }
}

/** The engine refused the command: nothing was changed. */
export class RejectionError extends StatusError {}

const REJECTIONS: { readonly [R in RejectionType]: StatusName } = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  NOT_FOUND: 'NOT_FOUND',
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  INVALID_STATE: 'FAILED_PRECONDITION',
  PROCESSING_ERROR: 'INTERNAL',
  EXCEEDED_BATCH_RECORD_SIZE: 'UNKNOWN',
  UNAUTHORIZED: 'PERMISSION_DENIED',
  FORBIDDEN: 'PERMISSION_DENIED',
};

/** The status of a rejected command. The text has the form that clients may parse (shape R). */
export function rejectionStatus(record: LogRecord): RejectionError {
  const type = record.rejectionType ?? 'PROCESSING_ERROR';
  return new RejectionError(
    REJECTIONS[type],
    `Command '${record.intent}' rejected with code '${type}': ${record.rejectionReason}`,
  );
}

/** The status of whatever a handler threw. */
export function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new StatusError(
    'INTERNAL',
    `Unexpected error occurred during the request processing: ${detail}`,
  );
}
