// Triggers of a scope: kept from TRIGGERING to TRIGGERED (engine-semantics.md C.7).
import type { Key } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import type { EngineState } from '../state/engine-state.ts';
import { roundsNoted } from './rounds.v1.ts';

export const processEventTriggering: Applier<'PROCESS_EVENT'> = (record, state) => {
  const { scopeKey, targetElementId, variables, processDefinitionKey } = record.value;
  const trigger = { key: record.key, targetElementId, variables };
  if (scopeKey === processDefinitionKey) {
    state.startTriggers.triggers.insertFresh(record.value.processInstanceKey, trigger);
    return;
  }
  const scope = state.elements.must(scopeKey);
  if (
    scope.value.bpmnElementType === 'MULTI_INSTANCE_BODY' &&
    targetElementId === scope.value.elementId
  ) {
    return roundsNoted(state, scope, variables);
  }
  const triggered = scope.withTriggers([...scope.triggers, trigger]);
  const by =
    targetElementId === scope.value.elementId
      ? undefined
      : interruptingSubProcess(state, processDefinitionKey, targetElementId);
  state.elements.instances.update(
    scopeKey,
    by === undefined ? triggered : triggered.withInterruption(by),
  );
};

/** Id of the event sub-process that this event begins, when it ends everything else in its scope. */
function interruptingSubProcess(
  state: EngineState,
  definitionKey: Key,
  elementId: string,
): string | undefined {
  const event = state.processes.element(definitionKey, elementId);
  const isStart =
    event.elementType === 'START_EVENT' && event.scope?.elementType === 'EVENT_SUB_PROCESS';
  return isStart && event.interrupting ? event.scope?.id : undefined;
}

/** The scope may be gone: a boundary event goes on after what it was attached to has ended. */
export const processEventTriggered: Applier<'PROCESS_EVENT'> = (record, state) => {
  const { scopeKey, processDefinitionKey, processInstanceKey } = record.value;
  if (scopeKey === processDefinitionKey) {
    state.startTriggers.triggers.deleteIfPresent(processInstanceKey);
    if (state.startSubscriptions.lockOf(processInstanceKey) !== undefined) {
      const instance = state.elements.must(processInstanceKey);
      const locked = instance.withSpecial({ holdsStartLock: true });
      state.elements.instances.update(processInstanceKey, locked);
    }
    return;
  }
  const scope = state.elements.get(scopeKey);
  if (scope === undefined) return;
  const left = scope.triggers.filter((trigger) => trigger.key !== record.key);
  state.elements.instances.update(scope.key, scope.withTriggers(left));
};
