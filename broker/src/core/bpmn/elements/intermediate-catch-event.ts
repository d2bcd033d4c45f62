// Intermediate catch events: a token waits for one event.
import { compileCaught, judgeCaught } from '../events/caught.ts';
import type { EventKind } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

const CAUGHT: ReadonlySet<EventKind> = new Set([
  'message',
  'timer',
  'signal',
  'link',
  'conditional',
]);

export const intermediateCatchEvent: ElementFamily = {
  elementType: 'INTERMEDIATE_CATCH_EVENT',
  activity: false,
  mappings: 'both',
  judge(node, context) {
    const { problems } = context;
    if (node.eventDefinitions.length !== 1) problems.add('catch-definitions', node.xml);
    judgeCaught(node, CAUGHT, () => problems.add('catch-type', node.xml), context);
  },
  compile: compileCaught,
};
