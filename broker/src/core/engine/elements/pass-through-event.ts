// Events that never wait: output mappings, then on (engine-semantics.md C.3).

import { completed } from '../steps/completion.ts';
import { applyOutputs } from '../steps/mappings.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughTask } from './pass-through-task.ts';

export const passThroughEvent: ElementProcessor = {
  activate: passThroughTask.activate,
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    return completed(c, e);
  },
  terminate: passThroughTask.terminate,
};
