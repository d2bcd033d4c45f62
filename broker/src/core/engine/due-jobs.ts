// Commands for jobs whose moment has come: they carry the whole job, as the reference's do.
import type { Key } from '@millrace/protocol';
import { type InboundCommand, internalCommand } from './inbound-command.ts';
import type { JobStateStore } from './state/job-state.ts';

export function dueJobCommand(
  jobs: JobStateStore,
  key: Key,
  intent: 'TIME_OUT' | 'RECUR_AFTER_BACKOFF',
): InboundCommand {
  return internalCommand('JOB', intent, key, jobs.must(key).value);
}
