// What the life of element instances changes (engine-semantics.md C.1, C.4, C.5).
import { type LogRecord, NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import { ElementInstance } from '../state/element-instance.ts';
import type { EngineState } from '../state/engine-state.ts';
import { isScope } from '../state/scope.ts';
import { isAwaited, withActivatedChild, withToken } from '../state/tokens.ts';
import { called, calledEnded } from './called-instance.v1.ts';
import { takeTrigger } from './event-triggers.v1.ts';
import { withEndedRound, withRound } from './rounds.v1.ts';

type PiApplier = Applier<'PROCESS_INSTANCE'>;

export const elementActivating: PiApplier = (record, state) => {
  const { key, value } = record;
  const { elements } = state;
  elements.instances.insertFresh(key, new ElementInstance(key, value, 'ACTIVATING'));
  if (isScope(value)) elements.children.fresh(key);
  if (value.flowScopeKey === NO_KEY) {
    state.processes.instanceStarted(value.processDefinitionKey);
    if (value.parentElementInstanceKey !== NO_KEY) called(state, key, value);
    return;
  }
  elements.children.insertFresh(value.flowScopeKey, key, true);
  const scope = elements.must(value.flowScopeKey);
  if (scope.joins.length === 0 || !isAwaited(scope, value.elementId)) state.variables.fresh(key);
  const next = withActivatedChild(scope, value, state.processes);
  elements.instances.update(
    scope.key,
    scope.value.bpmnElementType === 'MULTI_INSTANCE_BODY' ? withRound(state, key, next) : next,
  );
  if (value.bpmnElementType === 'START_EVENT') takeTrigger(state, key, value, scope);
};

/** The next phase of its life; its listeners begin with the first. */
const enters =
  (next: 'ACTIVATED' | 'COMPLETING'): PiApplier =>
  (record, state) => {
    const instance = state.elements.must(record.key).withState(next);
    const isAnew = instance.special.listenersDone > 0;
    state.elements.instances.update(
      record.key,
      isAnew ? instance.withSpecial({ listenersDone: 0 }) : instance,
    );
  };

export const elementActivated = enters('ACTIVATED');
export const elementCompleting = enters('COMPLETING');

export const elementTerminating: PiApplier = (record, state) => {
  const { instances } = state.elements;
  instances.update(record.key, state.elements.must(record.key).withState('TERMINATING'));
};

/** The instance is gone, with its variables; its scope has one child less. */
export const elementEnded: PiApplier = (record, state) => {
  const { key, value } = record;
  const { elements } = state;
  if (value.parentElementInstanceKey !== NO_KEY && value.flowScopeKey === NO_KEY)
    calledEnded(state, record);
  if (value.bpmnElementType === 'MULTI_INSTANCE_BODY')
    state.rounds.remove(key, elements.must(key).special.rounds);
  if (value.flowScopeKey === NO_KEY) startForgotten(state, elements.must(key));
  elements.instances.delete(key);
  state.variables.removeScope(key);
  if (isScope(value)) elements.children.ended(key);
  if (value.flowScopeKey === NO_KEY) {
    state.processes.instanceEnded(value.processDefinitionKey);
    elements.awaitedResults.deleteIfPresent(key);
    elements.awaitedResults.ended(key);
    elements.unban(key);
    state.suspensions.forget(key);
    return;
  }
  elements.children.delete(value.flowScopeKey, key);
  const scope = elements.must(value.flowScopeKey);
  const next = scope.withCounts(scope.activeChildren - 1, scope.activeFlows);
  elements.instances.update(scope.key, withEndedChild(state, next, record));
};

/** What an instance holds because of the event that has started it; cancelled early it has never taken that over. */
function startForgotten(state: EngineState, instance: ElementInstance): void {
  const { key } = instance;
  const isTerminated = instance.state === 'TERMINATING';
  if (isTerminated) state.startTriggers.triggers.deleteIfPresent(key);
  const { startSubscriptions } = state;
  if (instance.special.holdsStartLock) startSubscriptions.unlock(key);
  else if (isTerminated && startSubscriptions.lockOf(key) !== undefined)
    startSubscriptions.unlock(key);
}

/** What else the end of a child changes in its scope. */
function withEndedChild(
  state: EngineState,
  scope: ElementInstance,
  { intent, value }: LogRecord<'PROCESS_INSTANCE'>,
): ElementInstance {
  const isCompleted = intent === 'ELEMENT_COMPLETED';
  if (scope.value.bpmnElementType === 'MULTI_INSTANCE_BODY')
    return withEndedRound(scope, isCompleted);
  if (!isCompleted) return scope;
  if (value.bpmnEventType === 'TERMINATE') return scope.withInterruption(value.elementId);
  if (value.bpmnEventType === 'LINK' && value.bpmnElementType === 'INTERMEDIATE_THROW_EVENT') {
    // Its token is on its way to the catch event, though no flow leads there.
    const { linkTarget } = state.processes.elementOf(value);
    if (linkTarget !== undefined) return withToken(scope, linkTarget, undefined);
  }
  return scope;
}

export const sequenceFlowTaken: PiApplier = (record, state) => {
  const { value } = record;
  const { elements } = state;
  const scope = elements.must(value.flowScopeKey);
  const flow = state.processes.graph(value.processDefinitionKey).flows.get(value.elementId);
  if (flow === undefined) throw new Error(`process has no flow '${value.elementId}'`);
  elements.instances.update(scope.key, withToken(scope, flow.target, flow));
};
