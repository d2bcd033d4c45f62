// Intermediate throw events: none, link, message (a job), signal, escalation, compensation. One behaviour each.
import type { BpmnEventType } from '@millrace/protocol';
import { goOn } from '../steps/completion.ts';
import { compensationThrowEvent } from './compensation-throw-event.ts';
import type { ElementProcessor } from './element-processor.ts';
import { escalationThrowEvent } from './escalation-throw-event.ts';
import { linkThrowEvent } from './link-throw-event.ts';
import { messageThrowEvent } from './message-throw-event.ts';
import { passThroughEvent } from './pass-through-event.ts';
import { signalThrowEvent } from './signal-throw-event.ts';

function behaviour(eventType: BpmnEventType): ElementProcessor {
  switch (eventType) {
    case 'LINK':
      return linkThrowEvent;
    case 'MESSAGE':
      return messageThrowEvent;
    case 'SIGNAL':
      return signalThrowEvent;
    case 'ESCALATION':
      return escalationThrowEvent;
    case 'COMPENSATION':
      return compensationThrowEvent;
    default:
      return passThroughEvent;
  }
}

export const intermediateThrowEvent: ElementProcessor = {
  activate: (c, e) => behaviour(e.value.bpmnEventType).activate(c, e),
  complete: (c, e) => behaviour(e.value.bpmnEventType).complete(c, e),
  finish: (c, e) => (behaviour(e.value.bpmnEventType).finish ?? goOn)(c, e),
  terminate: (c, e) => behaviour(e.value.bpmnEventType).terminate(c, e),
};
