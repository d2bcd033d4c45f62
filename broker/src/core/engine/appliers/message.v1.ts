// Messages come and go; instances that they start hold a lock (engine-semantics.md H.2, H.3).
import type { Applier } from '../applier.ts';

export const messagePublished: Applier<'MESSAGE'> = (record, state) =>
  state.messages.publish(record.key, record.value);

export const messageExpired: Applier<'MESSAGE'> = (record, state) =>
  state.messages.expire(record.key);

export const startSubscriptionCreated: Applier<'MESSAGE_START_EVENT_SUBSCRIPTION'> = (
  record,
  state,
) => state.startSubscriptions.create(record.key, record.value);

export const startSubscriptionCorrelated: Applier<'MESSAGE_START_EVENT_SUBSCRIPTION'> = (
  { value },
  state,
) => {
  const { messageKey, bpmnProcessId, correlationKey, processInstanceKey, tenantId } = value;
  state.messages.correlate(messageKey, bpmnProcessId);
  if (correlationKey === '') return;
  state.startSubscriptions.lock(processInstanceKey, { bpmnProcessId, correlationKey, tenantId });
};

export const startSubscriptionDeleted: Applier<'MESSAGE_START_EVENT_SUBSCRIPTION'> = (
  record,
  state,
) => state.startSubscriptions.remove(record.value);
