// Event-based gateway: waits for the events behind it; the first one goes on, no flow is taken to it (engine-semantics.md C.7).
import { subscribe, unsubscribe } from '../steps/catch-events.ts';
import { consumeTrigger } from '../steps/mappings.ts';
import { activated, recordValueOf } from '../steps/transitions.ts';
import { activateTriggered } from '../steps/triggered-events.ts';
import type { ElementProcessor } from './element-processor.ts';
import { intermediateCatchEvent } from './intermediate-catch-event.ts';

export const eventBasedGateway: ElementProcessor = {
  activate(c, e) {
    const failure = subscribe(c, e, e.element.gatewayEvents);
    if (failure !== undefined) return failure;
    activated(c, e);
    return undefined;
  },
  complete(c, e) {
    const trigger = c.state.elements.must(e.key).triggers[0];
    const event = e.element.gatewayEvents.find(({ id }) => id === trigger?.targetElementId);
    if (trigger === undefined || event === undefined)
      throw new Error(`event-based gateway '${e.element.id}' completes without an event`);
    unsubscribe(c, e.key);
    c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
    consumeTrigger(c, e, trigger.key, event.id, e.key);
    activateTriggered(
      c,
      event,
      recordValueOf(e.value, event, e.value.flowScopeKey),
      trigger.variables,
    );
    return undefined;
  },
  terminate: intermediateCatchEvent.terminate,
};
