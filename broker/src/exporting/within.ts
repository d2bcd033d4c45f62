// Waiting with a deadline, on whatever clock there is.
import type { Timers } from '@millrace/raft';

/** Whether it came to its end, well or not, before so many ms had passed. Nothing is left behind either way. */
export async function within(work: Promise<unknown>, ms: number, timers: Timers): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const cancel = timers.after(ms, () => late.resolve(false));
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late.promise]);
  } finally {
    cancel();
  }
}
