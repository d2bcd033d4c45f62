// An event sub-process begins in its scope (engine-semantics.md C.8).
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { commandActivate, recordValueOf } from './transitions.ts';

/** @param start the start event that was triggered */
export function commandEventSubProcess(
  c: Context,
  scope: ElementInstance,
  start: ExecutableElement,
): void {
  if (start.scope === undefined) throw new Error(`start event '${start.id}' has no scope`);
  commandActivate(c, recordValueOf(scope.value, start.scope, scope.key));
}

/** Begins the event sub-process that has interrupted this scope, when it has not begun yet. */
export function startPendingEventSubProcess(c: Context, scope: ElementInstance): boolean {
  if (!scope.isInterrupted || scope.triggers.length === 0) return false;
  const { processDefinitionKey } = scope.value;
  const interrupting = c.state.processes.element(processDefinitionKey, scope.interruptedBy);
  const start = interrupting.startEvent;
  if (interrupting.elementType !== 'EVENT_SUB_PROCESS' || start === undefined) return false;
  if (!scope.triggers.some(({ targetElementId }) => targetElementId === start.id)) return false;
  commandEventSubProcess(c, scope, start);
  return true;
}
