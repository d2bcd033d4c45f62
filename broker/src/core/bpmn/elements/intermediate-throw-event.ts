// Intermediate throw events: none and those that throw something and go on.
import { compileThrown, judgeThrown } from '../events/thrown.ts';
import type { EventKind } from '../model.ts';
import { notExecuted } from '../not-executed.ts';
import type { ElementFamily } from './element-family.ts';

const THROWN: ReadonlySet<EventKind> = new Set([
  'message',
  'signal',
  'escalation',
  'link',
  'compensation',
]);

export const intermediateThrowEvent: ElementFamily = {
  elementType: 'INTERMEDIATE_THROW_EVENT',
  activity: false,
  mappings: 'both',
  judge(node, context) {
    if (node.eventDefinitions.length > 1) context.problems.add('end-definitions', node.xml);
    judgeThrown(
      node,
      THROWN,
      ({ kind, xml }) => {
        const known = kind !== 'unknown' && kind !== 'conditional';
        if (known) notExecuted(xml.name, node, context);
      },
      context,
    );
  },
  compile: compileThrown,
};
