// End events: none and those that throw something.
import { compileThrown, judgeThrown } from '../events/thrown.ts';
import type { EventKind } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

const THROWN: ReadonlySet<EventKind> = new Set([
  'message',
  'signal',
  'error',
  'escalation',
  'compensation',
  'terminate',
]);

export const endEvent: ElementFamily = {
  elementType: 'END_EVENT',
  activity: false,
  mappings: 'both',
  judge(node, context) {
    if (node.outgoing.length > 0) context.problems.add('end-outgoing', node.xml);
    if (node.eventDefinitions.length > 1) context.problems.add('end-definitions', node.xml);
    const refused = () => context.problems.add('end-type', node.xml);
    judgeThrown(node, THROWN, refused, context);
  },
  compile: compileThrown,
};
