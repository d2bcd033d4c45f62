// ERROR.BAN: an operator takes a process instance out of work (broker-operations.md 11, /actuator/banning). What follows is
// what follows from a fault of ours: the record, and its jobs leave all queues.
import { keyText } from '@millrace/protocol';
import { leaveQueues } from '../banning.ts';
import type { Processor } from '../context.ts';

export const banInstance: Processor<'ERROR'> = (c, command) => {
  const { processInstanceKey } = command.value;
  const instance = c.state.elements.get(processInstanceKey);
  if (instance === undefined || instance.value.processInstanceKey !== processInstanceKey) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to ban process instance '${keyText(processInstanceKey)}', but there is no such instance`,
    );
  }
  if (c.state.elements.banned.has(processInstanceKey)) {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to ban process instance '${keyText(processInstanceKey)}', but it is banned already`,
    );
  }
  const value = { ...command.value, errorEventPosition: command.position };
  const banned = c.out.event('ERROR', 'CREATED', c.keys.next(), value);
  leaveQueues(c, processInstanceKey);
  c.out.answer(command.requestId, banned);
};
