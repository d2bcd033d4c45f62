// What happens when an element instance has ended by termination: its boundary event goes on, or its scope is told.
import { type Key, NO_KEY } from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { ElementInstance, Trigger } from '../state/element-instance.ts';
import { activateBoundaryEvent } from './boundary-events.ts';
import { unsubscribe } from './catch-events.ts';
import { forgetCompensable } from './compensation.ts';
import type { ElementContext } from './element-context.ts';
import { startPendingEventSubProcess } from './event-sub-processes.ts';
import { resolveIncidentOf } from './incidents.ts';
import { startLockOf, startNext } from './message-starts.ts';
import { completeAfterRounds } from './rounds.ts';
import { commandComplete, commandTerminateChildren, UnreadContext } from './transitions.ts';

/** TERMINATED, and everything that follows at once. */
export function terminated(c: Context, e: ElementContext): void {
  const { triggers } = c.state.elements.must(e.key);
  const lock = startLockOf(c, e.key);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATED', e.key, e.value);
  if (lock !== undefined) startNext(c, lock);
  const scopeKey = e.value.flowScopeKey;
  if (scopeKey === NO_KEY) return calledTerminated(c, e.value.parentElementInstanceKey);
  const scope = c.state.elements.must(scopeKey);
  const trigger = isActive(scope) ? boundaryTrigger(e, triggers) : undefined;
  if (trigger !== undefined) activateBoundaryEvent(c, e, trigger);
  else childTerminated(c, scope);
}

function boundaryTrigger(e: ElementContext, triggers: readonly Trigger[]): Trigger | undefined {
  return triggers.find((trigger) =>
    e.element.boundaryEvents.some((event) => event.id === trigger.targetElementId),
  );
}

/** A child of the scope was terminated: a terminating scope ends with its last child, an interrupted one completes. */
function childTerminated(c: Context, scope: ElementInstance): void {
  if (scope.activeChildren > 0) return;
  if (scope.state === 'TERMINATING') terminated(c, new UnreadContext(c, scope));
  else if (scope.value.bpmnElementType === 'MULTI_INSTANCE_BODY') completeAfterRounds(c, scope);
  else if (startPendingEventSubProcess(c, scope)) return;
  else if (scope.isInterrupted && scope.activeFlows === 0)
    commandComplete(c, scope.key, scope.value);
}

/** A called instance was terminated: its call activity, which has waited for that, ends too. */
function calledTerminated(c: Context, callerKey: Key): void {
  const caller = callerKey === NO_KEY ? undefined : c.state.elements.get(callerKey);
  if (caller?.state === 'TERMINATING') terminated(c, new UnreadContext(c, caller));
}

/** Terminates a scope: its children first, or itself when it has none. */
export function terminateScope(c: Context, e: ElementContext): void {
  unsubscribe(c, e.key);
  forgetCompensable(c, e);
  resolveIncidentOf(c, e.key);
  if (c.state.elements.must(e.key).activeChildren > 0) commandTerminateChildren(c, e);
  else terminated(c, e);
}

/** Whether work may go on in this scope. */
export function isActive(scope: ElementInstance | undefined): boolean {
  return scope !== undefined && scope.state === 'ACTIVATED' && !scope.isInterrupted;
}
