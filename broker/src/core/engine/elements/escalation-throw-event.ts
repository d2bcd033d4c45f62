// Escalation throw and end events: go on unless what catches the escalation ends them with their scope (engine-semantics.md C.9).
import { evaluateString } from '../../feel/index.ts';
import { escalate } from '../steps/escalations.ts';
import { activated, commandComplete } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughEvent } from './pass-through-event.ts';

export const escalationThrowEvent: ElementProcessor = {
  activate(c, e) {
    const expression = e.element.escalationCodeExpression;
    if (expression === undefined) throw new Error(`event '${e.element.id}' has no code`);
    const code = evaluateString(expression, c.feel(e.key));
    if (!code.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: code.message };
    activated(c, e);
    if (escalate(c, e, code.value)) commandComplete(c, e.key, e.value);
    return undefined;
  },
  complete: passThroughEvent.complete,
  terminate: passThroughEvent.terminate,
};
