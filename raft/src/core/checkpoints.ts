// Followers whose next entry the leader has no longer: they get a checkpoint in place of the log before it (Raft paper, 7).
// Guarantees: a checkpoint never takes the place of entries that the log here already agrees on.
// Leaves to others: the bytes, their pace, and which checkpoint it is (the driver).
import type { EffectsDraft } from './effects.ts';
import type { RaftEventOf } from './events.ts';
import { acknowledge } from './follower.ts';
import { adoptConfiguration } from './membership.ts';
import type { RaftMessageOf } from './messages.ts';
import { enterProbe } from './progress.ts';
import { probeFrom } from './replication.ts';
import type { LogIndex, MemberId, RaftState, Term } from './state.ts';

/**
 * Whether a checkpoint that the leader of `term` sent may be installed now, with the log beginning behind `index`. Ask it in
 * the same turn in which the log is reset and `checkpoint-installed` is told: what came in meanwhile may have made the
 * checkpoint needless, and then a reset would lose what was acknowledged.
 */
export function acceptsCheckpoint(
  state: RaftState,
  offer: { readonly term: Term; readonly index: LogIndex; readonly indexTerm: Term },
): boolean {
  if (offer.term !== state.term || state.role === 'leader' || state.disk === 'failed') return false;
  return isNeeded(state, offer.index, offer.indexTerm);
}

function isNeeded(state: RaftState, index: LogIndex, indexTerm: Term): boolean {
  return index > state.commitIndex && state.log.termAt(index) !== indexTerm;
}

/** A piece from the term's leader. If the log here has its point already, that is answered in place of the piece. */
export function checkpointReceived(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'checkpoint'>,
  out: EffectsDraft,
): void {
  if (state.disk !== 'full' && isNeeded(state, message.index, message.indexTerm)) {
    out.checkpointPiece = 'take';
    return;
  }
  out.checkpointPiece = 'drop';
  if (!isNeeded(state, message.index, message.indexTerm)) {
    state.agreedIndex = Math.max(state.agreedIndex, message.index);
  }
  acknowledge(state, from, out);
}

/** Throws RangeError when `acceptsCheckpoint` would not have agreed. */
export function checkpointInstalled(
  state: RaftState,
  event: RaftEventOf<'checkpoint-installed'>,
  out: EffectsDraft,
): void {
  const { index, term, configuration } = event;
  if (state.role === 'leader' || !isNeeded(state, index, term)) {
    throw new RangeError(`A checkpoint at entry ${index} must not replace the log of this member.`);
  }
  state.log.reset(index + 1, term);
  state.durableIndex = index;
  state.commitIndex = index;
  state.agreedIndex = index;
  adoptConfiguration(state, configuration, out);
  if (state.leader !== null) acknowledge(state, state.leader, out);
}

export function checkpointAnswered(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'checkpoint-answer'>,
  out: EffectsDraft,
): void {
  const progress = state.leadership?.progress.get(from);
  if (progress === undefined) return;
  progress.silentTicks = 0;
  if (progress.mode !== 'checkpoint' || message.outcome === 'more') return;
  if (message.outcome === 'refused') {
    checkpointFailed(state, from);
    return;
  }
  progress.matchIndex = Math.max(progress.matchIndex, message.index);
  probeFrom(state, from, progress, progress.matchIndex + 1, out);
}

/** The driver gave up: the member is asked again where it stands, after a while. */
export function checkpointFailed(state: RaftState, to: MemberId): void {
  const { leadership, limits } = state;
  const progress = leadership?.progress.get(to);
  if (progress === undefined || progress.mode !== 'checkpoint') return;
  enterProbe(progress, progress.matchIndex + 1);
  progress.probing = true;
  progress.probeTicks = 0;
  progress.probeWait = limits.heartbeatTicks;
}
