// Where an escalation is caught (engine-semantics.md C.9): scope by scope upward, also out of called processes.
import { EMPTY_DOCUMENT, type Key, NO_KEY } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { canTrigger, hasEvents, scopeEvents, trigger } from './catch-events.ts';
import type { ElementContext } from './element-context.ts';
import { outerKey } from './errors.ts';
import { contextOf } from './transitions.ts';

interface EscalationCatch {
  readonly scope: ElementInstance;
  readonly event: ExecutableElement;
}

/**
 * The event of an element instance that catches the code: exact code before catch-all.
 * @param from the child through which the search has come: what an event sub-process throws it does not catch itself
 * (observed.md 1)
 */
function catchIn(
  c: Context,
  scope: ElementInstance,
  code: string,
  from: string,
): ExecutableElement | undefined {
  const { element } = contextOf(c, scope);
  if (!hasEvents(element)) return undefined;
  const candidates = scopeEvents(element).filter(
    (event) =>
      event.eventType === 'ESCALATION' &&
      (event.elementType === 'BOUNDARY_EVENT' || event.scope?.id !== from) &&
      canTrigger(c, scope, event),
  );
  return (
    candidates.find((event) => event.escalationCode === code) ??
    candidates.find((event) => (event.escalationCode ?? '') === '')
  );
}

function findCatch(c: Context, thrower: ElementContext, code: string): EscalationCatch | undefined {
  let from = thrower.value.elementId;
  for (let key: Key = thrower.value.flowScopeKey; key !== NO_KEY; ) {
    const scope = c.state.elements.get(key);
    if (scope === undefined) return undefined;
    const event = catchIn(c, scope, code, from);
    if (event !== undefined) return { scope, event };
    from = scope.value.elementId;
    key = outerKey(scope);
  }
  return undefined;
}

/** Throws an escalation. @returns whether the throwing event goes on: it does unless it is interrupted */
export function escalate(c: Context, e: ElementContext, code: string): boolean {
  const caught = findCatch(c, e, code);
  const isCaught = caught !== undefined && trigger(c, caught.scope, caught.event, EMPTY_DOCUMENT);
  c.out.event('ESCALATION', isCaught ? 'ESCALATED' : 'NOT_ESCALATED', c.keys.next(), {
    processInstanceKey: e.value.processInstanceKey,
    escalationCode: code,
    throwElementId: e.value.elementId,
    catchElementId: isCaught ? caught.event.id : '',
    tenantId: e.value.tenantId,
  });
  return !isCaught || !caught.event.interrupting;
}
