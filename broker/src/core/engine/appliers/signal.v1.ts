// Signal subscriptions come and go.
import { NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import { subscriptionClosed, subscriptionOpened } from './subscriptions.v1.ts';

/** Of signals that come more than once the first counts. */
export const signalBroadcasted: Applier<'SIGNAL'> = (record, state) =>
  state.distributions.takeSignal(record.key);

export const signalSubscriptionCreated: Applier<'SIGNAL_SUBSCRIPTION'> = (record, state) => {
  const { catchEventInstanceKey } = record.value;
  if (catchEventInstanceKey !== NO_KEY) subscriptionOpened(state, catchEventInstanceKey);
  state.signals.add(record.key, record.value);
};

export const signalSubscriptionDeleted: Applier<'SIGNAL_SUBSCRIPTION'> = (record, state) => {
  const { catchEventInstanceKey } = state.signals.remove(record.key);
  if (catchEventInstanceKey !== NO_KEY) subscriptionClosed(state, catchEventInstanceKey);
};

export const signalSubscriptionMigrated: Applier<'SIGNAL_SUBSCRIPTION'> = (record, state) =>
  state.signals.change(record.key, record.value);
