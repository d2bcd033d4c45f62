// What a leader keeps in memory: the heads of queues and due dates, so that the next ones are there when they are asked for.
import type { EngineState } from '../core/engine/state/engine-state.ts';
import type { StateDb } from '../core/state/state-db.ts';

/** Refilled below the first figure, to the second. */
const LOW = 256;
const HIGH = 1024;
const ALL = 0;

export function keepHeadsLoaded(db: StateDb, state: EngineState): void {
  const { jobs, timers, messages, messageSubscriptions, pending } = state;
  db.keepWindow(jobs.deadlines, ALL, LOW, HIGH);
  db.keepWindow(jobs.backoffs, ALL, LOW, HIGH);
  db.keepWindow(timers.dueDates, ALL, LOW, HIGH);
  db.keepWindow(messages.deadlines, ALL, LOW, HIGH);
  db.keepWindow(messageSubscriptions.awaiting, ALL, LOW, HIGH);
  db.keepWindow(pending.commands, ALL, LOW, HIGH);
}

/** Keeps the head of a job queue in memory. */
export function keepQueueLoaded(db: StateDb, state: EngineState, queue: string): void {
  db.keepWindow(state.jobs.activatable, queue, LOW, HIGH);
}
