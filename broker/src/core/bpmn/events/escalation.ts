// Escalation events: as error events, but the thrower may go on.
import { isFeel } from '../expressions.ts';
import type { Definitions, EventDefinition } from '../model.ts';
import type { EventFamily } from './event-family.ts';

export const escalation: EventFamily = {
  eventType: 'ESCALATION',
  throwMappings: 'outputs',
  judgeCatch(definition, node, { definitions, process, problems }) {
    const activity = process.nodes.get(node.attachedTo ?? '')?.kind;
    if (activity !== undefined && activity !== 'subProcess' && activity !== 'callActivity') {
      problems.add('escalation-attached', node.xml);
    }
    const code = caughtEscalationCode(definition, definitions) ?? '';
    if (isFeel(code)) problems.add('escalation-code-expression', definition.xml);
  },
  compileCatch(definition, _node, element, { definitions }) {
    element.escalationCode = caughtEscalationCode(definition, definitions);
  },
  judgeThrow({ ref, xml }, _node, { definitions, problems, expressions }) {
    const found = definitions.escalations.get(ref ?? '');
    if (found === undefined) problems.add('escalation-reference', xml);
    else if ((found.code ?? '') === '') problems.add('escalation-code', found.xml);
    else expressions.judge(found.code, xml, problems);
  },
  compileThrow({ ref }, _node, element, { definitions, expressions }) {
    const code = definitions.escalations.get(ref ?? '')?.code ?? '';
    element.escalationCodeExpression = expressions.getText(code);
  },
};

/** The code that an escalation catch event names; undefined when it names none and so catches every escalation. */
export const caughtEscalationCode = (
  { ref }: EventDefinition,
  { escalations }: Definitions,
): string | undefined => (ref === undefined ? undefined : escalations.get(ref)?.code);
