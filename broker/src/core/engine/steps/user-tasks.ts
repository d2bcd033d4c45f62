// Native user tasks: what the model says of one, and how it ends at once with its element (engine-semantics.md C.3). What becomes of
// it between: user-task-transitions.ts.
import {
  EMPTY_DOCUMENT,
  LogRecord,
  NO_KEY,
  NO_REQUEST,
  type UserTaskValue,
} from '@millrace/protocol';
import type { NativeUserTask } from '../../bpmn/index.ts';
import {
  type Expression,
  evaluateDateTimeOrNull,
  evaluateInteger,
  evaluateListOfStrings,
  evaluateString,
  type Typed,
} from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { UserTask } from '../state/user-task-state.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { linkedForm } from './linked-forms.ts';

const PRIORITY = { name: 'priority', low: 0, high: 100 };
const NOTHING: readonly string[] = [];

/** What the expressions of a task give. */
type Properties = Pick<
  UserTaskValue,
  | 'assignee'
  | 'candidateGroupsList'
  | 'candidateUsersList'
  | 'dueDate'
  | 'followUpDate'
  | 'formKey'
  | 'externalFormReference'
  | 'priority'
>;

class Evaluation {
  failure: Failure | undefined;
  readonly #feel: ReturnType<Context['feel']>;

  constructor(c: Context, e: ElementContext) {
    this.#feel = c.feel(e.key);
  }

  /** The value, or the given one when there is no expression or something has failed. */
  take<T>(
    expression: Expression | undefined,
    evaluate: (expression: Expression, feel: ReturnType<Context['feel']>) => Typed<T>,
    otherwise: T,
  ): T {
    if (expression === undefined || this.failure !== undefined) return otherwise;
    const result = evaluate(expression, this.#feel);
    if (result.ok) return result.value;
    this.failure = { errorType: 'EXTRACT_VALUE_ERROR', message: result.message };
    return otherwise;
  }
}

/** Evaluates everything in the order of the reference; the first failure counts. */
export function userTaskProperties(
  c: Context,
  e: ElementContext,
  task: NativeUserTask,
): Properties | Failure {
  const { properties } = task;
  const found = new Evaluation(c, e);
  const assignee = found.take(properties.assignee, evaluateString, '');
  const candidateGroupsList = found.take(
    properties.candidateGroups,
    evaluateListOfStrings,
    NOTHING,
  );
  const candidateUsersList = found.take(properties.candidateUsers, evaluateListOfStrings, NOTHING);
  const dueDate = found.take(properties.dueDate, evaluateDateTimeOrNull, null)?.text ?? '';
  const followUpDate =
    found.take(properties.followUpDate, evaluateDateTimeOrNull, null)?.text ?? '';
  if (found.failure !== undefined) return found.failure;
  const form = linkedForm(c, e, properties.form);
  if ('errorType' in form) return form;
  const externalFormReference = found.take(task.externalReference, evaluateString, '');
  const priority = found.take(
    task.priority,
    (expression, feel) => evaluateInteger(expression, feel, PRIORITY),
    0,
  );
  if (found.failure !== undefined) return found.failure;
  return {
    assignee,
    candidateGroupsList,
    candidateUsersList,
    dueDate,
    followUpDate,
    formKey: form.formKey,
    externalFormReference,
    priority,
  };
}

/** What the task of an element is in the beginning. */
export function newUserTask(
  c: Context,
  e: ElementContext,
  task: NativeUserTask,
  properties: Properties,
): UserTaskValue {
  return {
    userTaskKey: c.keys.next(),
    ...properties,
    variables: EMPTY_DOCUMENT,
    customHeaders: task.headers,
    changedAttributes: NOTHING,
    action: '',
    creationTimestamp: c.now,
    elementId: e.value.elementId,
    elementInstanceKey: e.key,
    bpmnProcessId: e.value.bpmnProcessId,
    processDefinitionVersion: e.value.version,
    processDefinitionKey: e.value.processDefinitionKey,
    processInstanceKey: e.value.processInstanceKey,
    tenantId: e.value.tenantId,
    awaitedBy: NO_REQUEST,
    deniedReason: '',
  };
}

/** The task of an element that ends at once ends with it; no listener is asked. */
export function cancelUserTask(c: Context, e: ElementContext): void {
  const { userTaskKey } = c.state.elements.must(e.key).special;
  const task = userTaskKey === NO_KEY ? undefined : c.state.userTasks.get(userTaskKey);
  if (task === undefined) return;
  refuseAsked(c, task);
  c.out.event('USER_TASK', 'CANCELING', userTaskKey, task.value);
  c.out.event('USER_TASK', 'CANCELED', userTaskKey, task.value);
}

/** Commands whose transition may be cut short. */
const ASKED_BY = { ASSIGNING: 'ASSIGN', UPDATING: 'UPDATE', COMPLETING: 'COMPLETE' } as const;

/** Whoever waits for the end of a transition learns that there will be none, and why. */
export function refuseAsked(
  c: Context,
  { state, transition }: UserTask,
  reason = 'The user task was canceled before its listeners were done',
): void {
  if (transition === undefined || transition.value.awaitedBy === NO_REQUEST) return;
  if (state === 'CREATED' || state === 'CREATING' || state === 'CANCELING') return;
  const { value } = transition;
  const asked = new LogRecord(
    'COMMAND',
    'USER_TASK',
    ASKED_BY[state],
    value.userTaskKey,
    value,
    c.out.turn.nextPosition,
    c.out.sourcePosition,
    c.now,
    undefined,
    '',
    value.awaitedBy,
    c.out.operationReference,
    true,
  );
  c.out.reject(asked, 'INVALID_STATE', reason);
}
