// Events that an element instance waits for: subscribing, unsubscribing, and what a trigger leads to (engine-semantics.md C.7, C.8).
import type { Document, Key } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Schedule } from '../../timer/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance, Trigger } from '../state/element-instance.ts';
import { activateBoundaryEvent } from './boundary-events.ts';
import { closeConditions, openCondition } from './conditions.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { commandEventSubProcess } from './event-sub-processes.ts';
import { resolveIncidentOf } from './incidents.ts';
import {
  closeMessageSubscriptions,
  evaluateMessage,
  type MessageTarget,
  openMessageSubscription,
} from './message-subscriptions.ts';
import { closeSignalSubscriptions, openSignalSubscription, signalNameOf } from './signals.ts';
import { closeTimers, openTimer, timerSchedule } from './timers.ts';
import {
  commandComplete,
  commandTerminate,
  commandTerminateChildren,
  contextOf,
} from './transitions.ts';

/** Children that an interruption ends by commands of its own; more are ended in chunks. */
const CHILDREN_MAX = 100;

type Target =
  | { readonly kind: 'message'; readonly event: ExecutableElement; readonly message: MessageTarget }
  | { readonly kind: 'timer'; readonly event: ExecutableElement; readonly schedule: Schedule }
  | { readonly kind: 'signal'; readonly event: ExecutableElement; readonly signalName: string }
  | { readonly kind: 'condition'; readonly event: ExecutableElement };

/** What the expressions of an event give; undefined for events that nobody subscribes to, such as errors. */
function evaluateTarget(
  c: Context,
  e: ElementContext,
  event: ExecutableElement,
): Target | Failure | undefined {
  if (event.message !== undefined) {
    const message = evaluateMessage(c, e, event);
    return 'errorType' in message ? message : { kind: 'message', event, message };
  }
  if (event.timer !== undefined) {
    const schedule = timerSchedule(c, e.key, event);
    return 'errorType' in schedule ? schedule : { kind: 'timer', event, schedule };
  }
  if (event.signalName !== undefined) {
    const signal = signalNameOf(c, e.key, event);
    return 'errorType' in signal ? signal : { kind: 'signal', event, signalName: signal.name };
  }
  if (event.condition !== undefined) return { kind: 'condition', event };
  return undefined;
}

/**
 * Subscribes an element instance to events. All expressions are evaluated before the first subscription is opened: a failure
 * leaves nothing half open. Messages are opened first, then timers, then signals, then conditions.
 */
export function subscribe(
  c: Context,
  e: ElementContext,
  events: readonly ExecutableElement[],
): Failure | undefined {
  if (events.length === 0) return undefined;
  const targets: Target[] = [];
  for (const event of events) {
    const target = evaluateTarget(c, e, event);
    if (target === undefined) continue;
    // What the expressions have seen are the variables of the instance that waits, also when its start event asks for it.
    if ('errorType' in target) return { variableScopeKey: e.key, ...target };
    targets.push(target);
  }
  for (const target of targets)
    if (target.kind === 'message') openMessageSubscription(c, e, target.event, target.message);
  for (const target of targets)
    if (target.kind === 'timer') openTimer(c, e, target.event, target.schedule);
  for (const target of targets)
    if (target.kind === 'signal') openSignalSubscription(c, e, target.event, target.signalName);
  for (const target of targets) if (target.kind === 'condition') openCondition(c, e, target.event);
  return undefined;
}

/**
 * Closes what an element instance waits for.
 * @param isOf which of the events, by their ids; all without it
 */
export function unsubscribe(c: Context, key: Key, isOf?: (elementId: string) => boolean): void {
  if (c.state.elements.must(key).special.subscriptions === 0) return;
  closeTimers(c, key, isOf);
  closeMessageSubscriptions(c, key, isOf);
  closeSignalSubscriptions(c, key, isOf);
  closeConditions(c, key, isOf);
}

/** Whether a scope can wait for anything. */
export const hasEvents = (scope: ExecutableElement) =>
  scope.boundaryEvents.length > 0 || scope.eventSubProcesses.length > 0;

/**
 * Ends the waiting of an element instance that completes. The incident of a cycle that could not be continued goes with it:
 * it is the only one that an active element can have.
 */
