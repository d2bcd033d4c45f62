// Error events: thrown with a code, caught by a fixed code or, without one, whatever the code is.
import { isFeel } from '../expressions.ts';
import type { Definitions, EventDefinition } from '../model.ts';
import type { EventFamily } from './event-family.ts';

export const error: EventFamily = {
  eventType: 'ERROR',
  throwMappings: 'none',
  judgeCatch(definition, _node, { definitions, problems }) {
    const code = caughtErrorCode(definition, definitions) ?? '';
    if (isFeel(code)) problems.add('error-code-expression', definition.xml);
  },
  compileCatch(definition, _node, element, { definitions }) {
    element.errorCode = caughtErrorCode(definition, definitions);
  },
  judgeThrow({ ref, xml }, _node, { definitions, problems, expressions }) {
    const found = definitions.errors.get(ref ?? '');
    if (found === undefined) problems.add('error-reference', xml);
    else if ((found.code ?? '') === '') problems.add('error-code', xml);
    else expressions.judge(found.code, xml, problems);
  },
  compileThrow({ ref }, _node, element, { definitions, expressions }) {
    const code = definitions.errors.get(ref ?? '')?.code ?? '';
    element.errorCodeExpression = expressions.getText(code);
  },
};

/** The code that an error catch event names; undefined when it names none and so catches every error. */
export const caughtErrorCode = (
  { ref }: EventDefinition,
  { errors }: Definitions,
): string | undefined => (ref === undefined ? undefined : errors.get(ref)?.code);
