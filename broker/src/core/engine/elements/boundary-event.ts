// Boundary event: activated by its trigger (steps/termination.ts), then output mappings, then on. The variables of an error
// stay local unless they are mapped (observed.md 6.1).
import type { ElementProcessor } from './element-processor.ts';
import { startEvent } from './start-event.ts';

export const boundaryEvent: ElementProcessor = {
  activate() {
    throw new Error('boundary events are activated by their trigger');
  },
  complete: startEvent.complete,
  terminate: startEvent.terminate,
};
