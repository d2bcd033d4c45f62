// What workers do with a job (engine-semantics.md G.2). A job may be completed or failed without having been activated.
import {
  copyJob,
  type Document,
  type IncidentErrorType,
  JOB_ERROR_MESSAGE_CHARS_MAX,
  type JobDraft,
  type JobKind,
  type JobValue,
  jobResultOf,
  keyText,
  NO_KEY,
} from '@millrace/protocol';
import type { CommandRecord, Context, Processor } from '../context.ts';
import type { ElementInstance } from '../state/element-instance.ts';
import { type JobInstance, momentAfter } from '../state/job-state.ts';
import { findErrorCatch, notCaughtText, throwTo } from '../steps/errors.ts';
import { raiseJobIncident } from '../steps/incidents.ts';
import { offerJob } from '../steps/jobs.ts';
import { isActive } from '../steps/termination.ts';
import { commandComplete, commandListenerDone } from '../steps/transitions.ts';
import { commandTaskListenerDone, listenerProblem } from '../steps/user-task-transitions.ts';
import { mergeLocal } from '../steps/variables.ts';

/** Incident of a job that has no retries left. */
const NO_RETRIES = {
  BPMN_ELEMENT: 'JOB_NO_RETRIES',
  EXECUTION_LISTENER: 'EXECUTION_LISTENER_NO_RETRIES',
  TASK_LISTENER: 'TASK_LISTENER_NO_RETRIES',
  AD_HOC_SUB_PROCESS: 'JOB_NO_RETRIES',
} as const satisfies Readonly<Record<JobKind, IncidentErrorType>>;

type JobCommand = CommandRecord<'JOB'>;

/** Element id that an uncaught error shows until its incident is resolved (observed.md 6.10). */
export const NO_CATCH_EVENT_FOUND = 'NO_CATCH_EVENT_FOUND';

function notFound(c: Context, command: JobCommand, what: string): void {
  c.out.reject(
    command,
    'NOT_FOUND',
    `Expected to ${what} job with key '${keyText(command.key)}', but no such job was found`,
  );
}

/** The job, when its state allows the command; a rejection has been written otherwise. */
function workable(c: Context, command: JobCommand, what: string): JobInstance | undefined {
  const job = c.state.jobs.get(command.key);
  if (job === undefined) {
    notFound(c, command, what);
    return undefined;
  }
  if (job.state === 'ACTIVATABLE' || job.state === 'ACTIVATED' || job.state === 'HELD') return job;
  c.out.reject(
    command,
    'INVALID_STATE',
    `Expected to ${what} job with key '${keyText(command.key)}', but it is in state '${job.state}'`,
  );
  return undefined;
}

/** The job as it is, with the variables of the command. */
function withVariables(value: JobValue, variables: Document): JobDraft {
  const draft = copyJob(value);
  draft.variables = variables;
  return draft;
}

const cut = (message: string) =>
  message.length > JOB_ERROR_MESSAGE_CHARS_MAX
    ? `${message.slice(0, JOB_ERROR_MESSAGE_CHARS_MAX)}...`
    : message;

export const completeJob: Processor<'JOB'> = (c, command) => {
  const job = workable(c, command, 'complete');
  if (job === undefined) return;
  const { variables } = command.value;
  const { elementInstanceKey, jobKind } = job.value;
  const result = jobKind === 'TASK_LISTENER' ? jobResultOf(command.value) : undefined;
  const problem =
    result && listenerProblem(c, elementInstanceKey, result, variables.entries.length);
  if (problem !== undefined) return refuseResult(c, command, problem);
  const event = c.out.event('JOB', 'COMPLETED', command.key, withVariables(job.value, variables));
  c.out.answer(command.requestId, event);
  const instance = c.state.elements.get(elementInstanceKey);
  if (result !== undefined) return commandTaskListenerDone(c, instance, result);
  if (instance === undefined || !mayGoOn(c, instance)) return;
  c.out.event('PROCESS_EVENT', 'TRIGGERING', c.keys.next(), {
    scopeKey: elementInstanceKey,
    targetElementId: instance.value.elementId,
    variables,
    processDefinitionKey: instance.value.processDefinitionKey,
    processInstanceKey: instance.value.processInstanceKey,
    tenantId: instance.value.tenantId,
  });
  if (jobKind === 'BPMN_ELEMENT') commandComplete(c, elementInstanceKey, instance.value);
  else commandListenerDone(c, instance);
};

function refuseResult(c: Context, command: JobCommand, problem: string): void {
  const text = `Expected to complete job with key '${keyText(command.key)}' of a task listener, but ${problem}`;
  c.out.reject(command, 'INVALID_ARGUMENT', text);
}

/** Whether the scope of the element takes its completion: a process has none. */
function mayGoOn(c: Context, { value, state }: ElementInstance): boolean {
  if (value.flowScopeKey === NO_KEY) return state !== 'TERMINATING';
  return isActive(c.state.elements.get(value.flowScopeKey));
}

