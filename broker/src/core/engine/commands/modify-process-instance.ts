// PROCESS_INSTANCE_MODIFICATION.MODIFY: an operator activates and ends elements of a running instance (engine-semantics.md L.3).
import { type Key, keyText, type ProcessInstanceModificationValue } from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { activateByOperator } from '../steps/modification-activation.ts';
import { modificationProblem } from '../steps/modification-checks.ts';
import { terminateByOperator } from '../steps/modification-termination.ts';

export const modifyProcessInstance: Processor<'PROCESS_INSTANCE_MODIFICATION'> = (c, command) => {
  const { key, value } = command;
  const root = runningInstance(c, key);
  if (root === undefined) {
    const reason = `Expected to modify process instance but no process instance found with key '${keyText(key)}'`;
    return c.out.reject(command, 'NOT_FOUND', reason);
  }
  const problem = modificationProblem(c, root, value);
  if (problem !== undefined) return c.out.reject(command, 'INVALID_ARGUMENT', problem);
  modify(c, command.requestId, key, root, value);
};

/** The instance with this key; the key of one of its elements names it too (observed.md 4). */
function runningInstance(c: Context, key: Key): ElementInstance | undefined {
  const named = c.state.elements.get(key);
  if (named === undefined) return undefined;
  const root = c.state.elements.get(named.value.processInstanceKey);
  return root?.state === 'TERMINATING' ? undefined : root;
}

function modify(
  c: Context,
  requestId: number,
  key: Key,
  root: ElementInstance,
  value: ProcessInstanceModificationValue,
): void {
  const activateInstructions = value.activateInstructions.map((instruction) => ({
    ...instruction,
    ancestorScopeKeys: activateByOperator(c, root, instruction),
  }));
  const ancestorScopeKeys = [
    ...new Set(activateInstructions.flatMap((instruction) => instruction.ancestorScopeKeys)),
  ];
  terminateByOperator(c, root, value.terminateInstructions, new Set(ancestorScopeKeys));
  const modified = c.out.event('PROCESS_INSTANCE_MODIFICATION', 'MODIFIED', key, {
    processInstanceKey: value.processInstanceKey,
    terminateInstructions: value.terminateInstructions,
    activateInstructions,
    ancestorScopeKeys,
    tenantId: value.tenantId,
  });
  c.out.answer(requestId, modified);
}
