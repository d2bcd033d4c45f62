// Event sub-process: a scope that begins when its start event was triggered (engine-semantics.md C.8).
import { closeEvents } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { terminateScope } from '../steps/termination.ts';
import { activated, commandActivate, recordValueOf } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';

export const eventSubProcess: ElementProcessor = {
  activate(c, e) {
    activated(c, e);
    const start = e.element.startEvent;
    if (start === undefined) throw new Error(`event sub-process '${e.element.id}' has no start`);
    commandActivate(c, recordValueOf(e.value, start, e.key));
    return undefined;
  },
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    closeEvents(c, e);
    return completed(c, e);
  },
  terminate: terminateScope,
};
