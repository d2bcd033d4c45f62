// Manual and undefined tasks: nothing to do, no mappings (engine-semantics.md B.1).
import { resolveIncidentOf } from '../steps/incidents.ts';
import { terminated } from '../steps/termination.ts';
import { completed, passThrough } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';

export const passThroughTask: ElementProcessor = {
  activate(c, e) {
    passThrough(c, e);
    return undefined;
  },
  complete(c, e) {
    completed(c, e);
    return undefined;
  },
  terminate(c, e) {
    resolveIncidentOf(c, e.key);
    terminated(c, e);
  },
};
