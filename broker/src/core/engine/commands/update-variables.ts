// VARIABLE_DOCUMENT.UPDATE: variables set from outside (engine-semantics.md F.3).
import { keyText } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { mergeLocal, mergePropagating } from '../steps/variables.ts';

export const updateVariables: Processor<'VARIABLE_DOCUMENT'> = (c, command) => {
  const { value } = command;
  const scope = c.state.elements.get(value.scopeKey);
  if (scope === undefined || scope.state === 'TERMINATING') {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to update variables for element with key '${keyText(value.scopeKey)}', but no such element was found`,
    );
  }
  const { entries } = value.variables;
  if (value.updateSemantics === 'LOCAL') mergeLocal(c, scope.value, scope.key, entries);
  else mergePropagating(c, scope.value, scope.key, entries);
  const event = c.out.event('VARIABLE_DOCUMENT', 'UPDATED', c.keys.next(), value);
  c.out.answer(command.requestId, event);
};
