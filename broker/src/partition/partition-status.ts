// What a replica says about itself: to gateways, to probes and to operators.
import type { Refusal } from './command-intake.ts';
import type { PartitionStatus } from './messages.ts';
import type { OpenPartition } from './open-partition.ts';
import { isReplicated, type PartitionOptions } from './partition-options.ts';

/** What the partition knows beside its opening. */
export interface Circumstances {
  /** Why no work is taken or started; empty when it is. */
  readonly fault: string;
  readonly isDead: boolean;
  readonly isPaused: boolean;
  readonly checkpointIndex: number;
}

export function statusOf(
  options: PartitionOptions,
  open: OpenPartition | undefined,
  { fault, isDead, isPaused, checkpointIndex }: Circumstances,
): PartitionStatus {
  const isLeading = open?.isLeading === true;
  const leader = open?.raft.leader ?? null;
  const problem = fault === '' ? (open?.store.problem ?? '') : fault;
  const isRecovering = open?.raft.isRecovering === true;
  const isLedElsewhere = leader !== null && leader !== options.nodeId;
  const isInOrder = isLeading || (isLedElsewhere && !isRecovering);
  return {
    partitionId: options.partitionId,
    role: isLeading ? 'leader' : open === undefined ? 'inactive' : 'follower',
    health: isDead ? 'dead' : isInOrder && problem === '' ? 'healthy' : 'unhealthy',
    reason: problem !== '' || isInOrder ? problem : whyNotInOrder(options, isRecovering),
    term: open?.raft.term ?? 0,
    leader,
    members: open?.raft.configuration.members ?? options.members,
    isPaused,
    isRecovering,
    processedPosition: open?.lastPosition ?? 0,
    committedIndex: open?.raft.commitIndex ?? 0,
    checkpointIndex,
    exportedPosition: exportedPositionOf(options, open),
  };
}

function whyNotInOrder(options: PartitionOptions, isRecovering: boolean): string {
  if (isRecovering) return 'the replica lost its data and is being rebuilt from the others';
  return isReplicated(options) ? 'the partition has no leader' : 'the partition is starting';
}

/** Up to where every exporter has got; -1 when there is none or nothing is known. */
export function exportedPositionOf(
  options: PartitionOptions,
  open: OpenPartition | undefined,
): number {
  if (open === undefined || options.exporterIds.length === 0) return -1;
  return Math.min(...options.exporterIds.map((id) => open.exporters.get(id)?.position ?? -1));
}

/** Why this replica takes no commands, when it is another's turn to lead. */
export function notLeading(options: PartitionOptions, open: OpenPartition | undefined): Refusal {
  const leader = open?.raft.leader ?? null;
  const who = leader === null ? 'no leader is known' : `broker ${leader} leads it`;
  const message = `Expected to handle the command on the leader of partition ${options.partitionId}, but ${who}. Try again.`;
  return { code: 'UNAVAILABLE', message, retry: true };
}
