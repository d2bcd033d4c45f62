// What a gateway and a partition say to each other. The partition does not know which thread it is on:
// everything is plain data and packed bytes, one message per tick and direction.
//
// Commands and answers travel as record batches in the encoding of the log (protocol/src/entry.ts): one Uint8Array
// holds all of a tick. `requestId` of a record is the gateway's own number for the waiting call.

import { ALL_SESSIONS, type Key, type SuspensionValue } from '@millrace/protocol';
import type { Member } from '@millrace/raft';
import type { ExportedPosition } from '../exporting/index.ts';

/** Gateway to partition. */
export interface ToPartition {
  /** Whose it is; ALL_SESSIONS for the broker that owns the partition. */
  readonly session: number;
  /** A batch of COMMAND records with request ids, encoded by EntryEncoder; empty when there is none. */
  readonly commands: Uint8Array | undefined;
  /** 0: the commands are sent for the first time. Else they are sent again, and this is how long ago, in ms, the oldest was sent first. */
  readonly retriedSinceMs: number;
  readonly control: readonly PartitionControl[];
}

export type PartitionControl =
  | OpenStream
  | { readonly kind: 'close-stream'; readonly streamId: number }
  /** Ask again for the answer that says what this partition is and does; answered by PartitionStatus. */
  | { readonly kind: 'status'; readonly requestId: number }
  | { readonly kind: 'clock'; readonly offsetMs: number; readonly pinnedMs: number | undefined }
  | { readonly kind: 'exporter-position'; readonly position: ExportedPosition }
  | { readonly kind: 'checkpoint' }
  /** A message of another replica's Raft. */
  | { readonly kind: 'raft'; readonly from: number; readonly bytes: Uint8Array }
  /** The process of the broker has ended. */
  | { readonly kind: 'broker-gone'; readonly nodeId: number }
  /** The gateway is gone: its streams end. */
  | { readonly kind: 'session-gone'; readonly session: number }
  /** Hand leadership to this replica; answered by `done`. */
  | { readonly kind: 'transfer'; readonly requestId: number; readonly to: number }
  /** Hand leadership to whoever can take it, as far as that is possible in time; answered by `done`. */
  | { readonly kind: 'hand-over'; readonly requestId: number; readonly deadlineMs: number }
  /** Send all definitions, and those deployed from now on, to the partitions that join; partition 1's leader does. */
  | {
      readonly kind: 'scale-up';
      readonly requestId: number;
      readonly partitionCount: number;
      readonly added: readonly number[];
    }
  /** Answered when these partitions have everything that was sent to them. */
  | {
      readonly kind: 'await-distribution';
      readonly requestId: number;
      readonly partitions: readonly number[];
    }
  /** Stop working for this process instance; answered by `done`. */
  | { readonly kind: 'ban'; readonly requestId: number; readonly processInstanceKey: Key }
  /** Suspend or resume an instance, a definition or a job type; answered by `done`. */
  | {
      readonly kind: 'suspend';
      readonly requestId: number;
      readonly intent: 'SUSPEND' | 'RESUME';
      readonly value: SuspensionValue;
    }
  /** This replica joins the group, or gets this priority; only the leader can; answered by `done`. */
  | {
      readonly kind: 'join-member';
      readonly requestId: number;
      readonly id: number;
      readonly priority: number;
    }
  /** Make these replicas, of which this is one, the only ones, without asking the others; answered by `done`. */
  | {
      readonly kind: 'force-members';
      readonly requestId: number;
      readonly retained: readonly number[];
    }
  /** This replica leaves the group; only the leader can; answered by `done`. */
  | { readonly kind: 'leave-member'; readonly requestId: number; readonly id: number }
  /** The newest version of log entries that all brokers read. */
  | { readonly kind: 'entry-version'; readonly version: number }
  /** Take no commands until `resume`; those that wait stay. */
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** Bytes from another partition, see BetweenPartitions. */
  | { readonly kind: 'deliver'; readonly fromPartition: number; readonly bytes: Uint8Array }
  /** Take no more, end what is under way within the deadline, then close; answered by the notice `closed`. */
  | { readonly kind: 'close'; readonly deadlineMs: number };

