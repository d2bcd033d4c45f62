// An instance that has moved to another definition waits no more for the one before, should that be suspended. What the
// instance itself or the new definition holds back is put aside again.
import type { Key } from '@millrace/protocol';
import type { Context } from '../context.ts';
import { offerJob } from './jobs.ts';
import { suspensionOf } from './suspensions.ts';

/** The job has moved. @param before the definition that it has left */
export function releaseMigratedJob(c: Context, jobKey: Key, before: Key): void {
  const job = c.state.jobs.must(jobKey);
  if (job.state !== 'HELD' || job.heldFor !== before) return;
  const value = { ...suspensionOf(c, before, job.value.tenantId), jobKeys: [jobKey] };
  c.out.event('SUSPENSION', 'RELEASED', c.keys.next(), value);
  offerJob(c, jobKey);
}

/** The timer has moved. @param before the definition that it has left */
export function releaseMigratedTimer(c: Context, timerKey: Key, before: Key): void {
  if (c.state.suspensions.ownerOfTimer(timerKey) !== before) return;
  const { tenantId } = c.state.timers.must(timerKey);
  const value = { ...suspensionOf(c, before, tenantId), timerKeys: [timerKey] };
  c.out.event('SUSPENSION', 'RELEASED', c.keys.next(), value);
  c.out.turn.effects.push({ kind: 'due', timeMs: c.now });
}
