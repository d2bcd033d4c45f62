// Both sides of the subscriptions to messages (engine-semantics.md H.4).
import type { LogRecord } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import type { EngineState } from '../state/engine-state.ts';
import type { ProcessSubscriptionState } from '../state/message-subscription-state.ts';
import { subscriptionClosed, subscriptionOpened } from './subscriptions.v1.ts';

type MessageSide = Applier<'MESSAGE_SUBSCRIPTION'>;
type InstanceSide = Applier<'PROCESS_MESSAGE_SUBSCRIPTION'>;

function put(
  record: LogRecord<'MESSAGE_SUBSCRIPTION'>,
  state: EngineState,
  isCorrelating: boolean,
): void {
  const { key, value, timestamp, position } = record;
  const next = { key, isCorrelating, since: timestamp, value };
  state.messageSubscriptions.put(next, position);
}

export const messageSubscriptionCreated: MessageSide = (record, state) => put(record, state, false);

/** The message counts as gone to the process id, until the instance has refused it. */
export const messageSubscriptionCorrelating: MessageSide = (record, state) => {
  put(record, state, true);
  state.messages.correlate(record.value.messageKey, record.value.bpmnProcessId);
};

export const messageSubscriptionCorrelated: MessageSide = (record, state) => {
  const { interrupting, elementInstanceKey, messageName } = record.value;
  if (interrupting) state.messageSubscriptions.remove(elementInstanceKey, messageName);
  else put(record, state, false);
};

export const messageSubscriptionRejected: MessageSide = ({ value }, state) => {
  state.messageSubscriptions.remove(value.elementInstanceKey, value.messageName);
  state.messages.release(value.messageKey, value.bpmnProcessId);
};

export const messageSubscriptionDeleted: MessageSide = ({ value }, state) =>
  state.messageSubscriptions.remove(value.elementInstanceKey, value.messageName);

export const messageSubscriptionMigrated: MessageSide = (record, state) => {
  const { elementInstanceKey, messageName } = record.value;
  const known = state.messageSubscriptions.get(elementInstanceKey, messageName);
  put(record, state, known?.isCorrelating ?? false);
};

function putOfInstance(
  record: LogRecord<'PROCESS_MESSAGE_SUBSCRIPTION'>,
  state: EngineState,
  next: ProcessSubscriptionState,
): void {
  const { key, value, timestamp, position } = record;
  const subscription = { key, state: next, since: timestamp, value };
  state.messageSubscriptions.putOfInstance(subscription, position);
}

export const processSubscriptionCreating: InstanceSide = (record, state) => {
  putOfInstance(record, state, 'CREATING');
  subscriptionOpened(state, record.value.elementInstanceKey);
};

export const processSubscriptionCreated: InstanceSide = (record, state) =>
  putOfInstance(record, state, 'CREATED');

/** An interrupting event happens once. */
export const processSubscriptionCorrelated: InstanceSide = (record, state) => {
  const { interrupting, elementInstanceKey, messageName } = record.value;
  if (!interrupting) return putOfInstance(record, state, 'CREATED');
  state.messageSubscriptions.removeOfInstance(elementInstanceKey, messageName);
  subscriptionClosed(state, elementInstanceKey);
};

export const processSubscriptionDeleting: InstanceSide = (record, state) => {
  putOfInstance(record, state, 'DELETING');
  subscriptionClosed(state, record.value.elementInstanceKey);
};

/** It may end without having been closed: the side of the message is gone. */
export const processSubscriptionDeleted: InstanceSide = (record, state) => {
  const { elementInstanceKey, messageName } = record.value;
  const known = state.messageSubscriptions.ofInstance(elementInstanceKey, messageName);
  state.messageSubscriptions.removeOfInstance(elementInstanceKey, messageName);
  if (known !== undefined && known.state !== 'DELETING')
    subscriptionClosed(state, elementInstanceKey);
};

/** The subscription goes on under the ids of another definition. */
export const processSubscriptionMigrated: InstanceSide = (record, state) => {
  const { elementInstanceKey, messageName } = record.value;
  const known = state.messageSubscriptions.ofInstance(elementInstanceKey, messageName);
  putOfInstance(record, state, known?.state ?? 'CREATED');
};
