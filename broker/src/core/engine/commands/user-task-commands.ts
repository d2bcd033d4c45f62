// What people do with a native user task: complete, assign, claim, update (engine-semantics.md L.5).
import { keyText, type UserTaskValue } from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { UserTask } from '../state/user-task-state.ts';
import { beginTransition } from '../steps/user-task-transitions.ts';

type UserTaskCommand = CommandRecord<'USER_TASK'>;

/** The task, when it can be worked on; a rejection has been written otherwise. */
function workable(c: Context, command: UserTaskCommand, what: string): UserTask | undefined {
  const task = c.state.userTasks.get(command.key);
  const begin = `Expected to ${what} user task with key '${keyText(command.key)}', but`;
  if (task === undefined)
    c.out.reject(command, 'NOT_FOUND', `${begin} no such user task was found`);
  else if (task.state !== 'CREATED')
    c.out.reject(command, 'INVALID_STATE', `${begin} it is in state '${task.state}'`);
  else return task;
  return undefined;
}

const actionOf = (command: UserTaskCommand, otherwise: string) =>
  command.value.action === '' ? otherwise : command.value.action;

export const completeUserTask: Processor<'USER_TASK'> = (c, command) => {
  const task = workable(c, command, 'complete');
  if (task === undefined) return;
  beginTransition(c, 'COMPLETING', {
    ...task.value,
    variables: command.value.variables,
    action: actionOf(command, 'complete'),
    awaitedBy: command.requestId,
  });
};

function assign(c: Context, command: UserTaskCommand, task: UserTask, action: string): void {
  beginTransition(c, 'ASSIGNING', {
    ...task.value,
    assignee: command.value.assignee,
    action: actionOf(command, action),
    awaitedBy: command.requestId,
  });
}

/** An empty assignee takes the task away from whoever has it. */
export const assignUserTask: Processor<'USER_TASK'> = (c, command) => {
  const task = workable(c, command, 'assign');
  if (task !== undefined) assign(c, command, task, 'assign');
};

export const claimUserTask: Processor<'USER_TASK'> = (c, command) => {
  const task = workable(c, command, 'claim');
  if (task === undefined) return;
  const { assignee } = command.value;
  const begin = `Expected to claim user task with key '${keyText(command.key)}', but`;
  if (assignee.trim() === '')
    c.out.reject(command, 'INVALID_STATE', `${begin} provided assignee is empty`);
  else if (task.value.assignee !== '' && task.value.assignee !== assignee)
    c.out.reject(command, 'INVALID_STATE', `${begin} it has already been assigned`);
  else assign(c, command, task, 'claim');
};

/** Attributes that an update may change. */
const CHANGEABLE = [
  'candidateGroupsList',
  'candidateUsersList',
  'dueDate',
  'followUpDate',
  'priority',
] as const satisfies readonly (keyof UserTaskValue)[];

export const updateUserTask: Processor<'USER_TASK'> = (c, command) => {
  const task = workable(c, command, 'update');
  if (task === undefined) return;
  const { changedAttributes } = command.value;
  const changed = CHANGEABLE.filter((name) => changedAttributes.includes(name));
  beginTransition(c, 'UPDATING', {
    ...task.value,
    ...Object.fromEntries(changed.map((name) => [name, command.value[name]])),
    changedAttributes: changed,
    action: actionOf(command, 'update'),
    awaitedBy: command.requestId,
  });
};
