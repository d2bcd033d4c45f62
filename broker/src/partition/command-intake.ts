// Takes batches of commands from gateways and other partitions into the queue, or refuses them with the reason.
import { ALL_SESSIONS, decodeEntry, NO_REQUEST, sessionOf } from '@millrace/protocol';
import type { InboundCommand } from '../core/engine/inbound-command.ts';
import { type CommandClass, type CommandQueue, classOf } from './command-queue.ts';
import type { PartitionNotice } from './messages.ts';
import type { RepeatedRequests } from './repeated-requests.ts';

/** Why commands are not taken. */
export interface Refusal {
  readonly code: 'RESOURCE_EXHAUSTED' | 'UNAVAILABLE';
  readonly message: string;
  /** Whether another replica, or this one later, may take the same request. */
  readonly retry: boolean;
}

/**
 * Commands of a gateway; what the queue does not take is refused.
 * @param refusalOf why no command of the class is taken at the moment, e.g. while the disk is full
 * @param requests knows those that were executed before; undefined while this replica takes nothing
 */
export function takeCommands(
  message: { readonly commands: Uint8Array; readonly retriedSinceMs: number },
  nowMs: number,
  queue: CommandQueue,
  partitionId: number,
  refusalOf: (commandClass: CommandClass) => Refusal | undefined,
  requests: RepeatedRequests | undefined,
): PartitionNotice[] {
  const bytes = message.commands;
  const sinceMs = message.retriedSinceMs > 0 ? nowMs - message.retriedSinceMs : undefined;
  const refused: PartitionNotice[] = [];
  const records = decodeEntry(bytes);
  const share = records.length === 0 ? 0 : Math.ceil(bytes.length / records.length);
  for (const record of records) {
    const commandClass = classOf(record.valueType, record.intent);
    let refusal = refusalOf(commandClass);
    if (refusal === undefined && requests !== undefined && record.requestId !== NO_REQUEST) {
      const admission = requests.admit(record.requestId, sinceMs);
      if (admission === 'wait') continue;
      if (admission !== 'execute') refusal = admission;
    }
    if (refusal === undefined) {
      const command: InboundCommand = {
        valueType: record.valueType,
        intent: record.intent,
        key: record.key,
        value: record.value,
        requestId: record.requestId,
        operationReference: record.operationReference,
        streamId: 0,
        pendingPosition: -1,
      };
      const limit = queue.offer(commandClass, { kind: 'command', command, bytes: share });
      if (limit !== undefined) {
        const message = `Expected to handle the command on partition ${partitionId}, but ${limit}. Try again later.`;
        refusal = { code: 'RESOURCE_EXHAUSTED', message, retry: false };
      } else if (sessionOf(record.requestId) !== ALL_SESSIONS) {
        requests?.window.begin(record.requestId);
      }
    }
    if (refusal !== undefined && record.requestId !== NO_REQUEST) {
      refused.push({
        kind: 'refused',
        requestId: record.requestId,
        retry: refusal.retry,
        code: refusal.code,
        message: refusal.message,
      });
    }
  }
  return refused;
}

/** Commands of another partition: owed work. All of them are sent again when they get lost, so what does not fit is dropped. */
export function takeDelivered(bytes: Uint8Array, queue: CommandQueue): void {
  for (const record of decodeEntry(bytes)) {
    if (!queue.hasRoom(1)) return;
    const command: InboundCommand = {
      valueType: record.valueType,
      intent: record.intent,
      key: record.key,
      value: record.value,
      requestId: NO_REQUEST,
      operationReference: record.operationReference,
      streamId: 0,
      pendingPosition: -1,
    };
    queue.offer(1, { kind: 'command', command, bytes: bytes.length });
  }
}

/** Empties the queue; the notices for those who wait. */
export function refuseAll(queue: CommandQueue, refusal: Refusal): PartitionNotice[] {
  const notices: PartitionNotice[] = [];
  for (let item = queue.take(0); item !== undefined; item = queue.take(0)) {
    if (item.kind !== 'command' || item.command.requestId === NO_REQUEST) continue;
    notices.push({ kind: 'refused', requestId: item.command.requestId, ...refusal });
  }
  return notices;
}

/** The notices for all who wait for commands of a batch that nobody takes. */
export function refuseBatch(bytes: Uint8Array, refusal: Refusal): PartitionNotice[] {
  return decodeEntry(bytes)
    .filter(({ requestId }) => requestId !== NO_REQUEST)
    .map(({ requestId }) => ({ kind: 'refused', requestId, ...refusal }));
}
