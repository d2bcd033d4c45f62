// Timers come and go: what is due, and what an element waits for, stays true with every event about a timer.
import { NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import { subscriptionClosed, subscriptionOpened } from './subscriptions.v1.ts';

export const timerCreated: Applier<'TIMER'> = (record, state) => {
  const { elementInstanceKey } = record.value;
  if (elementInstanceKey !== NO_KEY) subscriptionOpened(state, elementInstanceKey);
  // An instance that a timer has started stands in the timer's later records, see observed.md 6.4.
  state.timers.add(record.key, record.value);
};

/** Fired or cancelled. */
export const timerEnded: Applier<'TIMER'> = (record, state) => {
  const { elementInstanceKey } = state.timers.remove(record.key);
  if (elementInstanceKey !== NO_KEY) subscriptionClosed(state, elementInstanceKey);
};

export const timerMigrated: Applier<'TIMER'> = (record, state) =>
  state.timers.change(record.key, record.value);
