// How a replica ends: leadership goes to the replica that knows most, what is under way comes to its end, files are closed.
import type { Timers } from '@millrace/raft';
import type { OpenPartition } from './open-partition.ts';

/** Between two looks whether everything under way has ended, ms. */
const LOOK_MS = 5;

/** Closes log and state; what they say meanwhile has been said before. */
export async function endReplica(open: OpenPartition): Promise<void> {
  open.stop();
  await open.raft.close().catch(() => {});
  await open.store.close().catch(() => {});
}

/** Hands leadership to the voter whose log is longest; gives up at the deadline. Does nothing when it does not lead. */
export async function handOver(
  open: OpenPartition,
  deadlineMs: number,
  timers: Timers,
): Promise<void> {
  const { raft } = open;
  if (raft.role !== 'leader') return;
  const voters = raft.progress().filter(({ isLearner }) => !isLearner);
  for (const { id } of voters.sort((a, b) => b.matchIndex - a.matchIndex)) {
    if (raft.role !== 'leader') return;
    await within(raft.transferLeadership(id), deadlineMs / 2, timers);
  }
}

/** Resolves when the work has ended, however, or the time is over. */
function within(work: Promise<void>, ms: number, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timers.after(ms, resolve);
    const end = () => {
      cancel();
      resolve();
    };
    work.then(end, end);
  });
}

/** Resolves when everything that was taken is committed and answered, or at the deadline (ms of the monotonic clock). */
export async function whenIdle(
  open: OpenPartition,
  deadline: number,
  timers: Timers,
): Promise<void> {
  while (!open.isIdle && timers.monotonicMs() < deadline) {
    await new Promise<void>((resolve) => {
      timers.after(LOOK_MS, resolve);
    });
  }
}
