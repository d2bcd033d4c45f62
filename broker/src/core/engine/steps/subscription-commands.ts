// What the two sides of a message subscription tell each other (engine-semantics.md H.4). On the same partition it follows in
// the same batch; to another one it is sent after the commit, and again until it is answered.
import {
  EMPTY_DOCUMENT,
  type Intent,
  type Key,
  type LogRecord,
  type MessageSubscriptionValue,
  messagePartition,
  NO_KEY,
  type ProcessMessageSubscriptionValue,
  partitionOf,
} from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { Awaiting } from '../state/message-subscription-state.ts';
import { commandRecord } from './distribution.ts';

/** A command of one side for the other one. */
type SubscriptionCommand =
  | {
      readonly to: 'message';
      readonly partitionId: number;
      readonly intent: Intent<'MESSAGE_SUBSCRIPTION'>;
      readonly value: MessageSubscriptionValue;
    }
  | {
      readonly to: 'instance';
      readonly partitionId: number;
      readonly intent: Intent<'PROCESS_MESSAGE_SUBSCRIPTION'>;
      readonly value: ProcessMessageSubscriptionValue;
    };

/** The partition that keeps the messages of a correlation key. */
export function messagePartitionOf(c: Context, correlationKey: string): number {
  const { messagePartitionCount, partitionCount } = c.options;
  return messagePartition(correlationKey, messagePartitionCount ?? partitionCount);
}

function tell(c: Context, command: SubscriptionCommand): void {
  const { to, partitionId } = command;
  if (partitionId !== c.options.partitionId)
    c.out.turn.effects.push({ kind: 'send-once', partitionId, record: recordOf(c, command) });
  else if (to === 'message')
    c.out.command('MESSAGE_SUBSCRIPTION', command.intent, NO_KEY, command.value);
  else c.out.command('PROCESS_MESSAGE_SUBSCRIPTION', command.intent, NO_KEY, command.value);
}

function recordOf(c: Context, { to, intent, value }: SubscriptionCommand): LogRecord {
  const valueType = to === 'message' ? 'MESSAGE_SUBSCRIPTION' : 'PROCESS_MESSAGE_SUBSCRIPTION';
  return commandRecord(c, valueType, intent as Intent, NO_KEY, value);
}

/** The subscription as the commands to the side of the message name it. */
function named(
  value: MessageSubscriptionValue,
  messageKey: Key,
  correlationKey: string,
  interrupting: boolean,
): MessageSubscriptionValue {
  return {
    processInstanceKey: value.processInstanceKey,
    elementInstanceKey: value.elementInstanceKey,
    bpmnProcessId: value.bpmnProcessId,
    messageKey,
    messageName: value.messageName,
    correlationKey,
    interrupting,
    variables: EMPTY_DOCUMENT,
    tenantId: value.tenantId,
  };
}

/** The same for the side of the instance. */
function namedToInstance(
  c: Context,
  value: MessageSubscriptionValue,
): ProcessMessageSubscriptionValue {
  const subscriptionPartitionId = c.options.partitionId;
  const common = named(value, NO_KEY, '', true);
  return { ...common, bpmnProcessId: '', subscriptionPartitionId, elementId: '' };
}

function createCommand(value: ProcessMessageSubscriptionValue): SubscriptionCommand {
  const opened = named(value, NO_KEY, value.correlationKey, value.interrupting);
  const partitionId = value.subscriptionPartitionId;
  return { to: 'message', partitionId, intent: 'CREATE', value: opened };
}

function deleteCommand(value: ProcessMessageSubscriptionValue): SubscriptionCommand {
  const closed = { ...named(value, NO_KEY, '', true), bpmnProcessId: '' };
  const partitionId = value.subscriptionPartitionId;
  return { to: 'message', partitionId, intent: 'DELETE', value: closed };
}

