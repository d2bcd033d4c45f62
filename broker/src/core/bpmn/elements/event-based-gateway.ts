// Event-based gateway: waits for the events behind it and goes on with the first that comes.
import type { FlowNode } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

export const eventBasedGateway: ElementFamily = {
  elementType: 'EVENT_BASED_GATEWAY',
  activity: false,
  mappings: 'none',
  judge(node, { process, problems }) {
    if (node.outgoing.length < 2) problems.add('event-gateway-flows', node.xml);
    const targets = node.outgoing
      .map((id) => process.nodes.get(process.flows.get(id)?.target ?? ''))
      .filter((target) => target !== undefined);
    if (!targets.every(isWaiting)) problems.add('event-gateway-target', node.xml);
    const mine = (id: string) => process.flows.get(id)?.source === node.id;
    if (targets.some(({ incoming }) => !incoming.every(mine))) {
      problems.add('event-gateway-incoming', node.xml);
    }
  },
  compile(_node, element, { elements }) {
    for (const { target } of element.outgoing) element.gatewayEvents.push(elements.get(target.id)!);
  },
};

const WAITING: ReadonlySet<string> = new Set(['message', 'timer', 'signal', 'conditional']);

const isWaiting = ({ kind, eventDefinitions }: FlowNode): boolean =>
  kind === 'intermediateCatchEvent' &&
  eventDefinitions.every((definition) => WAITING.has(definition.kind));
