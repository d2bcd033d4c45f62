// Parallel gateway: waits for a token on each incoming flow (commands/activate-element.ts refuses the earlier ones), then
// takes all outgoing flows (engine-semantics.md C.5).
import { completed } from '../steps/completion.ts';
import { activated, completing } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { exclusiveGateway } from './exclusive-gateway.ts';

export const parallelGateway: ElementProcessor = {
  activate(c, e) {
    activated(c, e);
    completing(c, e);
    return completed(c, e);
  },
  complete: exclusiveGateway.complete,
  terminate: exclusiveGateway.terminate,
};
