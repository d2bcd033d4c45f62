// Signal events: caught and broadcast by name.
import type { RuleContext } from '../context.ts';
import type { EventDefinition, Signal } from '../model.ts';
import { type EventFamily, isProcessStart } from './event-family.ts';
import { judgeStartName } from './start-name.ts';

export const signal: EventFamily = {
  eventType: 'SIGNAL',
  throwMappings: 'both',
  judgeCatch(definition, node, context) {
    const found = judgeSignal(definition, context);
    if (isProcessStart(node)) judgeStartName('signal', found?.name, node, context);
  },
  judgeThrow(definition, _node, context) {
    judgeSignal(definition, context);
  },
  compileCatch({ ref }, _node, element, { definitions, expressions }) {
    element.signalName = expressions.get(definitions.signals.get(ref ?? '')!.name!);
  },
  compileThrow({ ref }, _node, element, { definitions, expressions }) {
    element.signalName = expressions.get(definitions.signals.get(ref ?? '')!.name!);
  },
};

function judgeSignal(
  { ref, xml }: EventDefinition,
  { definitions, problems, expressions }: RuleContext,
): Signal | undefined {
  const found = definitions.signals.get(ref ?? '');
  if (found === undefined) problems.add('signal-reference', xml);
  else if ((found.name ?? '') === '') problems.add('signal-name', found.xml);
  else expressions.judge(found.name, found.xml, problems);
  return found;
}
