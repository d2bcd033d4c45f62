// Compensation (engine-semantics.md C.14): completed activities are remembered, and their handlers run when it is thrown.
//
// A completed scope that holds compensable activities is remembered too, with or without a handler of its own: through it
// the activities inside are found.
import {
  type CompensationSubscriptionValue,
  EMPTY_DOCUMENT,
  type Key,
  NO_KEY,
} from '@millrace/protocol';
import type { ExecutableElement, ExecutableProcess } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { CompensationEntry } from '../state/compensation-state.ts';
import type { ElementContext } from './element-context.ts';
import {
  activated,
  activating,
  commandActivate,
  commandComplete,
  completing,
  recordValueOf,
} from './transitions.ts';

const withCompensation = new WeakMap<ExecutableProcess, boolean>();

/** Whether anything in the element's process can be compensated. */
export function hasCompensation(c: Context, { value }: ElementContext): boolean {
  const process = c.state.processes.graph(value.processDefinitionKey);
  let has = withCompensation.get(process);
  if (has === undefined) {
    has = [...process.elements.values()].some((element) => boundaryOf(element) !== undefined);
    withCompensation.set(process, has);
  }
  return has;
}

const boundaryOf = (element: ExecutableElement) =>
  element.boundaryEvents.find((event) => event.eventType === 'COMPENSATION');

/** The element completes: it can be compensated from now on, if it has a handler or holds something that can. */
export function rememberCompensable(c: Context, e: ElementContext): void {
  const handler = boundaryOf(e.element)?.compensationHandler;
  if (handler === undefined && !holdsCompensable(c, e)) return;
  // A round whose result has failed completes a second time.
  if (isRemembered(c, e)) return;
  c.out.event('COMPENSATION_SUBSCRIPTION', 'CREATED', c.keys.next(), {
    processInstanceKey: e.value.processInstanceKey,
    processDefinitionKey: e.value.processDefinitionKey,
    compensableActivityId: e.value.elementId,
    compensableActivityInstanceKey: e.key,
    compensableActivityScopeKey: e.value.flowScopeKey,
    throwEventId: '',
    throwEventInstanceKey: NO_KEY,
    compensationHandlerId: handler?.id ?? '',
    compensationHandlerInstanceKey: NO_KEY,
    variables: EMPTY_DOCUMENT,
    tenantId: e.value.tenantId,
  });
}

function isRemembered(c: Context, e: ElementContext): boolean {
  if (e.value.bpmnElementType !== 'SUB_PROCESS') return false;
  return c.state.compensations.ofActivity(e.value.processInstanceKey, e.key) !== undefined;
}

function holdsCompensable(c: Context, e: ElementContext): boolean {
  if (
    e.value.bpmnElementType !== 'SUB_PROCESS' &&
    e.value.bpmnElementType !== 'MULTI_INSTANCE_BODY'
  ) {
    return false;
  }
  return c.state.compensations.holds(e.key);
}

/** Runs the handlers that the event calls for. @returns whether there are any: the event waits for them */
export function compensate(c: Context, e: ElementContext): boolean {
  const { compensations } = c.state;
  const { processInstanceKey } = e.value;
  if (compensations.subscriptions.count(processInstanceKey) === 0) return false;
  const scope = c.state.elements.must(e.value.flowScopeKey);
  const scopes = [scope.key];
  // From inside an event sub-process what it is a part of is compensated.
  if (scope.value.bpmnElementType === 'EVENT_SUB_PROCESS') scopes.push(scope.value.flowScopeKey);
  const { compensates } = e.element;
  const due = scopes
    .flatMap((scopeKey) => compensations.ofScope(processInstanceKey, scopeKey))
    .filter(
      ({ value }) =>
        value.throwEventInstanceKey === NO_KEY &&
        (compensates === undefined || value.compensableActivityId === compensates.id),
    )
    .sort((a, b) => a.suffix - b.suffix);
  for (const entry of due) trigger(c, e, entry);
  for (const entry of due) completeIfEmpty(c, entry);
  return compensations.isAwaited(e.key);
}

