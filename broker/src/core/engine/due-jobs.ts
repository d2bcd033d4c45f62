// Commands for what is due: for jobs they carry the whole job, as the reference's do.
import { type Key, NO_KEY } from '@millrace/protocol';
import { type InboundCommand, internalCommand } from './inbound-command.ts';
import type { JobStateStore } from './state/job-state.ts';

export function dueJobCommand(
  jobs: JobStateStore,
  key: Key,
  intent: 'TIME_OUT' | 'RECUR_AFTER_BACKOFF',
): InboundCommand {
  return internalCommand('JOB', intent, key, jobs.must(key).value);
}

/** What was put aside for this instance or definition comes back, a bounded number of jobs and timers. */
export function releaseCommand(targetKey: Key): InboundCommand {
  return internalCommand('SUSPENSION', 'RELEASE', NO_KEY, {
    scope: 'PROCESS_INSTANCE',
    targetKey,
    jobType: '',
    tenantId: '<default>',
    jobKeys: [],
    timerKeys: [],
    isLast: false,
  });
}
