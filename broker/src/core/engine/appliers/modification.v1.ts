// What an operator's modification changes besides the elements that its other events make and end (engine-semantics.md L.3).
import type { Applier } from '../applier.ts';
import { withAwaited } from '../state/tokens.ts';

/**
 * Scopes that something is activated in take work again after an interruption. What is activated counts as on its way there:
 * until it begins its scope does not end.
 */
export const modificationModified: Applier<'PROCESS_INSTANCE_MODIFICATION'> = (record, state) => {
  const { instances } = state.elements;
  for (const key of record.value.ancestorScopeKeys) {
    const scope = instances.get(key);
    if (scope?.isInterrupted === true) instances.update(key, scope.withoutInterruption());
  }
  for (const { elementId, ancestorScopeKeys } of record.value.activateInstructions) {
    const scope = instances.get(ancestorScopeKeys.at(-1) ?? record.key);
    if (scope === undefined) continue;
    const element = state.processes.element(scope.value.processDefinitionKey, elementId);
    instances.update(scope.key, withAwaited(scope, element));
  }
};
