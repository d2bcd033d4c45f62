// Events that never wait: output mappings, then on (engine-semantics.md C.3).
import { applyOutputs } from '../steps/mappings.ts';
import { completed } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughTask } from './pass-through-task.ts';

export const passThroughEvent: ElementProcessor = {
  activate: passThroughTask.activate,
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    completed(c, e);
    return undefined;
  },
  terminate: passThroughTask.terminate,
};
