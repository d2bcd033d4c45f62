// Intermediate catch events wait for a message, a timer or a signal; link events are where a link leads to (engine-semantics.md C.3).
import { subscribe, unsubscribe } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { resolveIncidentOf } from '../steps/incidents.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { terminated } from '../steps/termination.ts';
import { activated, passThrough } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';

export const intermediateCatchEvent: ElementProcessor = {
  activate(c, e) {
    const failure = subscribe(c, e, [e.element]);
    if (failure !== undefined) return failure;
    if (e.element.eventType === 'LINK') passThrough(c, e);
    else activated(c, e);
    return undefined;
  },
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    unsubscribe(c, e.key);
    return completed(c, e);
  },
  terminate(c, e) {
    unsubscribe(c, e.key);
    resolveIncidentOf(c, e.key);
    terminated(c, e);
  },
};
