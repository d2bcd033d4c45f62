// Receive task: waits for a message as a catch event does, and can have boundary events (engine-semantics.md B.1).
import { closeEvents, subscribe, unsubscribe } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { activated } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { intermediateCatchEvent } from './intermediate-catch-event.ts';

export const receiveTask: ElementProcessor = {
  activate(c, e) {
    const { element } = e;
    const failure = subscribe(c, e, [element, ...element.boundaryEvents]);
    if (failure !== undefined) return failure;
    activated(c, e);
    return undefined;
  },
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    unsubscribe(c, e.key);
    closeEvents(c, e);
    return completed(c, e);
  },
  terminate: intermediateCatchEvent.terminate,
};