export const failJob: Processor<'JOB'> = (c, command) => {
  const job = workable(c, command, 'fail');
  if (job === undefined) return;
  const { retries, retryBackoff, variables } = command.value;
  const waits = retries > 0 && retryBackoff > 0;
  const value = withVariables(job.value, variables);
  value.retries = retries;
  value.retryBackoff = retryBackoff;
  value.errorMessage = cut(command.value.errorMessage);
  if (waits) value.recurringTime = momentAfter(c.now, retryBackoff);
  const event = c.out.event('JOB', 'FAILED', command.key, value);
  c.out.answer(command.requestId, event);
  const instance = c.state.elements.must(value.elementInstanceKey);
  mergeLocal(c, instance.value, instance.key, variables.entries);
  if (retries <= 0) {
    raiseJobIncident(c, command.key, c.state.jobs.must(command.key), {
      errorType: NO_RETRIES[job.value.jobKind],
      message: value.errorMessage === '' ? 'No more retries left.' : value.errorMessage,
    });
  } else if (waits) c.out.turn.effects.push({ kind: 'due', timeMs: value.recurringTime });
  else offerJob(c, command.key);
};

export const throwError: Processor<'JOB'> = (c, command) => {
  const job = c.state.jobs.get(command.key);
  if (job === undefined) return notFound(c, command, 'throw an error for');
  if (workable(c, command, 'throw an error for') === undefined) return;
  const { jobKind, type, processInstanceKey } = job.value;
  if (jobKind !== 'BPMN_ELEMENT') {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Cannot throw BPMN error from ${jobKind} job with key '${keyText(command.key)}', type '${type}' and processInstanceKey '${keyText(processInstanceKey)}'`,
    );
  }
  const instance = c.state.elements.must(job.value.elementInstanceKey);
  if (instance.state !== 'ACTIVATED') {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to throw an error for job with key '${keyText(command.key)}', but the element instance is not active.`,
    );
  }
  const { errorCode, variables } = command.value;
  const errorMessage = cut(command.value.errorMessage);
  const caught = findErrorCatch(c, instance.key, errorCode);
  const value = withVariables(job.value, variables);
  value.errorCode = errorCode;
  value.errorMessage = errorMessage;
  if ('event' in caught) {
    const event = c.out.event('JOB', 'ERROR_THROWN', command.key, value);
    c.out.answer(command.requestId, event);
    throwTo(c, caught, variables);
    return;
  }
  value.elementId = NO_CATCH_EVENT_FOUND;
  const event = c.out.event('JOB', 'ERROR_THROWN', command.key, value);
  c.out.answer(command.requestId, event);
  raiseJobIncident(c, command.key, c.state.jobs.must(command.key), {
    errorType: 'UNHANDLED_ERROR_EVENT',
    message: notCaughtText(errorCode, errorMessage, caught),
  });
};

export const updateRetries: Processor<'JOB'> = (c, command) => {
  const job = c.state.jobs.get(command.key);
  if (job === undefined) return notFound(c, command, 'update');
  const { retries } = command.value;
  if (retries < 1) {
    return c.out.reject(
      command,
      'INVALID_ARGUMENT',
      `Expected to update retries for job with key '${keyText(command.key)}' with a positive amount of retries, but the amount given was '${retries}'`,
    );
  }
  const value = copyJob(job.value);
  value.retries = retries;
  const event = c.out.event('JOB', 'RETRIES_UPDATED', command.key, value);
  c.out.answer(command.requestId, event);
};

export const updateTimeout: Processor<'JOB'> = (c, command) => {
  const job = c.state.jobs.get(command.key);
  if (job === undefined) return notFound(c, command, 'update');
  if (job.state !== 'ACTIVATED') {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected to update the timeout of job with key '${keyText(command.key)}', but it is not active`,
    );
  }
  const deadline = momentAfter(c.now, command.value.timeout);
  const value = copyJob(job.value);
  value.deadline = deadline;
  const event = c.out.event('JOB', 'TIMEOUT_UPDATED', command.key, value);
  c.out.turn.effects.push({ kind: 'due', timeMs: deadline });
  c.out.answer(command.requestId, event);
};

/** The lock of a worker has run out. */
export const timeOutJob: Processor<'JOB'> = (c, command) => {
  const job = c.state.jobs.get(command.key);
  if (job === undefined || job.state !== 'ACTIVATED' || job.value.deadline >= c.now) {
    return tooLate(c, command, 'time out activated');
  }
  c.out.event('JOB', 'TIMED_OUT', command.key, job.value);
  offerJob(c, command.key);
};

/** The back-off of a failed job is over. */
export const recurJob: Processor<'JOB'> = (c, command) => {
  const job = c.state.jobs.get(command.key);
  if (job === undefined || job.state !== 'FAILED' || job.value.recurringTime > c.now) {
    return tooLate(c, command, 'back off failed');
  }
  c.out.event('JOB', 'RECURRED_AFTER_BACKOFF', command.key, job.value);
  offerJob(c, command.key);
};

/** A job that could not be delivered goes back; it loses no retry. */
export const yieldJob: Processor<'JOB'> = (c, command) => {
  const job = c.state.jobs.get(command.key);
  if (job === undefined || job.state !== 'ACTIVATED') return tooLate(c, command, 'yield activated');
  // A late one must not free the lock that somebody else has got since.
  const { deadline } = command.value;
  if (deadline >= 0 && deadline !== job.value.deadline)
    return tooLate(c, command, 'yield activated');
  const event = c.out.event('JOB', 'YIELDED', command.key, job.value);
  c.out.answer(command.requestId, event);
  c.out.turn.effects.push({
    kind: 'jobs-available',
    type: job.value.type,
    tenantId: job.value.tenantId,
  });
};

function tooLate(c: Context, command: JobCommand, what: string): void {
  c.out.reject(
    command,
    'NOT_FOUND',
    `Expected to ${what} job with key '${keyText(command.key)}', but it is not in that state any more`,
  );
}
