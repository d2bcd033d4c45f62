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
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { ProcessMessageSubscription } from '../state/message-subscription-state.ts';
import { commandRecord } from './distribution.ts';

/** A command of one side for the partition of the other one. */
export interface SubscriptionCommand {
  readonly partitionId: number;
  readonly record: LogRecord;
}

/** The partition that keeps the messages of a correlation key. */
export function messagePartitionOf(c: Context, correlationKey: string): number {
  const { messagePartitionCount, partitionCount } = c.options;
  return messagePartition(correlationKey, messagePartitionCount ?? partitionCount);
}

export function tell<T extends ValueType>(
  c: Context,
  partitionId: number,
  valueType: T,
  intent: Intent<T>,
  value: Values[T],
): void {
  if (partitionId === c.options.partitionId) c.out.command(valueType, intent, NO_KEY, value);
  else {
    const record = commandRecord(c, valueType, intent as Intent, NO_KEY, value);
    c.out.turn.effects.push({ kind: 'send-once', partitionId, record });
  }
}

/** The side of the message as the commands to it name it. */
function toMessageSide(
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

/** The side of the instance as the commands to it name it. */
function toInstanceSide(
  value: MessageSubscriptionValue,
  subscriptionPartitionId: number,
): ProcessMessageSubscriptionValue {
  return {
    ...toMessageSide(value, NO_KEY, '', true),
    bpmnProcessId: '',
    subscriptionPartitionId,
    elementId: '',
  };
}

/** To the message's partition: open the subscription. */
export function tellCreate(c: Context, value: ProcessMessageSubscriptionValue): void {
  const opened = toMessageSide(value, NO_KEY, value.correlationKey, value.interrupting);
  tell(c, value.subscriptionPartitionId, 'MESSAGE_SUBSCRIPTION', 'CREATE', opened);
}

/** To the message's partition: close the subscription. */
export function tellDelete(c: Context, value: ProcessMessageSubscriptionValue): void {
  const closed = toMessageSide(value, NO_KEY, '', true);
  tell(c, value.subscriptionPartitionId, 'MESSAGE_SUBSCRIPTION', 'DELETE', closed);
}

/** To the message's partition: the instance has taken the message. */
export function tellTaken(c: Context, value: ProcessMessageSubscriptionValue): void {
  const taken = toMessageSide(value, value.messageKey, '', true);
  tell(c, partitionOf(value.messageKey), 'MESSAGE_SUBSCRIPTION', 'CORRELATE', taken);
}

/** To the message's partition: the instance cannot take the message. */
export function tellNotTaken(c: Context, value: ProcessMessageSubscriptionValue): void {
  const refused = toMessageSide(value, value.messageKey, value.correlationKey, false);
  tell(c, partitionOf(value.messageKey), 'MESSAGE_SUBSCRIPTION', 'REJECT', refused);
}

/** To the instance's partition: the subscription is open. */
export function tellCreated(c: Context, value: MessageSubscriptionValue): void {
  const created = toInstanceSide(value, c.options.partitionId);
  const target = partitionOf(value.processInstanceKey);
  tell(c, target, 'PROCESS_MESSAGE_SUBSCRIPTION', 'CREATE', created);
}

/** To the instance's partition: the subscription is closed. */
export function tellDeleted(c: Context, value: MessageSubscriptionValue): void {
  const deleted = toInstanceSide(value, c.options.partitionId);
  const target = partitionOf(value.processInstanceKey);
  tell(c, target, 'PROCESS_MESSAGE_SUBSCRIPTION', 'DELETE', deleted);
}

/** To the instance's partition: here is a message. @param value with the message's key and variables */
export function tellMessage(c: Context, value: MessageSubscriptionValue): void {
  const { partitionId } = c.options;
  const target = partitionOf(value.processInstanceKey);
  const offered: ProcessMessageSubscriptionValue = {
    ...value,
    // The reference's records of this command say so; elsewhere it is told the truth.
    interrupting: target === partitionId || value.interrupting,
    subscriptionPartitionId: partitionId,
    elementId: '',
  };
  tell(c, target, 'PROCESS_MESSAGE_SUBSCRIPTION', 'CORRELATE', offered);
}

/** What an instance's subscription waits for, told once more. */
export function tellAgain(c: Context, { state, value }: ProcessMessageSubscription): void {
  if (state === 'CREATING') tellCreate(c, value);
  else if (state === 'DELETING') tellDelete(c, value);
}
