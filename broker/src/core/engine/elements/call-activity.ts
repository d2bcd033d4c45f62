// Call activity: an instance of another process on the same partition, and waits for it (engine-semantics.md C.10).
import { callProcess, processToCall } from '../steps/called-process.ts';
import { closeEvents, subscribe, unsubscribe } from '../steps/catch-events.ts';
import { completed } from '../steps/completion.ts';
import { resolveIncidentOf } from '../steps/incidents.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { terminated } from '../steps/termination.ts';
import { activated, commandTerminate } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';

export const callActivity: ElementProcessor = {
  activate(c, e) {
    const process = processToCall(c, e);
    if ('errorType' in process) return process;
    const subscribed = subscribe(c, e, e.element.boundaryEvents);
    if (subscribed !== undefined) return subscribed;
    activated(c, e);
    callProcess(c, e, process);
    return undefined;
  },
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    closeEvents(c, e);
    return completed(c, e);
  },
  terminate(c, e) {
    unsubscribe(c, e.key);
    resolveIncidentOf(c, e.key);
    const { calledInstanceKey } = c.state.elements.must(e.key).special;
    const called = c.state.elements.get(calledInstanceKey);
    if (called === undefined) terminated(c, e);
    else if (called.state !== 'TERMINATING') commandTerminate(c, called);
  },
};
