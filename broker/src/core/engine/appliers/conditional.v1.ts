// Conditional subscriptions come and go. Every instance around one counts it, so that changed variables find it.
import { type Key, NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import type { EngineState } from '../state/engine-state.ts';
import { subscriptionClosed, subscriptionOpened } from './subscriptions.v1.ts';

export const conditionOpened: Applier<'CONDITIONAL_SUBSCRIPTION'> = ({ key, value }, state) => {
  const { elementInstanceKey } = value;
  // Nothing of this instance is open: its list need not be loaded.
  if (state.elements.must(elementInstanceKey).special.conditions === 0)
    state.conditions.ofOwner.fresh(elementInstanceKey);
  subscriptionOpened(state, elementInstanceKey);
  state.conditions.add(key, value);
  count(state, elementInstanceKey, 1);
};

export const conditionClosed: Applier<'CONDITIONAL_SUBSCRIPTION'> = ({ key, value }, state) => {
  state.conditions.remove(key, value);
  subscriptionClosed(state, value.elementInstanceKey);
  count(state, value.elementInstanceKey, -1);
};

export const conditionMigrated: Applier<'CONDITIONAL_SUBSCRIPTION'> = ({ key, value }, state) =>
  state.conditions.change(key, value);

function count(state: EngineState, elementInstanceKey: Key, change: number): void {
  let key = elementInstanceKey;
  while (key !== NO_KEY) {
    const instance = state.elements.get(key);
    if (instance === undefined) return;
    const conditions = Math.max(0, instance.special.conditions + change);
    state.elements.instances.update(key, instance.withSpecial({ conditions }));
    key = instance.value.flowScopeKey;
  }
}
