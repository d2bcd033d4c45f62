// End events: none, error, terminate.
import type { RuleContext } from '../context.ts';
import type { EventDefinition } from '../model.ts';
import type { ElementFamily } from './element-family.ts';

export const endEvent: ElementFamily = {
  elementType: 'END_EVENT',
  activity: false,
  mappings: 'outputs',
  judge(node, context) {
    if (node.outgoing.length > 0) context.problems.add('end-outgoing', node.xml);
    if (node.eventDefinitions.length > 1) context.problems.add('end-definitions', node.xml);
    for (const definition of node.eventDefinitions) judgeThrownError(definition, context);
  },
  compile(node, element, { definitions, expressions }) {
    const definition = node.eventDefinitions[0];
    element.eventType = 'NONE';
    if (definition?.kind === 'terminate') element.eventType = 'TERMINATE';
    else if (definition?.kind === 'error') {
      element.eventType = 'ERROR';
      const code = definitions.errors.get(definition.errorRef ?? '')?.code ?? '';
      element.errorCodeExpression = expressions.getText(code);
    } else return;
    // Output mappings apply to none end events only (engine-semantics C.9).
    element.outputMappings = undefined;
  },
};

function judgeThrownError(definition: EventDefinition, context: RuleContext): void {
  if (definition.kind !== 'error') return;
  const { definitions, problems, expressions } = context;
  const error = definitions.errors.get(definition.errorRef ?? '');
  if (error === undefined) problems.add('error-reference', definition.xml);
  else if (error.code === undefined || error.code === '') {
    problems.add('error-code', definition.xml);
  } else expressions.judge(error.code, definition.xml, problems);
}