function trigger(c: Context, e: ElementContext, { suffix, value }: CompensationEntry): void {
  const handlerKey = value.compensationHandlerId === '' ? NO_KEY : callHandler(c, e, value);
  c.out.event('COMPENSATION_SUBSCRIPTION', 'TRIGGERED', suffix, {
    ...value,
    throwEventId: e.value.elementId,
    throwEventInstanceKey: e.key,
    compensationHandlerInstanceKey: handlerKey,
  });
  const { compensableActivityInstanceKey: scopeKey, processInstanceKey } = value;
  for (const entry of c.state.compensations.ofScope(processInstanceKey, scopeKey)) {
    if (entry.value.throwEventInstanceKey === NO_KEY) trigger(c, e, entry);
  }
}

/** The boundary event begins and ends at once; its handler runs in the scope of the throwing event. */
function callHandler(c: Context, e: ElementContext, of: CompensationSubscriptionValue): Key {
  const { processDefinitionKey, flowScopeKey } = e.value;
  const event = boundaryOf(
    c.state.processes.element(processDefinitionKey, of.compensableActivityId),
  );
  const handler = event?.compensationHandler;
  if (event === undefined || handler === undefined)
    throw new Error(`activity '${of.compensableActivityId}' has no compensation handler`);
  const boundary: ElementContext = {
    element: event,
    key: c.keys.next(),
    value: recordValueOf(e.value, event, flowScopeKey),
  };
  activating(c, boundary);
  activated(c, boundary);
  completing(c, boundary);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', boundary.key, boundary.value);
  const key = c.keys.next();
  commandActivate(
    c,
    { ...recordValueOf(e.value, handler, flowScopeKey), bpmnEventType: 'COMPENSATION' },
    key,
  );
  return key;
}

/** A handler has completed: what it stood for is done, and the scopes around it, and the throwing event with the last one. */
export function handlerCompleted(c: Context, e: ElementContext): void {
  const { compensations } = c.state;
  const done = compensations.ofHandler(e.value.processInstanceKey, e.key);
  if (done === undefined) return;
  complete(c, done);
  const { throwEventInstanceKey } = done.value;
  if (compensations.isAwaited(throwEventInstanceKey)) return;
  const thrower = c.state.elements.get(throwEventInstanceKey);
  if (thrower !== undefined) commandComplete(c, thrower.key, thrower.value);
}

function complete(c: Context, { suffix, value }: CompensationEntry): void {
  c.out.event('COMPENSATION_SUBSCRIPTION', 'COMPLETED', suffix, value);
  const { compensableActivityScopeKey, processInstanceKey } = value;
  const around = c.state.compensations.ofActivity(processInstanceKey, compensableActivityScopeKey);
  if (around !== undefined) completeIfEmpty(c, around);
}

/** A scope without a handler is compensated when all that it holds is. */
function completeIfEmpty(c: Context, { suffix, value }: CompensationEntry): void {
  const { compensations } = c.state;
  const now = compensations.get(value.processInstanceKey, suffix);
  if (now === undefined || now.value.throwEventInstanceKey === NO_KEY) return;
  if (value.compensationHandlerId !== '') return;
  if (!compensations.holds(value.compensableActivityInstanceKey)) complete(c, now);
}

/** The scope ends: what it holds cannot be compensated any more. The process takes everything along. */
export function forgetCompensable(c: Context, e: ElementContext): void {
  const { processInstanceKey } = e.value;
  const { compensations } = c.state;
  if (compensations.subscriptions.count(processInstanceKey) === 0) return;
  const held =
    e.key === processInstanceKey
      ? compensations.subscriptions.scan(processInstanceKey)
      : compensations.ofScope(processInstanceKey, e.key);
  for (const { suffix, value } of held)
    c.out.event('COMPENSATION_SUBSCRIPTION', 'DELETED', suffix, value);
}
