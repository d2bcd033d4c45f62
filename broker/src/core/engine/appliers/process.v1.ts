// Definitions and who waits for results.
import { type Key, NO_REQUEST, type ProcessInstanceCreationValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Applier } from '../applier.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { EngineState } from '../state/engine-state.ts';
import { isJoin } from '../state/tokens.ts';

export const processCreated: Applier<'PROCESS'> = (record, state) =>
  state.processes.create(record.value);

export const processDeleted: Applier<'PROCESS'> = (record, state) => {
  state.processes.remove(record.value);
  state.suspensions.forget(record.value.processDefinitionKey);
};

export const historyDeclared: Applier<'HISTORY'> = (record, state) =>
  state.processes.keepHistory(record.value.processDefinitionKey, record.value.timeToLive);

export const creationCreated: Applier<'PROCESS_INSTANCE_CREATION'> = (record, state) => {
  const { awaitedBy, fetchVariables, processInstanceKey, startInstructions } = record.value;
  if (awaitedBy !== NO_REQUEST) {
    state.elements.awaitedResults.put(processInstanceKey, { requestId: awaitedBy, fetchVariables });
  }
  for (const { elementId } of startInstructions) fillJoin(state, record.value, elementId);
};

/** An instance that starts at a joining gateway counts as having arrived on all its flows (engine-semantics.md L.3). */
function fillJoin(
  state: EngineState,
  value: ProcessInstanceCreationValue,
  elementId: string,
): void {
  const element = state.processes.element(value.processDefinitionKey, elementId);
  if (!isJoin(element)) return;
  const scope = scopeInstance(state, value.processInstanceKey, element.scope);
  const tokens = element.incoming.map((flow) => ({
    gatewayId: elementId,
    flowId: flow.id,
    count: 1,
  }));
  state.elements.instances.update(scope.key, scope.withJoins([...scope.joins, ...tokens]));
}

/** The instance of a scope that was made in this very entry: its children are in memory. */
function scopeInstance(
  state: EngineState,
  processInstanceKey: Key,
  scope: ExecutableElement | undefined,
): ElementInstance {
  if (scope?.scope === undefined) return state.elements.must(processInstanceKey);
  const parent = scopeInstance(state, processInstanceKey, scope.scope);
  for (const { suffix } of state.elements.children.scan(parent.key)) {
    const child = state.elements.must(suffix);
    if (child.value.elementId === scope.id) return child;
  }
  throw new Error(`there is no instance of scope '${scope.id}'`);
}
