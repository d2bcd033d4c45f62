// Conditional subscriptions come and go. Every scope around one knows it, so that changed variables find it.
import { type Key, NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { EngineState } from '../state/engine-state.ts';
import { subscriptionClosed, subscriptionOpened } from './subscriptions.v1.ts';

export const conditionOpened: Applier<'CONDITIONAL_SUBSCRIPTION'> = ({ key, value }, state) => {
  const { elementInstanceKey } = value;
  // Nothing of this instance is open: its list need not be loaded.
  if (state.elements.must(elementInstanceKey).special.conditions === 0)
    state.conditions.ofOwner.fresh(elementInstanceKey);
  subscriptionOpened(state, elementInstanceKey);
  state.conditions.add(key, value);
  for (const scope of scopesFrom(state, elementInstanceKey)) {
    const { conditions } = scope.special;
    if (conditions === 0) state.conditions.within.fresh(scope.key);
    state.conditions.within.insertFresh(scope.key, key, elementInstanceKey);
    setCount(state, scope, conditions + 1);
  }
};

export const conditionClosed: Applier<'CONDITIONAL_SUBSCRIPTION'> = ({ key, value }, state) => {
  state.conditions.remove(key, value);
  subscriptionClosed(state, value.elementInstanceKey);
  for (const scope of scopesFrom(state, value.elementInstanceKey)) {
    state.conditions.within.deleteIfPresent(scope.key, key);
    setCount(state, scope, Math.max(0, scope.special.conditions - 1));
  }
};

export const conditionMigrated: Applier<'CONDITIONAL_SUBSCRIPTION'> = ({ key, value }, state) =>
  state.conditions.change(key, value);

/** The instance and the scopes around it, from inside to outside. */
function* scopesFrom(state: EngineState, elementInstanceKey: Key): Generator<ElementInstance> {
  for (let key = elementInstanceKey; key !== NO_KEY; ) {
    const instance = state.elements.get(key);
    if (instance === undefined) return;
    yield instance;
    key = instance.value.flowScopeKey;
  }
}

function setCount(state: EngineState, { key }: ElementInstance, conditions: number): void {
  const instance = state.elements.must(key);
  state.elements.instances.update(key, instance.withSpecial({ conditions }));
}
