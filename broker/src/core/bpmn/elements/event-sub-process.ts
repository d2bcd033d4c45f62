// Event sub-process: a scope inside a scope that begins when its start event is triggered.
import type { ElementFamily } from './element-family.ts';

export const eventSubProcess: ElementFamily = {
  elementType: 'EVENT_SUB_PROCESS',
  activity: false,
  mappings: 'both',
  judge(node, { problems }) {
    const starts = node.inner?.nodes.filter((inner) => inner.kind === 'startEvent') ?? [];
    if (starts.length !== 1) problems.add('sub-process-start', node.xml);
    if (starts.some((start) => start.eventDefinitions.length === 0)) {
      problems.add('event-sub-process-start-type', node.xml);
    }
  },
  compile(_node, element) {
    element.scope!.eventSubProcesses.push(element);
  },
};
