// MESSAGE and what waits for one: on the message's partition, on the instance's, and to start instances.
import type { Document } from '../document.ts';
import type { Key } from '../keys.ts';
import { bool, document, hidden, int, key, list, name, type Schema, text } from '../schema.ts';

export interface MessageValue {
  readonly name: string;
  readonly correlationKey: string;
  /** ms */
  readonly timeToLive: number;
  /** ms since the epoch; -1 when unset. */
  readonly deadline: number;
  readonly variables: Document;
  readonly messageId: string;
  readonly tenantId: string;
}

export const messageSchema: Schema<MessageValue> = {
  name,
  correlationKey: text,
  timeToLive: int,
  deadline: int,
  variables: document,
  messageId: text,
  tenantId: name,
};

export interface MessageBatchValue {
  readonly messageKeys: readonly Key[];
}

export const messageBatchSchema: Schema<MessageBatchValue> = { messageKeys: list(key) };

export interface MessageSubscriptionValue {
  readonly processInstanceKey: Key;
  readonly elementInstanceKey: Key;
  readonly bpmnProcessId: string;
  /** NO_KEY while no message correlates. */
  readonly messageKey: Key;
  readonly messageName: string;
  readonly correlationKey: string;
  readonly interrupting: boolean;
  readonly variables: Document;
  readonly tenantId: string;
}

export const messageSubscriptionSchema: Schema<MessageSubscriptionValue> = {
  processInstanceKey: key,
  elementInstanceKey: key,
  bpmnProcessId: name,
  messageKey: key,
  messageName: name,
  correlationKey: name,
  interrupting: bool,
  variables: document,
  tenantId: name,
};

export interface ProcessMessageSubscriptionValue extends MessageSubscriptionValue {
  /** The partition that keeps the message. */
  readonly subscriptionPartitionId: number;
  readonly elementId: string;
}

export const processMessageSubscriptionSchema: Schema<ProcessMessageSubscriptionValue> = {
  ...messageSubscriptionSchema,
  subscriptionPartitionId: hidden(int),
  elementId: name,
};

export interface MessageStartEventSubscriptionValue {
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  readonly messageName: string;
  readonly startEventId: string;
  readonly processInstanceKey: Key;
  readonly messageKey: Key;
  readonly correlationKey: string;
  readonly variables: Document;
  readonly tenantId: string;
}

export const messageStartEventSubscriptionSchema: Schema<MessageStartEventSubscriptionValue> = {
  processDefinitionKey: key,
  bpmnProcessId: name,
  messageName: name,
  startEventId: name,
  processInstanceKey: key,
  messageKey: key,
  correlationKey: text,
  variables: document,
  tenantId: name,
};
