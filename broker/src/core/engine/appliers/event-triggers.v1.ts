// The start event of an event sub-process takes over what has triggered it (engine-semantics.md C.8).
import type { Key, ProcessInstanceValue } from '@millrace/protocol';
import type { ElementInstance } from '../state/element-instance.ts';
import type { EngineState } from '../state/engine-state.ts';

/**
 * The start event gets its oldest trigger from the scope of its event sub-process.
 * @param scope the event sub-process; every start event asks, most are in none
 */
export function takeTrigger(
  state: EngineState,
  key: Key,
  value: ProcessInstanceValue,
  scope: ElementInstance,
): void {
  if (scope.value.bpmnElementType !== 'EVENT_SUB_PROCESS') return;
  const outer = state.elements.must(scope.value.flowScopeKey);
  const place = outer.triggers.findIndex((trigger) => trigger.targetElementId === value.elementId);
  const trigger = outer.triggers[place];
  if (trigger === undefined) return;
  const { instances } = state.elements;
  instances.update(outer.key, outer.withTriggers(outer.triggers.toSpliced(place, 1)));
  instances.update(key, state.elements.must(key).withTriggers([trigger]));
}
