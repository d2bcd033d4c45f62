// Compensation events: thrown for all of a scope or for one activity; a boundary event leads to the handler by an association.
import type { RuleContext } from '../context.ts';
import type { EventDefinition, FlowNode, Process } from '../model.ts';
import type { EventFamily } from './event-family.ts';

export const compensation: EventFamily = {
  eventType: 'COMPENSATION',
  throwMappings: 'none',
  judgeCatch(_definition, node, { definitions, process, problems }) {
    for (const target of definitions.associations.get(node.id) ?? []) {
      const handler = process.nodes.get(target);
      if (handler === undefined || !isActivity(handler)) {
        problems.add('reference-unknown', node.xml, 'association', target, 'an activity');
      }
    }
  },
  compileCatch(_definition, node, element, { definitions, elements }) {
    const handler = elements.get(definitions.associations.get(node.id)?.[0] ?? '');
    element.compensationHandler = handler;
    if (handler !== undefined) handler.eventType = 'COMPENSATION';
  },
  judgeThrow(definition, node, context) {
    const { problems } = context;
    if (definition.xml.attributes.get('waitForCompletion')?.trim() === 'false') {
      const event = node.kind === 'endEvent' ? 'end event' : 'intermediate throwing event';
      problems.add('compensation-wait', node.xml, event);
    }
    if (definition.ref !== undefined) judgeCompensated(definition, definition.ref, node, context);
  },
  compileThrow({ ref }, _node, element, { elements }) {
    element.compensates = elements.get(ref ?? '');
  },
};

const isActivity = ({ kind }: FlowNode): boolean => !/Event$|Gateway$/.test(kind);

function judgeCompensated(
  { xml }: EventDefinition,
  ref: string,
  thrown: FlowNode,
  { process, problems }: RuleContext,
): void {
  const activity = process.nodes.get(ref);
  const { owner } = thrown.scope;
  const outer = owner?.kind === 'eventSubProcess' ? owner.scope : undefined;
  if (activity === undefined) problems.add('compensation-unknown', xml, ref);
  else if (activity.scope !== thrown.scope && activity.scope !== outer) {
    problems.add('compensation-scope', xml, ref);
  } else if (activity.kind !== 'subProcess' && !isCompensated(activity, process)) {
    problems.add('compensation-handler', xml, ref);
  }
}

const isCompensated = (activity: FlowNode, { attached }: Process): boolean =>
  (attached.get(activity.id) ?? []).some(({ eventDefinitions }) =>
    eventDefinitions.some((definition) => definition.kind === 'compensation'),
  );
