// The transitions of a native user task: it is created, assigned, updated, completed, canceled (engine-semantics.md C.16, L.5).
//
// A transition begins with an event, lets the task listeners work, and ends with another event, at which whoever asked for it
// is answered. Without listeners both events are written together.
import { type JobResult, type Key, NO_KEY, type UserTaskValue } from '@millrace/protocol';
import type { TaskListenerEvent } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import type { UserTask, UserTaskLifeCycle } from '../state/user-task-state.ts';
import { unsubscribe } from './catch-events.ts';
import type { ElementContext } from './element-context.ts';
import { raiseIncident, resolveIncidentOf } from './incidents.ts';
import {
  corrected,
  DENIALS,
  deniedText,
  isDeniable,
  resultProblem,
} from './task-listener-results.ts';
import { createTaskListener, taskListeners } from './task-listeners.ts';
import { isActive, terminated } from './termination.ts';
import { commandComplete, UnreadContext } from './transitions.ts';
import { refuseAsked } from './user-tasks.ts';

type Begun = Exclude<UserTaskLifeCycle, 'CREATED'>;

const LISTENED: { readonly [T in Begun]: TaskListenerEvent } = {
  CREATING: 'creating',
  ASSIGNING: 'assigning',
  UPDATING: 'updating',
  COMPLETING: 'completing',
  CANCELING: 'canceling',
};

/** Begins a transition, and ends it unless listeners have to work. */
export function beginTransition(c: Context, state: Begun, value: UserTaskValue): void {
  c.out.event('USER_TASK', state, value.userTaskKey, value);
  goOn(c, c.state.userTasks.must(value.userTaskKey));
}

/** Lets the next listener of the transition work; ends the transition when all are done. */
export function goOn(c: Context, task: UserTask): void {
  const { state, transition, value } = task;
  const instance = c.state.elements.get(value.elementInstanceKey);
  if (state === 'CREATED' || transition === undefined) return;
  if (instance === undefined) return settle(c, state, transition.value, instance);
  const e = new UnreadContext(c, instance);
  const listener = taskListeners(c, e, LISTENED[state])[transition.listenersDone];
  if (listener === undefined) return settle(c, state, transition.value, instance);
  const failure = createTaskListener(c, e, listener, transition.value);
  if (failure === undefined) return;
  if (canBeMended(c, value)) raiseIncident(c, e, failure);
  else settle(c, state, transition.value, instance);
}

/** In an instance that is on its way to its end nobody can set variables any more: it ends without these listeners. */
function canBeMended(c: Context, { processInstanceKey }: UserTaskValue): boolean {
  return c.state.elements.get(processInstanceKey)?.state !== 'TERMINATING';
}

function settle(
  c: Context,
  state: Begun,
  value: UserTaskValue,
  instance: ElementInstance | undefined,
): void {
  const key = value.userTaskKey;
  switch (state) {
    case 'CREATING':
      return created(c, value, instance);
    case 'ASSIGNING':
      return c.out.answer(value.awaitedBy, c.out.event('USER_TASK', 'ASSIGNED', key, value));
    case 'UPDATING':
      return c.out.answer(value.awaitedBy, c.out.event('USER_TASK', 'UPDATED', key, value));
    case 'COMPLETING':
      c.out.answer(value.awaitedBy, c.out.event('USER_TASK', 'COMPLETED', key, value));
      return completeElementOf(c, value, instance);
    case 'CANCELING':
      c.out.event('USER_TASK', 'CANCELED', key, value);
      if (instance !== undefined) terminated(c, new UnreadContext(c, instance));
  }
}

/** Who is named in the model gets the task when it is there, if somebody listens to that. */
function created(c: Context, value: UserTaskValue, instance: ElementInstance | undefined): void {
  const { userTaskKey, assignee } = value;
  const isAssignedLater =
    assignee !== '' &&
    instance !== undefined &&
    taskListeners(c, new UnreadContext(c, instance), 'assigning').length > 0;
  const first = isAssignedLater ? { ...value, assignee: '' } : value;
  c.out.event('USER_TASK', 'CREATED', userTaskKey, first);
  if (isAssignedLater) beginTransition(c, 'ASSIGNING', { ...value, action: 'assign' });
}

