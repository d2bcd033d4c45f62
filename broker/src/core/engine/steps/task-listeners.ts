// Task listeners: jobs around the transitions of a native user task, one after the other (engine-semantics.md C.16).
import { type JobListenerEventType, keyText, NO_KEY, type UserTaskValue } from '@millrace/protocol';
import type {
  NativeUserTask,
  TaskListenerDefinition,
  TaskListenerEvent,
} from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { createTaskListenerJob, jobProperties } from './jobs.ts';

const PREFIX = 'io.camunda.zeebe:';

const JOB_EVENT: { readonly [E in TaskListenerEvent]: JobListenerEventType } = {
  creating: 'CREATING',
  assigning: 'ASSIGNING',
  updating: 'UPDATING',
  completing: 'COMPLETING',
  canceling: 'CANCELING',
};

/**
 * The listeners of a user task to an event. None when its model cannot be read any more, or its instance is banned: then the
 * task can still end, which is all that is left to it.
 */
export function taskListeners(
  c: Context,
  e: ElementContext,
  event: TaskListenerEvent,
): readonly TaskListenerDefinition[] {
  const { processDefinitionKey, processInstanceKey } = e.value;
  const isBanned = c.state.elements.anyBanned && c.state.elements.banned.has(processInstanceKey);
  if (isBanned || c.state.processes.readableGraph(processDefinitionKey) === undefined) return [];
  return e.element.taskListeners.filter((listener) => listener.event === event);
}

/** Creates the job of a listener. @param task what the task will be after the transition */
export function createTaskListener(
  c: Context,
  e: ElementContext,
  listener: TaskListenerDefinition,
  task: UserTaskValue,
): Failure | undefined {
  const native = e.element.nativeUserTask as NativeUserTask;
  const properties = jobProperties(c, e, {
    ...listener,
    headers: headersOf(native, task),
    headerEntries: [],
    userTask: undefined,
  });
  if ('errorType' in properties) return properties;
  const changed = task.changedAttributes.toSorted();
  createTaskListenerJob(c, e, properties, JOB_EVENT[listener.event], changed);
  return undefined;
}

/** The modelled headers, then what is known of the task, as JSON text. */
function headersOf({ headers }: NativeUserTask, task: UserTaskValue): string {
  const lists = {
    candidateGroups: task.candidateGroupsList,
    candidateUsers: task.candidateUsersList,
    changedAttributes: task.changedAttributes.toSorted(),
  };
  const texts = {
    action: task.action,
    assignee: task.assignee,
    dueDate: task.dueDate,
    followUpDate: task.followUpDate,
    formKey: task.formKey === NO_KEY ? '' : keyText(task.formKey),
    priority: String(task.priority),
    userTaskKey: keyText(task.userTaskKey),
  };
  const all: Record<string, string> = JSON.parse(headers);
  for (const [name, list] of Object.entries(lists))
    if (list.length > 0) all[PREFIX + name] = JSON.stringify(list);
  for (const [name, text] of Object.entries(texts)) if (text !== '') all[PREFIX + name] = text;
  return JSON.stringify(all);
}
