// Compensation throw and end events: wait until every handler that they call has completed (engine-semantics.md C.14).
import { compensate } from '../steps/compensation.ts';
import { activated, commandComplete } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughEvent } from './pass-through-event.ts';

export const compensationThrowEvent: ElementProcessor = {
  activate(c, e) {
    activated(c, e);
    if (!compensate(c, e)) commandComplete(c, e.key, e.value);
    return undefined;
  },
  complete: passThroughEvent.complete,
  terminate: passThroughEvent.terminate,
};
