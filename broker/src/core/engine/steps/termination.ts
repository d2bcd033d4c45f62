// What happens when an element instance has ended by termination: its boundary event goes on, or its scope is told.
import { NO_KEY } from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { ElementInstance, Trigger } from '../state/element-instance.ts';
import type { ElementContext } from './element-context.ts';
import { resolveIncidentOf } from './incidents.ts';
import { consumeTrigger } from './mappings.ts';
import {
  activated,
  activating,
  commandComplete,
  commandTerminateChildren,
  recordValueOf,
  UnreadContext,
} from './transitions.ts';
import { mergeLocal } from './variables.ts';

/** TERMINATED, and everything that follows at once. */
export function terminated(c: Context, e: ElementContext): void {
  const { triggers } = c.state.elements.must(e.key);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATED', e.key, e.value);
  const scopeKey = e.value.flowScopeKey;
  if (scopeKey === NO_KEY) return;
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

/** Boundary events never get a command to activate: their records follow the trigger (engine-semantics.md C.7). */
function activateBoundaryEvent(c: Context, e: ElementContext, trigger: Trigger): void {
  const event = c.state.processes.element(e.value.processDefinitionKey, trigger.targetElementId);
  consumeTrigger(c, e, trigger.key, trigger.targetElementId, e.key);
  const key = c.keys.next();
  const context: ElementContext = {
    element: event,
    key,
    value: recordValueOf(e.value, event, e.value.flowScopeKey),
  };
  activating(c, context);
  activated(c, context);
  mergeLocal(c, context.value, key, trigger.variables.entries);
  commandComplete(c, key, context.value);
}

/** A child of the scope was terminated: a terminating scope ends with its last child, an interrupted one completes. */
function childTerminated(c: Context, scope: ElementInstance): void {
  if (scope.activeChildren > 0) return;
  if (scope.state === 'TERMINATING') terminated(c, new UnreadContext(c, scope));
  else if (scope.isInterrupted && scope.activeFlows === 0)
    commandComplete(c, scope.key, scope.value);
}

/** Terminates a scope: its children first, or itself when it has none. */
export function terminateScope(c: Context, e: ElementContext): void {
  resolveIncidentOf(c, e.key);
  if (c.state.elements.must(e.key).activeChildren > 0) commandTerminateChildren(c, e);
  else terminated(c, e);
}

/** Whether work may go on in this scope. */
export function isActive(scope: ElementInstance | undefined): boolean {
  return scope !== undefined && scope.state === 'ACTIVATED' && !scope.isInterrupted;
}
