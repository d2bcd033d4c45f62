// PROCESS_INSTANCE.CANCEL: terminates a whole instance (engine-semantics.md L.2).
import { keyText, LogRecord, NO_KEY, NO_REQUEST } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { rootInstanceOf } from '../steps/called-process.ts';
import { commandTerminate } from '../steps/transitions.ts';

export const cancelProcessInstance: Processor<'PROCESS_INSTANCE'> = (c, command) => {
  const instance = c.state.elements.get(command.key);
  if (
    instance === undefined ||
    instance.value.bpmnElementType !== 'PROCESS' ||
    instance.state === 'TERMINATING'
  ) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to cancel a process instance with key '${keyText(command.key)}', but no such process was found`,
    );
  }
  if (instance.value.parentProcessInstanceKey !== NO_KEY) {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to cancel a process instance with key '${keyText(command.key)}', but it is created by a parent process instance. ` +
        `Cancel the root process instance '${keyText(rootInstanceOf(c, instance))}' instead.`,
    );
  }
  commandTerminate(c, instance);
  // The answer shows the event that the command leads to; it is not a record of its own.
  const { turn } = c.out;
  const record = new LogRecord(
    'EVENT',
    'PROCESS_INSTANCE',
    'ELEMENT_TERMINATING',
    instance.key,
    instance.value,
    turn.nextPosition,
    -1,
    turn.timestamp,
    undefined,
    '',
    NO_REQUEST,
    -1,
    false,
  );
  c.out.answer(command.requestId, record);
};