/** Controls of the broker that owns the partition. */
export function ofBroker(...control: PartitionControl[]): ToPartition {
  return { session: ALL_SESSIONS, commands: undefined, retriedSinceMs: 0, control };
}

/** Notices for the broker and every gateway, or for one gateway. */
export function noticesOf(
  partitionId: number,
  notices: readonly PartitionNotice[],
  session: number = ALL_SESSIONS,
): FromPartition {
  return { partitionId, session, answers: undefined, pushes: undefined, notices };
}

/** A client that wants jobs pushed. The partition hands it at most `capacity` jobs that are not finished. */
export interface OpenStream {
  readonly kind: 'open-stream';
  readonly streamId: number;
  readonly type: string;
  readonly worker: string;
  /** ms */
  readonly timeout: number;
  readonly fetchVariables: readonly string[];
  readonly tenantIds: readonly string[];
  readonly capacity: number;
}

/** Partition to gateway (and to the broker that owns it). */
export interface FromPartition {
  readonly partitionId: number;
  /** The gateway that it is for; ALL_SESSIONS for notices that concern all of them and the broker. */
  readonly session: number;
  /** A batch of EVENT and COMMAND_REJECTION records: committed answers, matched by request id. */
  readonly answers: Uint8Array | undefined;
  /** JOB_BATCH.ACTIVATED records to push; their request id is the stream id. */
  readonly pushes: Uint8Array | undefined;
  readonly notices: readonly PartitionNotice[];
}

export type PartitionNotice =
  /**
   * The request was not executed, or its outcome is unknown. `code` is a gRPC status name. With `retry` the same request, under
   * the same number, may be sent to the partition's leader: it is executed at most once.
   */
  | {
      readonly kind: 'refused';
      readonly requestId: number;
      readonly retry: boolean;
      readonly code: 'RESOURCE_EXHAUSTED' | 'UNAVAILABLE' | 'INVALID_ARGUMENT' | 'INTERNAL';
      readonly message: string;
    }
  /** Jobs of this type can be activated: waiting polls should ask again. */
  | { readonly kind: 'jobs-available'; readonly type: string }
  | { readonly kind: 'status'; readonly requestId: number; readonly status: PartitionStatus }
  | { readonly kind: 'health'; readonly status: PartitionStatus }
  /** Everything up to this log index is committed: exporters may read it. */
  /** The partition leads: everything in its log is applied, and it takes commands. */
  | {
      readonly kind: 'leading';
      readonly journalDir: string;
      readonly index: number;
      readonly position: number;
      readonly exporters: readonly ExportedPosition[];
    }
  /** The partition leads no more: exporting ends here and goes on where it leads. */
  | { readonly kind: 'not-leading' }
  /** A message for another replica's Raft. */
  | {
      readonly kind: 'raft';
      readonly to: number;
      readonly bytes: Uint8Array;
      readonly urgency: 'urgent' | 'bulk';
    }
  /** A control with a request id has ended; `problem` is empty when it succeeded. */
  | { readonly kind: 'done'; readonly requestId: number; readonly problem: string }
  | { readonly kind: 'committed'; readonly index: number; readonly position: number }
  | { readonly kind: 'send'; readonly toPartition: number; readonly bytes: Uint8Array }
  | { readonly kind: 'metrics'; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'log'; readonly level: 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'closed' };

export interface PartitionStatus {
  readonly partitionId: number;
  readonly role: 'leader' | 'follower' | 'inactive';
  readonly health: 'healthy' | 'unhealthy' | 'dead';
  /** Why it is not healthy; empty when it is. */
  readonly reason: string;
  readonly term: number;
  /** The broker that leads, as far as known here. */
  readonly leader: number | null;
  /** The replicas as of the newest configuration in the log. */
  readonly members: readonly Member[];
  readonly isPaused: boolean;
  /** It lost its folder: until the others have given it everything back, it counts for nothing. */
  readonly isRecovering: boolean;
  readonly processedPosition: number;
  readonly committedIndex: number;
  readonly checkpointIndex: number;
  readonly exportedPosition: number;
}
