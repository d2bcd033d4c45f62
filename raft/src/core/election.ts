// Standing for election and voting.
// Guarantees: a vote counts and is told only once it is durable, so no member votes twice in a term, crashes included; a
// member that could not win disturbs nobody.
// Leaves to others: what a leader does (leader.ts).
import { type EffectsDraft, persistVote, sendAfterPersist } from './effects.ts';
import type { RaftEventOf } from './events.ts';
import { becomeLeader } from './leader.ts';
import type { RaftMessageOf } from './messages.ts';
import { hasMajority } from './quorum.ts';
import { refuseReads } from './reads.ts';
import {
  becomeFollower,
  electionStep,
  forgetLeader,
  isAlone,
  isBefore,
  isSticky,
  mayStand,
  rankOf,
  resetElectionTimer,
  tellRole,
} from './roles.ts';
import { say } from './sending.ts';
import type { LogIndex, MemberId, RaftState, Term } from './state.ts';

/** The member begins. A voter that is alone has nobody to wait for; others wait for a leader, but not for long. */
export function start(state: RaftState, entropy: number, out: EffectsDraft): void {
  resetElectionTimer(state, entropy);
  if (isAlone(state)) stand(state, entropy, out);
  else state.electionElapsed = state.limits.electionTicks - electionStep(state);
}

/** The election timer has run out, or there is no leader to wait for: asks first whether it could win at all. */
export function stand(state: RaftState, entropy: number, out: EffectsDraft): void {
  if (!mayStand(state) || state.unconfirmedVote) return;
  if (isAlone(state)) {
    campaign(state, false, entropy, out);
    return;
  }
  refuseReads(state, out);
  state.role = 'pre-candidate';
  state.leader = null;
  state.electionElapsed = 0;
  state.candidacy = { granted: new Set([state.id]), refused: new Set(), isTransfer: false };
  tellRole(state, out);
  if (isWon(state)) campaign(state, false, entropy, out);
  else askAgain(state, out);
}

/** Raises the term and votes for itself (Raft paper, 5.2). Waits while the disk owes the last vote. */
export function campaign(
  state: RaftState,
  isTransfer: boolean,
  entropy: number,
  out: EffectsDraft,
): void {
  if (!mayStand(state) || state.unconfirmedVote) return;
  refuseReads(state, out);
  state.term++;
  state.votedFor = state.id;
  state.unconfirmedVote = true;
  forgetLeader(state);
  state.role = 'candidate';
  state.leader = null;
  state.deferredPreVote = null;
  state.candidacy = { granted: new Set(), refused: new Set(), isTransfer };
  waitForVotes(state, entropy);
  persistVote(out, state.term, state.id);
  tellRole(state, out);
  askAgain(state, out);
}

/**
 * A round of votes is short, because a split one has to be repeated. Each further one lasts longer, in case the network is
 * slow, and differs more from what others draw, in case they stand at the same time (Raft paper, 5.2).
 */
function waitForVotes(state: RaftState, entropy: number): void {
  const { electionTicks } = state.limits;
  state.electionElapsed = 0;
  state.electionTimeout = electionTicks;
  if (isAlone(state)) return;
  const range = Math.min(
    electionTicks,
    electionStep(state) * 2 ** Math.min(state.failedElections, 8),
  );
  state.electionTimeout = range + rankOf(state, null) + Math.floor(entropy * range);
  state.failedElections++;
}

/** One tick of anyone but a leader. Questions that got no answer are repeated; a candidate whose round is over asks anew. */
export function tickWaiting(state: RaftState, entropy: number, out: EffectsDraft): void {
  const { heartbeatTicks } = state.limits;
  state.electionElapsed++;
  const isOver = state.electionElapsed >= state.electionTimeout;
  const isBeat = state.electionElapsed % heartbeatTicks === 0;
  if (state.role === 'pre-candidate') {
    // Often at first: who has just lost its leader too may not know it yet.
    if (isBeat || state.electionElapsed <= electionStep(state)) askAgain(state, out);
  } else if (isOver && mayStand(state)) stand(state, entropy, out);
  else if (isOver && state.leader !== null) {
    state.leader = null;
    refuseReads(state, out);
    tellRole(state, out);
  } else if (state.role === 'candidate' && !isOver && isBeat) askAgain(state, out);
}

function askAgain(state: RaftState, out: EffectsDraft): void {
  const { candidacy, log } = state;
  if (candidacy === null) return;
  const { lastIndex, lastTerm } = log;
  for (const to of state.voting.all) {
    if (to === state.id || candidacy.granted.has(to)) continue;
    if (state.role === 'pre-candidate') {
      say(state, out, to, { kind: 'pre-vote', term: state.term + 1, lastIndex, lastTerm });
    } else if (!candidacy.refused.has(to)) {
      const transfer = candidacy.isTransfer;
      say(state, out, to, { kind: 'vote', term: state.term, lastIndex, lastTerm, transfer });
    }
  }
}

/** The disk holds the vote. One that has been overtaken by a later term counts for nothing. */
export function votePersisted(
  state: RaftState,
  event: RaftEventOf<'vote-persisted'>,
  entropy: number,
  out: EffectsDraft,
): void {
  if (event.term !== state.term || event.votedFor !== state.votedFor) return;
  state.unconfirmedVote = false;
  if (state.role !== 'candidate') return;
  state.candidacy?.granted.add(state.id);
  countVotes(state, entropy, out);
}

/**
 * Pre-vote (Raft thesis, 9.6): granted to whoever could win, when no leader seems alive; changes nothing here. A member that
 * was cut off therefore raises no term, and deposes nobody when it comes back.
 */
