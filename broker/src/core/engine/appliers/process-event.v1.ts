// Triggers of a scope: kept from TRIGGERING to TRIGGERED (engine-semantics.md C.7).
import type { Applier } from '../applier.ts';

export const processEventTriggering: Applier<'PROCESS_EVENT'> = (record, state) => {
  const { scopeKey, targetElementId, variables } = record.value;
  const scope = state.elements.must(scopeKey);
  const trigger = { key: record.key, targetElementId, variables };
  state.elements.instances.update(scopeKey, scope.withTriggers([...scope.triggers, trigger]));
};

/** The scope may be gone: a boundary event goes on after what it was attached to has ended. */
export const processEventTriggered: Applier<'PROCESS_EVENT'> = (record, state) => {
  const scope = state.elements.get(record.value.scopeKey);
  if (scope === undefined) return;
  const left = scope.triggers.filter((trigger) => trigger.key !== record.key);
  state.elements.instances.update(scope.key, scope.withTriggers(left));
};
