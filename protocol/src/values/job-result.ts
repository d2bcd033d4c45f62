// What the worker of a task listener says when it completes its job: nothing, a denial, or corrections of the task.
//
// It travels in fields of JOB.COMPLETE that a completion leaves empty: the form of jobs in logs stays what it is. Only the
// command has them; no event does.
import { copyJob, type JobValue } from './job.ts';
import type { UserTaskValue } from './user-task.ts';

/** Attributes of a user task that a listener may correct, in the order of their names. */
export const CORRECTABLE = [
  'assignee',
  'candidateGroupsList',
  'candidateUsersList',
  'dueDate',
  'followUpDate',
  'priority',
] as const satisfies readonly (keyof UserTaskValue)[];
export type Corrections = Partial<Pick<UserTaskValue, (typeof CORRECTABLE)[number]>>;

export interface JobResult {
  readonly isDenied: boolean;
  readonly deniedReason: string;
  readonly corrections: Corrections;
}

const DENIED = 'TASK_LISTENER_DENIED';

/** The value of JOB.COMPLETE with a result. */
export function withJobResult(value: JobValue, result: JobResult): JobValue {
  const draft = copyJob(value);
  draft.errorCode = result.isDenied ? DENIED : '';
  draft.errorMessage = result.deniedReason;
  draft.changedAttributes = CORRECTABLE.filter((name) => result.corrections[name] !== undefined);
  draft.customHeaders = JSON.stringify(result.corrections);
  return draft;
}

/** The result in the value of JOB.COMPLETE. */
export function jobResultOf(value: JobValue): JobResult {
  const given = value.changedAttributes.length > 0 ? JSON.parse(value.customHeaders) : {};
  return {
    isDenied: value.errorCode === DENIED,
    deniedReason: value.errorMessage,
    corrections: given as Corrections,
  };
}
