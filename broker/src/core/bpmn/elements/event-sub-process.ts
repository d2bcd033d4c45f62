// Event sub-process: a scope inside a scope that begins when its start event is triggered.
import { MAY_GO_ON } from './boundary-event.ts';
import type { ElementFamily } from './element-family.ts';

export const eventSubProcess: ElementFamily = {
  elementType: 'EVENT_SUB_PROCESS',
  activity: false,
  mappings: 'both',
  judge(node, { problems }) {
    const starts = node.inner?.nodes.filter((inner) => inner.kind === 'startEvent') ?? [];
    if (starts.length !== 1) problems.add('sub-process-start', node.xml);
    for (const { eventDefinitions, interrupting } of starts) {
      const kind = eventDefinitions[0]?.kind ?? 'none';
      if (kind === 'compensation' && node.scope.owner === undefined) {
        problems.add('event-sub-process-compensation', node.xml);
      }
      if (kind === 'none' || !(kind === 'error' || MAY_GO_ON.has(kind))) {
        problems.add('event-sub-process-start-type', node.xml);
      }
      if (kind !== 'none' && !interrupting && !MAY_GO_ON.has(kind)) {
        problems.add('boundary-interrupting', node.xml);
      }
    }
    if (node.incoming.length + node.outgoing.length > 0) {
      problems.add('event-sub-process-flow', node.xml);
    }
  },
  compile(_node, element) {
    element.scope!.eventSubProcesses.push(element);
  },
};
