// What a task listener may say when its job is done: deny the transition, or correct what the task will be (engine-semantics.md C.16).
import type { Corrections, JobResult, UserTaskValue } from '@millrace/protocol';
import { CORRECTABLE, keyText } from '@millrace/protocol';
import type { UserTask } from '../state/user-task-state.ts';

export const DENIALS = {
  ASSIGNING: { event: 'ASSIGNMENT_DENIED', noun: 'Assignment' },
  UPDATING: { event: 'UPDATE_DENIED', noun: 'Update' },
  COMPLETING: { event: 'COMPLETION_DENIED', noun: 'Completion' },
} as const;

/** Whether the transition is one that a listener may deny. */
export const isDeniable = (state: UserTask['state']): state is keyof typeof DENIALS =>
  state in DENIALS;

/** Why a result cannot be taken; undefined when it can. @param variables how many the job was completed with */
export function resultProblem(
  { state, transition }: UserTask,
  { isDenied, corrections }: JobResult,
  variables: number,
): string | undefined {
  const corrected = CORRECTABLE.filter((name) => corrections[name] !== undefined);
  const { priority } = corrections;
  if (variables > 0) return 'the job of a task listener is completed without variables';
  if (isDenied && corrected.length > 0) return 'a transition is either denied or corrected';
  if (isDenied && !isDeniable(state))
    return `only assigning, updating and completing can be denied, and the task is in state '${state}'`;
  if (priority !== undefined && (priority < 0 || priority > 100))
    return `a priority is from 0 to 100, not ${priority}`;
  const isAssigned = transition !== undefined && transition.value.assignee !== '';
  if (state === 'CREATING' && isAssigned && corrections.assignee !== undefined)
    return 'the assignee is the one of the model while the task is created';
  return undefined;
}

/** The task as the listener has corrected it; undefined when it has corrected nothing. */
export function corrected(
  value: UserTaskValue,
  corrections: Corrections,
): UserTaskValue | undefined {
  const names = CORRECTABLE.filter((name) => corrections[name] !== undefined);
  if (names.length === 0) return undefined;
  const changed = new Set([...value.changedAttributes, ...names]);
  return { ...value, ...corrections, changedAttributes: [...changed].toSorted() };
}

export const deniedText = (noun: string, { userTaskKey, deniedReason }: UserTaskValue): string =>
  `${noun} of the User Task with key '${keyText(userTaskKey)}' was denied by Task Listener. Reason to deny: '${deniedReason}'`;
