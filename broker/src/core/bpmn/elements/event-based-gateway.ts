// Event-based gateway: waits for the events behind it and goes on with the first that comes.
import type { ElementFamily } from './element-family.ts';

export const eventBasedGateway: ElementFamily = {
  elementType: 'EVENT_BASED_GATEWAY',
  activity: false,
  mappings: 'none',
  judge() {},
  compile(_node, element, { elements }) {
    for (const { target } of element.outgoing) element.gatewayEvents.push(elements.get(target.id)!);
  },
};
