// What a partition is told when it starts. Plain data: it may cross a thread boundary.

import type { Member } from '@millrace/raft';

export interface PartitionOptions {
  readonly partitionId: number;
  /** Partitions that definitions are distributed to. */
  readonly partitionCount: number;
  /** Partitions that messages are spread over: those that the cluster began with. Undefined: as many as above. */
  readonly messagePartitionCount?: number | undefined;
  /** Folder of this partition: `log`, `state`, `checkpoints` are below it. */
  readonly dir: string;
  readonly nodeId: number;
  /** The replicas that the partition begins with, this one among them; later its log knows. Empty: wait to be contacted. */
  readonly members: readonly Member[];
  readonly segmentBytes: number;
  /** ms between checkpoints, when anything happened. */
  readonly checkpointIntervalMs: number;
  /** A checkpoint is also taken when the log behind the last one has grown by this many bytes. */
  readonly checkpointLogBytes: number;
  readonly commandsInBatchMax: number;
  /** Commands and bytes that may wait in one class of the queue. */
  readonly queueCommandsMax: number;
  readonly queueBytesMax: number;
  /** Bytes of decoded state kept in memory. */
  readonly stateCacheBytes: number;
  /** Free bytes of the disk below which no work is started. */
  readonly diskFreeBytesMin: number;
  /** Free bytes of the disk below which nothing is taken from other replicas. */
  readonly diskFreeBytesReplicationMin: number;
  /** ms between two looks at the disk's free space. */
  readonly diskIntervalMs: number;
  /** ms: Raft's heartbeat and election time-out, and the tick that both are counted in. */
  readonly heartbeatMs: number;
  readonly electionMs: number;
  readonly tickMs: number;
  /** Whether the group begins with this start: nobody can have voted or acknowledged anything before. */
  readonly isNewGroup: boolean;
  /** Ids of the configured exporters: the log is kept for them. */
  readonly exporterIds: readonly string[];
}

const MIB = 1024 * 1024;

/** A single partition on a machine of its own; the folder has to be given. */
export const PARTITION_DEFAULTS: Omit<PartitionOptions, 'dir'> = {
  partitionId: 1,
  partitionCount: 1,
  nodeId: 0,
  members: [{ id: 0, type: 'voter', priority: 1 }],
  segmentBytes: 64 * MIB,
  checkpointIntervalMs: 5 * 60_000,
  checkpointLogBytes: 512 * MIB,
  commandsInBatchMax: 100,
  queueCommandsMax: 10_000,
  queueBytesMax: 32 * MIB,
  stateCacheBytes: 32 * MIB,
  diskFreeBytesMin: 64 * MIB,
  diskFreeBytesReplicationMin: 32 * MIB,
  diskIntervalMs: 1_000,
  heartbeatMs: 250,
  electionMs: 2_500,
  tickMs: 50,
  isNewGroup: true,
  exporterIds: [],
};

/** Whether another replica may take what this one does not. */
export function isReplicated(options: PartitionOptions): boolean {
  return options.members.length !== 1;
}
