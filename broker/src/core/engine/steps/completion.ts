// The end of an element's completion (engine-semantics.md C.2): what has to be remembered of it, COMPLETED, and then the
// outgoing flows, or the end of the path.
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import { isCompensationHandler } from '../state/tokens.ts';
import { handlerCompleted, hasCompensation, rememberCompensable } from './compensation.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { listenAtEnd } from './execution-listeners.ts';
import { isRound, roundCompleted, roundCompleting } from './rounds.ts';
import { pathEnded, takeFlow } from './transitions.ts';

/**
 * The end listeners, then COMPLETED and what follows.
 * @param finish what follows, for elements that do not go on along their flows; also their processor's `finish`
 */
export function completed(c: Context, e: ElementContext, finish = goOn): Failure | undefined {
  if (e.element.endListeners.length === 0) return finish(c, e);
  const listening = listenAtEnd(c, e, 0);
  return listening === 'listening' ? undefined : (listening ?? finish(c, e));
}

/** A failure leaves the element COMPLETING: only a round of a multi-instance can fail here. */
export function goOn(c: Context, e: ElementContext): Failure | undefined {
  const { element } = e;
  if (mayBeCompensated(element) && hasCompensation(c, e)) rememberCompensable(c, e);
  const round = isRound(e) ? roundCompleting(c, e) : undefined;
  if (typeof round === 'object') return round;
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
  if (round !== undefined) {
    roundCompleted(c, e, round);
    return undefined;
  }
  const { outgoing } = element;
  for (const flow of outgoing) takeFlow(c, e, flow);
  if (isCompensationHandler(e.value)) handlerCompleted(c, e);
  else if (outgoing.length === 0) pathEnded(c, e.value.flowScopeKey);
  return undefined;
}

const mayBeCompensated = ({ boundaryEvents, elementType }: ExecutableElement) =>
  boundaryEvents.length > 0 ||
  elementType === 'SUB_PROCESS' ||
  elementType === 'MULTI_INSTANCE_BODY';
