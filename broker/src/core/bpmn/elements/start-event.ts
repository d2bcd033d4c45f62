// None start event: where a process or an embedded sub-process begins. Has nothing of its own to check or to compile;
// start events with a definition are refused by name (elements/families.ts).
import type { ElementFamily } from './element-family.ts';

export const startEvent: ElementFamily = {
  elementType: 'START_EVENT',
  activity: false,
  mappings: 'outputs',
  judge(node, { problems }) {
    const [first, second] = node.eventDefinitions;
    if (second !== undefined) problems.add('start-definitions', node.xml);
    if (first !== undefined && first.kind !== 'not-executed') {
      problems.add('not-executed', node.xml, `${first.xml.name} of startEvent '${node.id}'`);
    }
  },
  compile(_node, element) {
    element.eventType = 'NONE';
    if (element.scope !== undefined) element.scope.startEvent = element;
  },
};
