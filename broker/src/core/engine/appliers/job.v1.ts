// What happens to jobs (engine-semantics.md G.1).
import { copyJob, EMPTY_DOCUMENT, type JobValue } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import type { EngineState } from '../state/engine-state.ts';
import { JobInstance, type JobState } from '../state/job-state.ts';

/** Marks an error that nobody caught, see commands/job-commands.ts. */
const NO_CATCH_EVENT_FOUND = 'NO_CATCH_EVENT_FOUND';

/** Jobs do not keep variables: they are read when the job is handed out. */
function stored(value: JobValue): JobValue {
  if (value.variables === EMPTY_DOCUMENT) return value;
  const kept = copyJob(value);
  kept.variables = EMPTY_DOCUMENT;
  return kept;
}

/** Puts the job of the event into a state. */
const becomes =
  (next: JobState): Applier<'JOB'> =>
  (record, state) =>
    state.jobs.put(
      record.key,
      state.jobs.get(record.key),
      new JobInstance(stored(record.value), next),
    );

function ended(record: { key: JobValue['elementInstanceKey'] }, state: EngineState): void {
  state.jobs.remove(record.key, state.jobs.must(record.key));
}

export const jobCreated: Applier<'JOB'> = (record, state) => {
  state.jobs.put(record.key, undefined, new JobInstance(stored(record.value), 'ACTIVATABLE'));
  const { elementInstanceKey } = record.value;
  const instance = state.elements.must(elementInstanceKey);
  state.elements.instances.update(elementInstanceKey, instance.withJob(record.key));
};

export const jobEnded: Applier<'JOB'> = ended;

/** A listener is done: its element or user task counts it. */
export const jobCompleted: Applier<'JOB'> = (record, state) => {
  ended(record, state);
  const { jobKind, elementInstanceKey } = record.value;
  if (jobKind === 'BPMN_ELEMENT') return;
  const instance = state.elements.get(elementInstanceKey);
  if (instance === undefined) return;
  if (jobKind === 'TASK_LISTENER')
    return state.userTasks.listenerDone(instance.special.userTaskKey);
  const listenersDone = instance.special.listenersDone + 1;
  state.elements.instances.update(elementInstanceKey, instance.withSpecial({ listenersDone }));
};
export const jobTimedOut = becomes('ACTIVATABLE');
export const jobYielded = becomes('ACTIVATABLE');
export const jobRecurred = becomes('ACTIVATABLE');

export const jobFailed: Applier<'JOB'> = (record, state) => {
  const { retries, retryBackoff } = record.value;
  const next = retries > 0 && retryBackoff <= 0 ? 'ACTIVATABLE' : 'FAILED';
  const job = new JobInstance(stored(record.value), next);
  state.jobs.put(record.key, state.jobs.get(record.key), job, retries > 0);
};

export const jobErrorThrown: Applier<'JOB'> = (record, state) => {
  if (record.value.elementId === NO_CATCH_EVENT_FOUND) becomes('ERROR_THROWN')(record, state);
  else ended(record, state);
};

/** Values change; the state stays, and so does the end of a back-off. */
export const jobUpdated: Applier<'JOB'> = (record, state) => {
  const job = state.jobs.must(record.key);
  const backsOff = state.jobs.isBackingOff(record.key, job);
  state.jobs.put(
    record.key,
    job,
    new JobInstance(stored(record.value), job.state, job.heldFor),
    backsOff,
  );
};

export const jobBatchActivated: Applier<'JOB_BATCH'> = (record, state) => {
  const { jobKeys, jobs } = record.value;
  for (let i = 0; i < jobKeys.length; i++) {
    const key = jobKeys[i] as (typeof jobKeys)[number];
    state.jobs.put(
      key,
      state.jobs.must(key),
      new JobInstance(stored(jobs[i] as JobValue), 'ACTIVATED'),
    );
  }
};
