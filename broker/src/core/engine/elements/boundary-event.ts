// Boundary event: activated by its trigger (steps/boundary-events.ts), then output mappings, then on.
import type { ElementProcessor } from './element-processor.ts';
import { passThroughEvent } from './pass-through-event.ts';

export const boundaryEvent: ElementProcessor = {
  activate() {
    throw new Error('boundary events are activated by their trigger');
  },
  complete: passThroughEvent.complete,
  terminate: passThroughEvent.terminate,
};
