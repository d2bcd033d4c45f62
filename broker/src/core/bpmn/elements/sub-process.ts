// Embedded sub-process: a scope of its own with exactly one none start event.
import type { ElementFamily } from './element-family.ts';

export const subProcess: ElementFamily = {
  elementType: 'SUB_PROCESS',
  activity: true,
  mappings: 'both',
  judge(node, { problems }) {
    const starts = node.inner?.nodes.filter((inner) => inner.kind === 'startEvent') ?? [];
    if (starts.length !== 1) problems.add('sub-process-start', node.xml);
    if (starts.some((start) => start.eventDefinitions.length > 0)) {
      problems.add('sub-process-start-type', node.xml);
    }
  },
  compile() {},
};
