// What is suspended and resumed; what is put aside meanwhile and comes back.
import type { Applier } from '../applier.ts';
import { JobInstance, queueOf } from '../state/job-state.ts';

type SuspensionApplier = Applier<'SUSPENSION'>;

export const suspended: SuspensionApplier = (record, state) => {
  const { scope, targetKey, jobType, tenantId } = record.value;
  if (scope === 'JOB_TYPE') state.suspensions.suspendQueue(queueOf(jobType, tenantId));
  else state.suspensions.suspend(targetKey);
  if (scope !== 'PROCESS_INSTANCE') state.suspensions.take(record.key);
};

export const resumed: SuspensionApplier = (record, state) => {
  const { scope, targetKey, jobType, tenantId } = record.value;
  if (scope === 'JOB_TYPE') state.suspensions.resumeQueue(queueOf(jobType, tenantId));
  else state.suspensions.resume(targetKey);
  if (scope !== 'PROCESS_INSTANCE') state.suspensions.take(record.key);
};

export const held: SuspensionApplier = (record, state) => {
  const { targetKey, jobKeys, timerKeys } = record.value;
  for (const key of jobKeys) {
    const job = state.jobs.must(key);
    state.jobs.put(key, job, new JobInstance(job.value, 'HELD', targetKey));
  }
  for (const key of timerKeys) state.timers.hold(key, targetKey);
};

export const released: SuspensionApplier = (record, state) => {
  const { targetKey, jobKeys, timerKeys, isLast } = record.value;
  for (const key of jobKeys) {
    const job = state.jobs.must(key);
    state.jobs.put(key, job, new JobInstance(job.value, 'ACTIVATABLE'));
  }
  for (const key of timerKeys) state.timers.release(key);
  if (isLast) state.suspensions.released(targetKey);
};
