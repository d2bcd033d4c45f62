// Start events: where a process, a sub-process or an event sub-process begins.
import { compileCaught, judgeCaught } from '../events/caught.ts';
import type { EventKind } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

const OF_PROCESS: ReadonlySet<EventKind> = new Set(['message', 'timer', 'signal', 'conditional']);
const OF_EVENT_SUB_PROCESS: ReadonlySet<EventKind> = new Set([
  'message',
  'timer',
  'error',
  'signal',
  'escalation',
  'conditional',
]);
const OF_SUB_PROCESS: ReadonlySet<EventKind> = new Set();

export const startEvent: ElementFamily = {
  elementType: 'START_EVENT',
  activity: false,
  mappings: 'outputs',
  judge(node, context) {
    if (node.eventDefinitions.length > 1) context.problems.add('start-definitions', node.xml);
    const owner = node.scope.owner?.kind;
    if (owner === undefined) judgeCaught(node, OF_PROCESS, 'start-type', context);
    else if (owner === 'eventSubProcess') {
      judgeCaught(node, OF_EVENT_SUB_PROCESS, 'event-sub-process-start-type', context);
    } else judgeCaught(node, OF_SUB_PROCESS, 'sub-process-start-type', context);
  },
  compile(node, element, context) {
    compileCaught(node, element, context);
    const scope = element.scope!;
    const ofProcess = node.scope.owner === undefined;
    if (!ofProcess) element.interrupting = node.interrupting;
    // Nodes are compiled in file order, the visiting order is the reverse.
    if (ofProcess && element.eventType !== 'NONE') scope.triggeredStarts.unshift(element);
    else scope.startEvent = element;
  },
};
