// End events: none, terminate, error, message (a job), signal, escalation, compensation. One behaviour each; the element is one kind in the records.
import { type BpmnEventType, EMPTY_DOCUMENT } from '@millrace/protocol';
import { evaluateString } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import { completed, goOn } from '../steps/completion.ts';
import type { ElementContext } from '../steps/element-context.ts';
import { findErrorCatch, notCaughtText, throwTo } from '../steps/errors.ts';
import {
  activated,
  commandComplete,
  commandTerminateChildren,
  contextOf,
} from '../steps/transitions.ts';
import { compensationThrowEvent } from './compensation-throw-event.ts';
import type { ElementProcessor } from './element-processor.ts';
import { escalationThrowEvent } from './escalation-throw-event.ts';
import { messageThrowEvent } from './message-throw-event.ts';
import { passThroughEvent } from './pass-through-event.ts';
import { passThroughTask } from './pass-through-task.ts';
import { signalThrowEvent } from './signal-throw-event.ts';

function endScope(c: Context, e: ElementContext): undefined {
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
  const scope = c.state.elements.must(e.value.flowScopeKey);
  if (scope.activeChildren > 0) commandTerminateChildren(c, contextOf(c, scope));
  else commandComplete(c, scope.key, scope.value);
}

/** Ends every other path of its scope; the scope completes (engine-semantics.md C.9). */
const terminateEnd: ElementProcessor = {
  activate: passThroughTask.activate,
  complete: (c, e) => completed(c, e, endScope),
  finish: endScope,
  terminate: passThroughTask.terminate,
};

/** Throws to the nearest event that catches its code; it is never completed but ends with its scope. */
const errorEnd: ElementProcessor = {
  activate(c, e) {
    const expression = e.element.errorCodeExpression;
    if (expression === undefined) throw new Error(`error end event '${e.element.id}' has no code`);
    const code = evaluateString(expression, c.feel(e.key));
    if (!code.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: code.message };
    const caught = findErrorCatch(c, e.value.flowScopeKey, code.value);
    if (!('event' in caught)) {
      return { errorType: 'UNHANDLED_ERROR_EVENT', message: notCaughtText(code.value, '', caught) };
    }
    activated(c, e);
    throwTo(c, caught, EMPTY_DOCUMENT);
    return undefined;
  },
  complete() {
    throw new Error('an error end event is never completed');
  },
  terminate: passThroughTask.terminate,
};

function behaviour(eventType: BpmnEventType): ElementProcessor {
  switch (eventType) {
    case 'TERMINATE':
      return terminateEnd;
    case 'ERROR':
      return errorEnd;
    case 'SIGNAL':
      return signalThrowEvent;
    case 'MESSAGE':
      return messageThrowEvent;
    case 'ESCALATION':
      return escalationThrowEvent;
    case 'COMPENSATION':
      return compensationThrowEvent;
    default:
      return passThroughEvent;
  }
}

export const endEvent: ElementProcessor = {
  activate: (c, e) => behaviour(e.value.bpmnEventType).activate(c, e),
  complete: (c, e) => behaviour(e.value.bpmnEventType).complete(c, e),
  finish: (c, e) => (behaviour(e.value.bpmnEventType).finish ?? goOn)(c, e),
  terminate: (c, e) => behaviour(e.value.bpmnEventType).terminate(c, e),
};