export function closeEvents(c: Context, e: ElementContext): void {
  if (!hasEvents(e.element)) return;
  unsubscribe(c, e.key);
  if (scopeEvents(e.element).some(({ timer }) => timer?.kind === 'cycle'))
    resolveIncidentOf(c, e.key);
}

/** The events of a scope that are subscribed to when its start event completes (engine-semantics.md C.3, C.8). */
export function scopeEvents(scope: ExecutableElement): readonly ExecutableElement[] {
  if (scope.eventSubProcesses.length === 0) return scope.boundaryEvents;
  const starts = scope.eventSubProcesses.flatMap(({ startEvent }) => startEvent ?? []);
  return [...starts, ...scope.boundaryEvents];
}

const isStartOfEventSubProcess = (event: ExecutableElement) =>
  event.scope?.elementType === 'EVENT_SUB_PROCESS' && event.elementType === 'START_EVENT';

/** Whether an event of this element instance may still happen. */
export function canTrigger(c: Context, scope: ElementInstance, event: ExecutableElement): boolean {
  if (scope.state !== 'ACTIVATED') return false;
  const isBoundary = event.elementType === 'BOUNDARY_EVENT';
  const isStart = isStartOfEventSubProcess(event);
  if (scope.isInterrupted && !isBoundary) return false;
  for (const { targetElementId } of scope.triggers) {
    // Its own event, or one behind the gateway, has happened already: only one of them does.
    if (!isBoundary && !isStart) return false;
    if (targetElementId === scope.value.elementId) continue;
    const pending = c.state.processes.element(scope.value.processDefinitionKey, targetElementId);
    // Of several interrupting boundary events the first one wins.
    if (pending.elementType === 'BOUNDARY_EVENT' && pending.interrupting) return false;
  }
  const outer = c.state.elements.get(scope.value.flowScopeKey);
  if (outer === undefined || !outer.isInterrupted) return true;
  // What is thrown inside is caught there; other events do not reach into an interruption (observed on the reference).
  const isThrown = event.eventType === 'ERROR' || event.eventType === 'ESCALATION';
  return isThrown && outer.interruptedBy === scope.value.elementId;
}

/** PROCESS_EVENT.TRIGGERING: something has happened to an element instance. */
export function triggering(
  c: Context,
  scope: ElementInstance,
  event: ExecutableElement,
  variables: Document,
): void {
  const { value } = scope;
  c.out.event('PROCESS_EVENT', 'TRIGGERING', c.keys.next(), {
    scopeKey: scope.key,
    targetElementId: event.id,
    variables,
    processDefinitionKey: value.processDefinitionKey,
    processInstanceKey: value.processInstanceKey,
    tenantId: value.tenantId,
  });
}

/**
 * An event of an element instance happens: the instance completes, its boundary event or event sub-process begins. False when
 * it cannot happen any more; nothing is written then.
 */
export function trigger(
  c: Context,
  scope: ElementInstance,
  event: ExecutableElement,
  variables: Document,
): boolean {
  if (!canTrigger(c, scope, event)) return false;
  triggering(c, scope, event, variables);
  if (event.elementType === 'BOUNDARY_EVENT') {
    if (event.interrupting) commandTerminate(c, scope);
    else {
      const newest = c.state.elements.must(scope.key).triggers.at(-1) as Trigger;
      activateBoundaryEvent(c, contextOf(c, scope), newest);
    }
  } else if (isStartOfEventSubProcess(event)) {
    if (event.interrupting) interrupt(c, scope);
    if (!event.interrupting || scope.activeChildren === 0) commandEventSubProcess(c, scope, event);
  } else commandComplete(c, scope.key, scope.value);
  return true;
}

/** Ends everything in a scope that an event sub-process takes over; boundary events of the scope stay (engine-semantics.md C.8). */
function interrupt(c: Context, scope: ElementInstance): void {
  const context = contextOf(c, scope);
  const { eventSubProcesses } = context.element;
  unsubscribe(c, scope.key, (id) =>
    eventSubProcesses.some(({ startEvent }) => startEvent?.id === id),
  );
  if (scope.activeChildren > CHILDREN_MAX) {
    commandTerminateChildren(c, context);
    return;
  }
  for (const { suffix } of c.state.elements.children.scan(scope.key)) {
    const child = c.state.elements.must(suffix);
    if (child.state !== 'TERMINATING') commandTerminate(c, child);
  }
}
