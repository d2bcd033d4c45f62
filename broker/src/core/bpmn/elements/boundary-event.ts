// Boundary events: error.
import type { CompileContext, RuleContext } from '../context.ts';
import { isFeel } from '../expressions.ts';
import type { Definitions, EventDefinition, FlowNode } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

export const boundaryEvent: ElementFamily = {
  elementType: 'BOUNDARY_EVENT',
  activity: false,
  mappings: 'outputs',
  judge(node, context) {
    const { problems } = context;
    if (node.eventDefinitions.length !== 1) problems.add('boundary-definitions', node.xml);
    for (const definition of node.eventDefinitions) judgeDefinition(node, definition, context);
    if (node.incoming.length > 0) problems.add('boundary-incoming', node.xml);
    if (node.outgoing.length === 0) problems.add('boundary-outgoing', node.xml);
  },
  compile(node, element, context: CompileContext) {
    element.eventType = 'ERROR';
    element.interrupting = true;
    element.errorCode = caughtCode(node.eventDefinitions[0], context.definitions);
    const activity = context.elements.get(node.attachedTo ?? '');
    element.attachedTo = activity;
    // Nodes are compiled in file order, the visiting order is the reverse.
    activity?.boundaryEvents.unshift(element);
  },
};

function judgeDefinition(
  node: FlowNode,
  definition: EventDefinition,
  { problems, definitions }: RuleContext,
): void {
  if (definition.kind === 'terminate') problems.add('boundary-type', node.xml);
  if (definition.kind !== 'error') return;
  if (!node.interrupting) problems.add('boundary-interrupting', node.xml);
  if (isFeel(caughtCode(definition, definitions) ?? '')) {
    problems.add('error-code-expression', definition.xml);
  }
}

/** The code that an error catch event names; undefined when it names none and so catches every error. */
export function caughtCode(
  definition: EventDefinition | undefined,
  definitions: Definitions,
): string | undefined {
  if (definition?.kind !== 'error' || definition.errorRef === undefined) return undefined;
  return definitions.errors.get(definition.errorRef)?.code;
}
