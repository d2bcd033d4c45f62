// Start events: output mappings, then the events of the scope are subscribed to, then on (engine-semantics.md C.3, C.8).
import { scopeEvents, subscribe } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { contextOf } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughTask } from './pass-through-task.ts';

export const startEvent: ElementProcessor = {
  activate: passThroughTask.activate,
  complete(c, e) {
    const outputs = applyOutputs(c, e);
    if (outputs !== undefined) return outputs;
    const events = e.element.scope === undefined ? [] : scopeEvents(e.element.scope);
    if (events.length > 0) {
      const scope = c.state.elements.must(e.value.flowScopeKey);
      const failure = subscribe(c, contextOf(c, scope), events);
      if (failure !== undefined) return failure;
    }
    return completed(c, e);
  },
  terminate: passThroughTask.terminate,
};
