// What happens to native user tasks (engine-semantics.md C.16, L.5).
import type { Applier } from '../applier.ts';

type UserTaskApplier = Applier<'USER_TASK'>;

export const userTaskCreating: UserTaskApplier = (record, state) => {
  const { key, value } = record;
  state.userTasks.begin(key, 'CREATING', value);
  const { elementInstanceKey } = value;
  const instance = state.elements.must(elementInstanceKey);
  state.elements.instances.update(elementInstanceKey, instance.withSpecial({ userTaskKey: key }));
};

const begins =
  (next: 'ASSIGNING' | 'UPDATING' | 'COMPLETING' | 'CANCELING'): UserTaskApplier =>
  ({ key, value }, state) =>
    state.userTasks.begin(key, next, value);

export const userTaskAssigning = begins('ASSIGNING');
export const userTaskUpdating = begins('UPDATING');
export const userTaskCompleting = begins('COMPLETING');
export const userTaskCanceling = begins('CANCELING');

/** The task is created, or has changed. */
export const userTaskSettled: UserTaskApplier = ({ key, value }, state) =>
  state.userTasks.settle(key, value);

/** A listener does not let the transition happen: the task is as it was before. */
export const userTaskDenied: UserTaskApplier = ({ key }, state) =>
  state.userTasks.settle(key, state.userTasks.must(key).value);

/** A listener has corrected what the task will be. */
export const userTaskCorrected: UserTaskApplier = ({ key, value }, state) =>
  state.userTasks.correct(key, value);

export const userTaskEnded: UserTaskApplier = ({ key }, state) => state.userTasks.remove(key);
