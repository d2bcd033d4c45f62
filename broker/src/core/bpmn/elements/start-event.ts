// Start events: where a process, a sub-process or an event sub-process begins.
import { compileCaught, judgeCaught } from '../events/caught.ts';
import type { EventDefinition, EventKind } from '../model.ts';
import { notExecuted } from '../not-executed.ts';
import type { ElementFamily } from './element-family.ts';

const OF_PROCESS: ReadonlySet<EventKind> = new Set(['message', 'timer', 'signal', 'conditional']);
const OF_EVENT_SUB_PROCESS: ReadonlySet<EventKind> = new Set([
  ...OF_PROCESS,
  'error',
  'escalation',
]);
const OF_SUB_PROCESS: ReadonlySet<EventKind> = new Set();

export const startEvent: ElementFamily = {
  elementType: 'START_EVENT',
  activity: false,
  mappings: 'outputs',
  judge(node, context) {
    if (node.eventDefinitions.length > 1) context.problems.add('start-definitions', node.xml);
    const { owner } = node.scope;
    // What may not stand in a sub-process is reported there (sub-process.ts, event-sub-process.ts).
    if (owner === undefined) {
      const refused = ({ kind, xml }: EventDefinition) => {
        if (kind !== 'unknown') notExecuted(xml.name, node, context);
      };
      judgeCaught(node, OF_PROCESS, refused, context);
    } else if (owner.kind === 'eventSubProcess') {
      judgeCaught(node, OF_EVENT_SUB_PROCESS, () => {}, context);
    } else judgeCaught(node, OF_SUB_PROCESS, () => {}, context);
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
