// Manual and undefined tasks: nothing to do, no mappings (engine-semantics.md B.1).

import { completed } from '../steps/completion.ts';
import { resolveIncidentOf } from '../steps/incidents.ts';
import { terminated } from '../steps/termination.ts';
import { passThrough } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';

export const passThroughTask: ElementProcessor = {
  activate(c, e) {
    passThrough(c, e);
    return undefined;
  },
  complete(c, e) {
    return completed(c, e);
  },
  terminate(c, e) {
    resolveIncidentOf(c, e.key);
    terminated(c, e);
  },
};
