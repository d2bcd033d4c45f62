// USER_TASK.COMPLETE_TASK_LISTENER: a listener's job is done; the next one works, or the transition ends (engine-semantics.md C.16).
import { keyText } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { goOn } from '../steps/user-task-transitions.ts';

export const completeTaskListener: Processor<'USER_TASK'> = (c, command) => {
  const task = c.state.userTasks.get(command.key);
  const begin = `Expected to complete a listener of user task with key '${keyText(command.key)}', but`;
  if (task === undefined)
    c.out.reject(command, 'NOT_FOUND', `${begin} no such user task was found`);
  else if (task.transition === undefined)
    c.out.reject(command, 'INVALID_STATE', `${begin} it is in state '${task.state}'`);
  else goOn(c, task);
};