function completeElementOf(
  c: Context,
  { variables }: UserTaskValue,
  instance: ElementInstance | undefined,
): void {
  if (instance === undefined || !isActive(c.state.elements.get(instance.value.flowScopeKey)))
    return;
  c.out.event('PROCESS_EVENT', 'TRIGGERING', c.keys.next(), {
    scopeKey: instance.key,
    targetElementId: instance.value.elementId,
    variables,
    processDefinitionKey: instance.value.processDefinitionKey,
    processInstanceKey: instance.value.processInstanceKey,
    tenantId: instance.value.tenantId,
  });
  commandComplete(c, instance.key, instance.value);
}

/** The task of an element that is terminated is canceled, after which the element ends. False when no listener has to work. */
export function cancelWithListeners(c: Context, e: ElementContext): boolean {
  const { userTaskKey } = c.state.elements.must(e.key).special;
  const task = taskOf(c, userTaskKey);
  if (task === undefined || taskListeners(c, e, 'canceling').length === 0) return false;
  unsubscribe(c, e.key);
  resolveIncidentOf(c, e.key);
  refuseAsked(c, task);
  beginTransition(c, 'CANCELING', task.value);
  return true;
}

/** A listener's job is done: the transition goes on with a command of its own. */
export function commandTaskListenerDone(
  c: Context,
  instance: ElementInstance | undefined,
  { isDenied, deniedReason, corrections }: JobResult,
): void {
  const task = instance && taskOf(c, instance.special.userTaskKey);
  if (task?.transition === undefined) return;
  const { value } = task.transition;
  const { userTaskKey } = value;
  if (isDenied)
    return c.out.command('USER_TASK', 'DENY_TASK_LISTENER', userTaskKey, {
      ...value,
      deniedReason,
    });
  const better = corrected(value, corrections);
  if (better !== undefined) c.out.event('USER_TASK', 'CORRECTED', userTaskKey, better);
  c.out.command('USER_TASK', 'COMPLETE_TASK_LISTENER', userTaskKey, better ?? value);
}

/** Nobody will do the jobs of its canceling listeners any more: the task that waits for them ends. */
export function commandEndOfCanceling(c: Context, instance: ElementInstance): void {
  const task = taskOf(c, instance.special.userTaskKey);
  if (task?.state === 'CANCELING')
    c.out.command('USER_TASK', 'COMPLETE_TASK_LISTENER', task.value.userTaskKey, task.value);
}

/** Why the job of a listener cannot be completed like this; undefined when it can. */
export function listenerProblem(
  c: Context,
  elementInstanceKey: Key,
  result: JobResult,
  variables: number,
): string | undefined {
  const instance = c.state.elements.get(elementInstanceKey);
  const task = instance && taskOf(c, instance.special.userTaskKey);
  return task && resultProblem(task, result, variables);
}

/** The transition does not happen: the task stays as it was. */
export function deny(c: Context, task: UserTask, value: UserTaskValue): void {
  if (!isDeniable(task.state)) return;
  const { event, noun } = DENIALS[task.state];
  const { userTaskKey } = value;
  const denied = { ...task.value, deniedReason: value.deniedReason };
  c.out.event('USER_TASK', event, userTaskKey, denied);
  refuseAsked(c, task, deniedText(noun, value));
}

const taskOf = (c: Context, key: Key) => (key === NO_KEY ? undefined : c.state.userTasks.get(key));

/** An incident of a listener's expressions is resolved: that listener is tried again. False when there is none. */
export function resumeListening(c: Context, instance: ElementInstance, elementId: string): boolean {
  if (elementId !== instance.value.elementId) return false;
  const task = taskOf(c, instance.special.userTaskKey);
  if (task?.transition === undefined) return false;
  goOn(c, task);
  return true;
}
