// How many timers, messages and signals an element instance waits for: what has none is never looked up.
import type { Key } from '@millrace/protocol';
import type { EngineState } from '../state/engine-state.ts';

export function subscriptionOpened(state: EngineState, elementInstanceKey: Key): void {
  const instance = state.elements.must(elementInstanceKey);
  const { subscriptions } = instance.special;
  if (subscriptions === 0) {
    // Nothing of this instance is open: its lists need not be loaded.
    state.timers.ofOwner.fresh(elementInstanceKey);
    state.signals.ofOwner.fresh(elementInstanceKey);
  }
  state.elements.instances.update(
    elementInstanceKey,
    instance.withSpecial({ subscriptions: subscriptions + 1 }),
  );
}

/** The instance may be gone: some subscriptions end after what they belong to. */
export function subscriptionClosed(state: EngineState, elementInstanceKey: Key): void {
  const instance = state.elements.get(elementInstanceKey);
  if (instance === undefined) return;
  const subscriptions = Math.max(0, instance.special.subscriptions - 1);
  state.elements.instances.update(elementInstanceKey, instance.withSpecial({ subscriptions }));
}
