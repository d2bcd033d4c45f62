// Incidents, and the jobs that wait in them; banned instances.
import { copyJob, type Key, NO_KEY } from '@millrace/protocol';
import type { Applier } from '../applier.ts';
import type { EngineState } from '../state/engine-state.ts';
import { JobInstance } from '../state/job-state.ts';

export const incidentCreated: Applier<'INCIDENT'> = (record, state) => {
  state.incidents.create(record.key, record.value);
  const { jobKey, errorType } = record.value;
  if (jobKey === NO_KEY || errorType !== 'MESSAGE_SIZE_EXCEEDED') return;
  // The job is too large to be handed out: it waits as a failed one until the incident is resolved.
  const job = state.jobs.must(jobKey);
  state.jobs.put(jobKey, job, new JobInstance(job.value, 'FAILED'));
};

/** The job of the incident can be activated again, under its own element id. */
export const incidentResolved: Applier<'INCIDENT'> = (record, state) => {
  state.incidents.remove(record.key);
  const { jobKey, elementInstanceKey } = record.value;
  if (jobKey === NO_KEY) return forgetListeners(state, elementInstanceKey);
  const job = state.jobs.get(jobKey);
  if (job === undefined) return;
  const element = state.elements.get(job.value.elementInstanceKey);
  const value = copyJob(job.value);
  value.elementId = element?.value.elementId ?? value.elementId;
  state.jobs.put(jobKey, job, new JobInstance(value, 'ACTIVATABLE'));
};

/** What failed begins anew: so do the listeners of its phase. */
function forgetListeners(state: EngineState, key: Key): void {
  const instance = state.elements.get(key);
  if (instance === undefined || instance.special.listenersDone === 0) return;
  state.elements.instances.update(key, instance.withSpecial({ listenersDone: 0 }));
}

export const errorCreated: Applier<'ERROR'> = (record, state) => {
  const { processInstanceKey } = record.value;
  if (processInstanceKey === NO_KEY) return;
  if (state.elements.get(processInstanceKey) !== undefined) state.elements.ban(processInstanceKey);
};
