// What the life of element instances changes (engine-semantics.md C.1, C.4, C.5).
import { NO_KEY, type ProcessInstanceValue } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import { ElementInstance, type JoinCount } from '../state/element-instance.ts';
import type { EngineState } from '../state/engine-state.ts';

type PiApplier = Applier<'PROCESS_INSTANCE'>;

/** Flows that the activation of a child uses up (engine-semantics.md C.4). */
function flowsUsed(state: EngineState, value: ProcessInstanceValue): number {
  if (value.bpmnElementType === 'START_EVENT' || value.bpmnElementType === 'BOUNDARY_EVENT')
    return 0;
  if (value.bpmnElementType === 'PARALLEL_GATEWAY') {
    return state.processes.element(value.processDefinitionKey, value.elementId).incoming.length;
  }
  return 1;
}

/** Whether elements run inside this one. */
function isScope(value: ProcessInstanceValue): boolean {
  return value.bpmnElementType === 'PROCESS' || value.bpmnElementType === 'SUB_PROCESS';
}

/** A joining gateway takes one token from each of its flows. */
function useTokens(joins: readonly JoinCount[], gatewayId: string): readonly JoinCount[] {
  const left: JoinCount[] = [];
  for (const join of joins) {
    if (join.gatewayId !== gatewayId) left.push(join);
    else if (join.count > 1) left.push({ gatewayId, flowId: join.flowId, count: join.count - 1 });
  }
  return left;
}

export const elementActivating: PiApplier = (record, state) => {
  const { key, value } = record;
  const { elements } = state;
  elements.instances.insertFresh(key, new ElementInstance(key, value, 'ACTIVATING'));
  if (isScope(value)) elements.children.fresh(key);
  if (value.flowScopeKey !== NO_KEY) state.variables.fresh(key);
  if (value.flowScopeKey === NO_KEY) {
    state.processes.instanceStarted(value.processDefinitionKey);
    return;
  }
  elements.children.insertFresh(value.flowScopeKey, key, true);
  const scope = elements.must(value.flowScopeKey);
  const flows = Math.max(0, scope.activeFlows - flowsUsed(state, value));
  const next = scope.withCounts(scope.activeChildren + 1, flows);
  const joined = value.bpmnElementType === 'PARALLEL_GATEWAY' && scope.joins.length > 0;
  elements.instances.update(
    scope.key,
    joined ? next.withJoins(useTokens(scope.joins, value.elementId)) : next,
  );
};

export const elementActivated: PiApplier = (record, state) => {
  const { instances } = state.elements;
  instances.update(record.key, state.elements.must(record.key).withState('ACTIVATED'));
};

export const elementCompleting: PiApplier = (record, state) => {
  const { instances } = state.elements;
  instances.update(record.key, state.elements.must(record.key).withState('COMPLETING'));
};

export const elementTerminating: PiApplier = (record, state) => {
  const { instances } = state.elements;
  instances.update(record.key, state.elements.must(record.key).withState('TERMINATING'));
};

/** The instance is gone, with its variables; its scope has one child less. */
export const elementEnded: PiApplier = (record, state) => {
  const { key, value } = record;
  const { elements } = state;
  elements.instances.delete(key);
  state.variables.removeScope(key);
  if (isScope(value)) elements.children.ended(key);
  if (value.flowScopeKey === NO_KEY) {
    state.processes.instanceEnded(value.processDefinitionKey);
    elements.awaitedResults.deleteIfPresent(key);
    elements.awaitedResults.ended(key);
    elements.unban(key);
    return;
  }
  elements.children.delete(value.flowScopeKey, key);
  const scope = elements.must(value.flowScopeKey);
  const next = scope.withCounts(scope.activeChildren - 1, scope.activeFlows);
  const interrupts = value.bpmnEventType === 'TERMINATE' && record.intent === 'ELEMENT_COMPLETED';
  elements.instances.update(scope.key, interrupts ? next.withInterruption(value.elementId) : next);
};

export const sequenceFlowTaken: PiApplier = (record, state) => {
  const { value } = record;
  const { elements } = state;
  const scope = elements.must(value.flowScopeKey);
  const next = scope.withCounts(scope.activeChildren, scope.activeFlows + 1);
  const flow = state.processes.graph(value.processDefinitionKey).flows.get(value.elementId);
  if (flow === undefined) throw new Error(`process has no flow '${value.elementId}'`);
  const { target } = flow;
  const joins =
    target.elementType === 'PARALLEL_GATEWAY' && target.incoming.length > 1
      ? addToken(scope.joins, target.id, flow.id)
      : undefined;
  elements.instances.update(scope.key, joins === undefined ? next : next.withJoins(joins));
};

function addToken(
  joins: readonly JoinCount[],
  gatewayId: string,
  flowId: string,
): readonly JoinCount[] {
  const place = joins.findIndex((join) => join.gatewayId === gatewayId && join.flowId === flowId);
  const known = joins[place];
  if (known === undefined) return [...joins, { gatewayId, flowId, count: 1 }];
  return joins.with(place, { gatewayId, flowId, count: known.count + 1 });
}
