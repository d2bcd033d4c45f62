// What follows from a listener's job (engine-semantics.md C.16). USER_TASK.COMPLETE_TASK_LISTENER: the next listener works, or the
// transition ends; USER_TASK.DENY_TASK_LISTENER: it does not happen.
import { keyText } from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { UserTask } from '../state/user-task-state.ts';
import { deny, goOn } from '../steps/user-task-transitions.ts';

/** The task, when a transition of it is under way; a rejection has been written otherwise. */
function underWay(
  c: Context,
  command: CommandRecord<'USER_TASK'>,
  what: string,
): UserTask | undefined {
  const task = c.state.userTasks.get(command.key);
  const begin = `Expected to ${what} a listener of user task with key '${keyText(command.key)}', but`;
  if (task === undefined)
    c.out.reject(command, 'NOT_FOUND', `${begin} no such user task was found`);
  else if (task.transition === undefined)
    c.out.reject(command, 'INVALID_STATE', `${begin} it is in state '${task.state}'`);
  else return task;
  return undefined;
}

export const completeTaskListener: Processor<'USER_TASK'> = (c, command) => {
  const task = underWay(c, command, 'complete');
  if (task !== undefined) goOn(c, task);
};

/** A listener does not let the transition happen. */
export const denyTaskListener: Processor<'USER_TASK'> = (c, command) => {
  const task = underWay(c, command, 'deny');
  if (task !== undefined) deny(c, task, command.value);
};