function messageCommand(c: Context, value: MessageSubscriptionValue): SubscriptionCommand {
  const subscriptionPartitionId = c.options.partitionId;
  const partitionId = partitionOf(value.processInstanceKey);
  // The reference's records of this command say true; to another partition it is told as it is.
  const interrupting = partitionId === subscriptionPartitionId || value.interrupting;
  const offered = { ...value, interrupting, subscriptionPartitionId, elementId: '' };
  return { to: 'instance', partitionId, intent: 'CORRELATE', value: offered };
}

/** To the side of the message: open the subscription. */
export const tellCreate = (c: Context, value: ProcessMessageSubscriptionValue): void =>
  tell(c, createCommand(value));

/** To the side of the message: close the subscription. */
export const tellDelete = (c: Context, value: ProcessMessageSubscriptionValue): void =>
  tell(c, deleteCommand(value));

/** To the side of the message: the instance has taken the message. */
export function tellTaken(c: Context, value: ProcessMessageSubscriptionValue): void {
  const taken = named(value, value.messageKey, '', true);
  const partitionId = partitionOf(value.messageKey);
  tell(c, { to: 'message', partitionId, intent: 'CORRELATE', value: taken });
}

/** To the side of the message: the instance cannot take the message. */
export function tellNotTaken(c: Context, value: ProcessMessageSubscriptionValue): void {
  const refused = named(value, value.messageKey, value.correlationKey, false);
  const partitionId = partitionOf(value.messageKey);
  tell(c, { to: 'message', partitionId, intent: 'REJECT', value: refused });
}

/** To the side of the instance: the subscription is open. */
export function tellCreated(c: Context, value: MessageSubscriptionValue): void {
  const partitionId = partitionOf(value.processInstanceKey);
  tell(c, { to: 'instance', partitionId, intent: 'CREATE', value: namedToInstance(c, value) });
}

/** To the side of the instance: the subscription is closed. */
export function tellDeleted(c: Context, value: MessageSubscriptionValue): void {
  const partitionId = partitionOf(value.processInstanceKey);
  tell(c, { to: 'instance', partitionId, intent: 'DELETE', value: namedToInstance(c, value) });
}

/** To the side of the instance: here is a message. @param value with the message's key and variables */
export const tellMessage = (c: Context, value: MessageSubscriptionValue): void =>
  tell(c, messageCommand(c, value));

export interface UnansweredSubscription {
  readonly partitionId: number;
  readonly record: LogRecord;
  /** Position of the event that the command follows from. */
  readonly position: number;
}

export interface UnansweredSubscriptions {
  readonly commands: readonly UnansweredSubscription[];
  /** Where to go on when there may be more; undefined at the end. */
  readonly next: string | undefined;
}

/** What was told to other partitions by then and not answered, as it has to be sent again. @throws RangeNotLoaded */
export function unansweredSubscriptions(
  c: Context,
  since: number,
  after: string | undefined,
  limit: number,
): UnansweredSubscriptions {
  const commands: UnansweredSubscription[] = [];
  const open = c.state.messageSubscriptions.awaitingSince(since, after, limit);
  for (const { value } of open) {
    const command = openCommand(c, value.side, value.elementInstanceKey, value.messageName);
    if (command === undefined) continue;
    const { partitionId } = command;
    commands.push({ partitionId, record: recordOf(c, command), position: value.position });
  }
  return { commands, next: open.length < limit ? undefined : open.at(-1)?.suffix };
}

function openCommand(
  c: Context,
  side: Awaiting['side'],
  elementInstanceKey: Key,
  messageName: string,
): SubscriptionCommand | undefined {
  if (side === 'message') {
    const known = c.state.messageSubscriptions.get(elementInstanceKey, messageName);
    return known?.isCorrelating ? messageCommand(c, known.value) : undefined;
  }
  const known = c.state.messageSubscriptions.ofInstance(elementInstanceKey, messageName);
  if (known?.state === 'CREATING') return createCommand(known.value);
  return known?.state === 'DELETING' ? deleteCommand(known.value) : undefined;
}
