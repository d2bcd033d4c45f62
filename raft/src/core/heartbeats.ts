// A leader's sign of life, which also tells what is committed and counts rounds for reads.
// Guarantees: every member hears at least one per heartbeat time, whatever else is sent.
// Leaves to others: entries (replication.ts).
import { type EffectsDraft, send } from './effects.ts';
import type { Leadership, MemberId, Progress, RaftState } from './state.ts';

/** A new round to all; it counts for every read that was asked before it (Raft thesis, 6.4). */
export function beat(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  leadership.round++;
  leadership.heartbeatElapsed = 0;
  for (const [id, progress] of leadership.progress) beatTo(state, leadership, id, progress, out);
}

export function beatTo(
  state: RaftState,
  leadership: Leadership,
  id: MemberId,
  progress: Progress,
  out: EffectsDraft,
): void {
  const { term, commitIndex } = state;
  progress.commitSent = commitIndex;
  send(out, id, { kind: 'heartbeat', term, commitIndex, round: leadership.round });
}

/**
 * Followers apply what they are told is committed. Appends tell it by the way; when the log has come to rest nothing else
 * would before the next heartbeat, so one message tells it, but no more than one in a tick.
 */
export function tellCommit(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  if (leadership.commitTold || state.commitIndex < state.log.lastIndex) return;
  leadership.commitTold = true;
  tellLaggards(state, leadership, out);
}

/** One tick: whoever does not know yet what is committed hears it now; the next tick may tell again. */
export function tickCommit(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  leadership.commitTold = false;
  tellLaggards(state, leadership, out);
}

function tellLaggards(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  for (const [id, progress] of leadership.progress) {
    if (progress.mode === 'replicate' && progress.commitSent < state.commitIndex) {
      beatTo(state, leadership, id, progress, out);
    }
  }
}
