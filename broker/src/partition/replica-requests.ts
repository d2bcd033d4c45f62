// What operators and the cluster's plans ask of a replica, and what takes time.
import { type Key, keyText, NO_KEY } from '@millrace/protocol';
import type { Timers } from '@millrace/raft';
import { internalCommand } from '../core/engine/inbound-command.ts';
import { scaleUp, untilDistributed } from './bring-definitions.ts';
import { joinMember, leaveMember } from './edit-members.ts';
import { handOver } from './end-replica.ts';
import type { PartitionControl } from './messages.ts';
import type { OpenPartition } from './open-partition.ts';
import { orderSuspension } from './order-suspension.ts';

/** Why a replica does not do what only a leader can. */
export const NOT_LEADING = 'this replica of the partition does not lead';

const KINDS = [
  'transfer',
  'hand-over',
  'ban',
  'suspend',
  'scale-up',
  'await-distribution',
  'join-member',
  'leave-member',
] as const;

export type ReplicaRequest = Extract<PartitionControl, { readonly kind: (typeof KINDS)[number] }>;

export function isReplicaRequest(control: PartitionControl): control is ReplicaRequest {
  return (KINDS as readonly string[]).includes(control.kind);
}

/** Rejects with the reason when it did not succeed. */
export async function answerRequest(
  request: ReplicaRequest,
  open: OpenPartition,
  timers: Timers,
): Promise<void> {
  switch (request.kind) {
    case 'transfer':
      return open.raft.transferLeadership(request.to);
    case 'hand-over':
      return handOver(open, request.deadlineMs, timers);
    case 'ban':
      return ban(request.processInstanceKey, open);
    case 'suspend':
      if (!open.isLeading) throw new Error(NOT_LEADING);
      return orderSuspension(open, request.intent, request.value, timers);
    case 'scale-up':
      return scaleUp(open, request.partitionCount, request.added, timers);
    case 'await-distribution':
      return untilDistributed(open, request.partitions, timers);
    case 'join-member':
      return joinMember(open, request.id, request.priority, timers);
    case 'leave-member':
      return leaveMember(open, request.id);
  }
}

/** Takes a process instance out of work; its partition's leader does. */
async function ban(processInstanceKey: Key, open: OpenPartition): Promise<void> {
  if (!open.isLeading) throw new Error(NOT_LEADING);
  const instance = open.engine.state.elements.get(processInstanceKey);
  if (instance?.value.processInstanceKey !== processInstanceKey)
    throw new Error(`there is no process instance ${keyText(processInstanceKey)}`);
  const value = {
    exceptionMessage: 'Banned by an operator',
    stacktrace: '',
    errorEventPosition: -1,
    processInstanceKey,
  };
  open.offer(internalCommand('ERROR', 'BAN', NO_KEY, value));
}
