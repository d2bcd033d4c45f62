// Boundary events: wait for an event while their activity is at work.
import { compileCaught, judgeCaught } from '../events/caught.ts';
import type { EventKind } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

const CAUGHT: ReadonlySet<EventKind> = new Set([
  'message',
  'timer',
  'error',
  'signal',
  'escalation',
  'compensation',
  'conditional',
]);
/** Kinds after which their activity may go on. */
export const MAY_GO_ON: ReadonlySet<EventKind | 'unknown'> = new Set([
  'message',
  'timer',
  'signal',
  'escalation',
  'conditional',
]);

export const boundaryEvent: ElementFamily = {
  elementType: 'BOUNDARY_EVENT',
  activity: false,
  mappings: 'outputs',
  judge(node, context) {
    const { problems } = context;
    if (node.eventDefinitions.length !== 1) problems.add('boundary-definitions', node.xml);
    judgeCaught(node, CAUGHT, () => problems.add('boundary-type', node.xml), context);
    if (!node.interrupting && node.eventDefinitions.some(({ kind }) => !MAY_GO_ON.has(kind))) {
      problems.add('boundary-interrupting', node.xml);
    }
    if (node.incoming.length > 0) problems.add('boundary-incoming', node.xml);
    const associated = context.definitions.associations.has(node.id);
    if (node.outgoing.length === 0 && !associated) problems.add('boundary-outgoing', node.xml);
  },
  compile(node, element, context) {
    compileCaught(node, element, context);
    element.interrupting = node.interrupting;
    const activity = context.elements.get(node.attachedTo ?? '');
    element.attachedTo = activity;
    // Nodes are compiled in file order, the visiting order is the reverse.
    activity?.boundaryEvents.unshift(element);
  },
};
