// What the partition has to do once the records of a turn are committed. Plain data in a closed union.
import type { Key, LogRecord } from '@millrace/protocol';

export type Effect =
  /** Answer the waiting request with this record (an event or a rejection). */
  | { readonly kind: 'answer'; readonly requestId: number; readonly record: LogRecord }
  /** The request is executed and its answer comes with a later entry; its command is at this position. */
  | { readonly kind: 'taken'; readonly requestId: number; readonly position: number }
  /** Hand the jobs of this JOB_BATCH.ACTIVATED record to a stream. */
  | { readonly kind: 'push'; readonly streamId: number; readonly record: LogRecord<'JOB_BATCH'> }
  /** A job of this type can be activated and was not pushed. */
  | { readonly kind: 'jobs-available'; readonly type: string; readonly tenantId: string }
  /** The job is no longer with the worker that had it. */
  | { readonly kind: 'job-left'; readonly jobKey: Key }
  /** Something is due at a new time: look at the due dates again. */
  | { readonly kind: 'due'; readonly timeMs: number }
  /** A command for another partition; sent again until that partition's acknowledgement is in the state. */
  | { readonly kind: 'send'; readonly partitionId: number; readonly record: LogRecord }
  /** A command for another partition; what it is about stands in the state until that has answered, and sends it again. */
  | { readonly kind: 'send-once'; readonly partitionId: number; readonly record: LogRecord };
