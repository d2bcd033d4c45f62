// Signal throw and end events: the broadcast is commanded before the event is activated (engine-semantics.md I.4).
import { commandBroadcast, signalNameOf } from '../steps/signals.ts';
import { passThrough } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughEvent } from './pass-through-event.ts';

export const signalThrowEvent: ElementProcessor = {
  activate(c, e) {
    const signal = signalNameOf(c, e.key, e.element);
    if ('errorType' in signal) return signal;
    commandBroadcast(c, e, signal.name, c.state.variables.localDocument(e.key));
    passThrough(c, e);
    return undefined;
  },
  complete: passThroughEvent.complete,
  terminate: passThroughEvent.terminate,
};
