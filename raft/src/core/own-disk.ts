// What the own disk says.
// Guarantees: late and repeated answers change nothing; a member whose disk does not take entries does not lead others.
// Leaves to others: the disk.
import { type EffectsDraft, persistVote } from './effects.ts';
import { stand } from './election.ts';
import type { RaftEventOf } from './events.ts';
import { acknowledge, cutAfter, followerPersisted } from './follower.ts';
import { commitMore } from './leader.ts';
import { forgetSent } from './progress.ts';
import { becomeFollower, isAlone } from './roles.ts';
import type { RaftState } from './state.ts';
import { handOver } from './transfer.ts';

/** Answers about entries that were replaced since change nothing either. */
export function entriesPersisted(
  state: RaftState,
  event: RaftEventOf<'entries-persisted'>,
  entropy: number,
  out: EffectsDraft,
): void {
  if (event.index <= state.durableIndex) return;
  if (state.log.termAt(event.index) !== event.term) return;
  state.durableIndex = event.index;
  if (state.leadership !== null) commitMore(state, entropy, out);
  else followerPersisted(state, out);
}

/**
 * Entries that were never written are forgotten; nobody was told of them. A leader's term without its first entry ends; a
 * follower says that it is full.
 */
export function entriesRefused(
  state: RaftState,
  event: RaftEventOf<'entries-refused'>,
  entropy: number,
  out: EffectsDraft,
): void {
  const { fromIndex } = event;
  const { leadership } = state;
  if (fromIndex <= state.durableIndex) {
    throw new RangeError(`Entry ${fromIndex} is durable and cannot be taken back.`);
  }
  cutAfter(state, fromIndex - 1, out);
  // A term that came with the entries was not saved either.
  if (state.unconfirmedVote) persistVote(out, state.term, state.votedFor);
  if (leadership !== null) {
    for (const progress of leadership.progress.values()) forgetSent(progress, fromIndex);
    if (fromIndex <= leadership.firstIndex) handOver(state, entropy, out);
    return;
  }
  state.agreedIndex = Math.min(state.agreedIndex, fromIndex - 1);
  if (isAlone(state)) return;
  state.disk = 'full';
  if (state.leader !== null) acknowledge(state, state.leader, out);
}

/**
 * A leader with a full or failed disk steps down, so that one whose disk works may lead; a lone one has nobody to give way to
 * and stays while it can. A follower tells its leader whether its log can grow.
 */
export function diskChanged(
  state: RaftState,
  event: RaftEventOf<'disk-changed'>,
  entropy: number,
  out: EffectsDraft,
): void {
  const before = state.disk;
  const { condition } = event;
  state.disk = condition;
  if (condition === 'failed' || (condition === 'full' && !isAlone(state))) {
    if (state.leadership !== null) handOver(state, entropy, out);
    else if (state.candidacy !== null) becomeFollower(state, state.term, null, entropy, out);
  }
  if (before === 'failed' && condition !== 'failed') reopened(state, entropy, out);
  const isSaid = (before === 'full') === (condition === 'full');
  if (!isSaid && condition !== 'failed' && state.leadership === null && state.leader !== null) {
    acknowledge(state, state.leader, out);
  }
}

/** What was asked of the failed disk may be lost: the vote is saved again before anything is said in its term. */
function reopened(state: RaftState, entropy: number, out: EffectsDraft): void {
  state.unconfirmedVote = !isAlone(state);
  if (state.unconfirmedVote) persistVote(out, state.term, state.votedFor);
  else stand(state, entropy, out);
}