export function preVoteReceived(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'pre-vote'>,
  out: EffectsDraft,
): void {
  const { term, lastIndex, lastTerm } = message;
  const mayWin = canVote(state) && term > state.term && isFresh(state, lastIndex, lastTerm);
  const sticky = isSticky(state);
  if (mayWin && sticky && state.role !== 'leader') {
    state.deferredPreVote = { from, term, lastIndex, lastTerm };
  }
  const granted = mayWin && !sticky;
  if (granted && state.role === 'pre-candidate' && isBefore(state, from)) giveWay(state, out);
  say(state, out, from, {
    kind: 'pre-vote-answer',
    term: state.term,
    electionTerm: term,
    granted,
  });
}

/**
 * Both could win and would split the votes: the one of the lower rank waits for the other's round. Once only: the other may be
 * one that is heard and hears nobody.
 */
function giveWay(state: RaftState, out: EffectsDraft): void {
  if (state.hasGivenWay) return;
  state.hasGivenWay = true;
  state.role = 'follower';
  state.candidacy = null;
  state.electionElapsed = 0;
  state.electionTimeout = electionStep(state) * (1 + rankOf(state, null));
  tellRole(state, out);
}

export function preVoteAnswered(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'pre-vote-answer'>,
  entropy: number,
  out: EffectsDraft,
): void {
  if (state.role !== 'pre-candidate' || message.electionTerm !== state.term + 1) return;
  if (!message.granted) return;
  state.candidacy?.granted.add(from);
  if (isWon(state)) campaign(state, false, entropy, out);
}

/** Votes at most once in a term, and only for a log at least as fresh as the own one (Raft paper, 5.2 and 5.4.1). */
export function voteReceived(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'vote'>,
  entropy: number,
  out: EffectsDraft,
): void {
  const { term } = state;
  const isFree = state.votedFor === from || (state.votedFor === null && state.leader === null);
  if (!isFree || !canVote(state) || !isFresh(state, message.lastIndex, message.lastTerm)) {
    say(state, out, from, { kind: 'vote-answer', term, granted: false });
    return;
  }
  if (state.votedFor === null) {
    state.votedFor = from;
    state.unconfirmedVote = true;
    persistVote(out, term, from);
  }
  if (state.role === 'pre-candidate') becomeFollower(state, term, null, entropy, out);
  resetElectionTimer(state, entropy);
  sendAfterPersist(out, from, { kind: 'vote-answer', term, granted: true });
}

export function voteAnswered(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'vote-answer'>,
  entropy: number,
  out: EffectsDraft,
): void {
  if (state.role !== 'candidate') return;
  const { granted, refused } = state.candidacy ?? {};
  (message.granted ? granted : refused)?.add(from);
  countVotes(state, entropy, out);
}

function countVotes(state: RaftState, entropy: number, out: EffectsDraft): void {
  // Not before its own vote is durable, even where the others alone are a majority.
  if (state.unconfirmedVote) return;
  if (isWon(state)) {
    becomeLeader(state, out);
    return;
  }
  const { refused } = state.candidacy ?? {};
  if (refused === undefined || !hasMajority(state.voting, (id) => refused.has(id))) return;
  // Lost: whoever refused has voted for another, who may still win, or has a fresher log. The time for this round goes on.
  const { electionElapsed, electionTimeout } = state;
  becomeFollower(state, state.term, null, entropy, out);
  state.electionElapsed = electionElapsed;
  state.electionTimeout = electionTimeout;
}

/**
 * The leader asks this member to take over at once, without a pre-vote and against all stickiness (Raft thesis, 3.10:
 * leadership transfer).
 */
export function timeoutNowReceived(
  state: RaftState,
  from: MemberId,
  entropy: number,
  out: EffectsDraft,
): void {
  const isWaiting = state.role === 'follower' || state.role === 'pre-candidate';
  if (!isWaiting || (state.leader !== null && state.leader !== from)) return;
  campaign(state, true, entropy, out);
}

/**
 * The leader's process is gone. That is as good as an elapsed time-out, for stickiness too; the voters go by rank with a tick
 * between them, so that they do not split the votes.
 */
export function leaderGone(state: RaftState, entropy: number, out: EffectsDraft): void {
  const { leader, deferredPreVote } = state;
  refuseReads(state, out);
  state.leader = null;
  state.deferredPreVote = null;
  tellRole(state, out);
  if (deferredPreVote !== null) {
    preVoteReceived(state, deferredPreVote.from, { kind: 'pre-vote', ...deferredPreVote }, out);
  }
  const rank = rankOf(state, leader);
  state.electionElapsed = 0;
  state.electionTimeout = rank === 0 ? 0 : rank + 1;
  if (rank === 0) stand(state, entropy, out);
}

function isWon(state: RaftState): boolean {
  const { granted } = state.candidacy ?? {};
  return granted !== undefined && hasMajority(state.voting, (id) => granted.has(id));
}

/** A learner votes too when asked: whoever asks may know a later configuration (Raft thesis, 4.2.2). */
function canVote(state: RaftState): boolean {
  return !state.isRecovering;
}

/** Whether a log that ends so is at least as fresh as the own one (Raft paper, 5.4.1). */
function isFresh(state: RaftState, lastIndex: LogIndex, lastTerm: Term): boolean {
  const { log } = state;
  return lastTerm > log.lastTerm || (lastTerm === log.lastTerm && lastIndex >= log.lastIndex);
}
