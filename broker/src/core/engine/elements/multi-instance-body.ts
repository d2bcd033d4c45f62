// Multi-instance body: the scope of the rounds of an activity (steps/rounds.ts; engine-semantics.md C.11).
import { closeEvents, subscribe } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { inputItems } from '../steps/input-items.ts';
import { beginRounds, resultList } from '../steps/rounds.ts';
import { terminateScope } from '../steps/termination.ts';
import { activated } from '../steps/transitions.ts';
import { mergePropagating } from '../steps/variables.ts';
import type { ElementProcessor } from './element-processor.ts';

export const multiInstanceBody: ElementProcessor = {
  activate(c, e) {
    const items = inputItems(c, e);
    if ('errorType' in items) return items;
    const failure = subscribe(c, e, e.element.boundaryEvents);
    if (failure !== undefined) return failure;
    activated(c, e);
    beginRounds(c, e, items.length);
    return undefined;
  },
  complete(c, e) {
    const json = resultList(c, e);
    const name = e.element.loop?.outputCollection;
    if (json !== undefined && name !== undefined)
      mergePropagating(c, e.value, e.value.flowScopeKey, [{ name, json }]);
    closeEvents(c, e);
    return completed(c, e);
  },
  terminate: terminateScope,
};
