// Who may lead, and what a member forgets when it does not lead any more.
// Guarantees: a term that was seen is never left again; a member that cannot keep a promise never stands.
// Leaves to others: elections (election.ts), a leader's work (leader.ts).
import { type EffectsDraft, persistVote } from './effects.ts';
import { refuseReads } from './reads.ts';
import type { MemberId, RaftState, Term } from './state.ts';

/** Whether the own vote is a majority, so that nobody need be asked for anything. */
export function isAlone(state: RaftState): boolean {
  const { voters, oldVoters } = state.voting;
  return oldVoters === null && voters.length === 1 && voters[0] === state.id;
}

export function isVoter(state: RaftState, id: MemberId): boolean {
  return state.voting.all.includes(id);
}

/**
 * Whether the member may stand for election: voters only (Raft thesis, 4.2.1), none that cannot write its first entry, and
 * none that has forgotten what it promised. A full disk of a lone member is no reason: nobody else could lead.
 */
export function mayStand(state: RaftState): boolean {
  if (state.isRecovering || state.disk === 'failed' || isOutOfDate(state)) return false;
  if (!isVoter(state, state.id) && !isLeaving(state)) return false;
  return state.disk !== 'full' || isAlone(state);
}

/**
 * Whether the members that it knows are those of a checkpoint, and its leader knew of later ones: it may have left the group
 * and be on its way back, and by what it knows it could be the only voter.
 */
function isOutOfDate({ configuration, commitIndex, standsFrom }: RaftState): boolean {
  return configuration.index < standsFrom && commitIndex < standsFrom;
}

/**
 * Whether the newest configuration takes the member's vote away, but may not be committed yet: until then the entry may be
 * on this log and too few others, and only its holder can bring it to them (Raft thesis, 4.2.2).
 */
function isLeaving(state: RaftState): boolean {
  if (state.configuration.index <= state.commitIndex) return false;
  const { members, oldMembers } = state.configurations.at(-2) ?? { members: [], oldMembers: null };
  return [...members, ...(oldMembers ?? [])].some((m) => m.id === state.id && m.type === 'voter');
}

/**
 * Leader stickiness (Raft thesis, 4.2.3): a member that heard the leader within the shortest election time-out helps nobody to
 * depose it. A leader has checked its majority within that time, or it would not be one.
 */
export function isSticky(state: RaftState): boolean {
  if (state.role === 'leader') return true;
  return state.leader !== null && state.electionElapsed < state.limits.electionTicks;
}

/**
 * How many voters stand before this one: those of higher priority, and of equal priority those with a lower number; all, if
 * this one is leaving. `gone` is not counted.
 */
export function rankOf(state: RaftState, gone: MemberId | null): number {
  let rank = 0;
  for (const { id, type } of state.configuration.members) {
    if (type === 'voter' && id !== gone && isBefore(state, id)) rank++;
  }
  return rank;
}

/** Whether the other member stands for election before this one. */
export function isBefore(state: RaftState, other: MemberId): boolean {
  if (other === state.id) return false;
  const { members, oldMembers } = state.configuration;
  const all = [...members, ...(oldMembers ?? [])];
  const self = all.find((m) => m.id === state.id);
  const its = all.find((m) => m.id === other);
  if (its === undefined) return false;
  if (self === undefined || its.priority > self.priority) return true;
  return its.priority === self.priority && its.id < self.id;
}

/** Ticks by which one rank waits longer than the one before it, and range of what chance adds. */
export function electionStep(state: RaftState): number {
  return Math.max(1, Math.floor(state.limits.electionTicks / 5));
}

/**
 * Draws the time of the next election; the only use of chance. Each rank has a range of its own, so that the first one is
 * through before the next one stands (Raft paper, 5.2 and 9.3: randomized time-outs). `entropy` is in [0, 1).
 */
export function resetElectionTimer(state: RaftState, entropy: number): void {
  const step = electionStep(state);
  const { electionTicks } = state.limits;
  const later = Math.min(rankOf(state, null) * step, electionTicks);
  state.electionElapsed = 0;
  state.electionTimeout = electionTicks + later + Math.floor(entropy * step);
}

/**
 * Follows in the term, which is at least the present one. `leader` null: unknown. The election timer goes on if the member
 * did not lead or stand (Raft paper, 5.2: a vote request alone is no reason to wait longer).
 */
export function becomeFollower(
  state: RaftState,
  term: Term,
  leader: MemberId | null,
  entropy: number,
  out: EffectsDraft,
): void {
  const { role, leader: oldLeader } = state;
  const isNewTerm = term > state.term;
  refuseReads(state, out);
  if (isNewTerm) {
    state.term = term;
    state.votedFor = null;
    state.unconfirmedVote = true;
    persistVote(out, term, null);
    forgetLeader(state);
  }
  state.role = isVoter(state, state.id) ? 'follower' : 'learner';
  state.leader = leader;
  state.leadership = null;
  state.candidacy = null;
  state.deferredPreVote = null;
  if (leader !== null) noteLeader(state);
  const wasWaiting = role === 'follower' || role === 'learner';
  if (!wasWaiting || leader !== null) resetElectionTimer(state, entropy);
  if (isNewTerm || state.role !== role || leader !== oldLeader) tellRole(state, out);
}

/** Elections begin anew from here, when the leader is lost. */
export function noteLeader(state: RaftState): void {
  state.failedElections = 0;
  state.hasGivenWay = false;
}

/** What the leader of the old term said counts for nothing in the next one. */
export function forgetLeader(state: RaftState): void {
  state.agreedIndex = 0;
  state.answeredIndex = 0;
  state.leaderCommitIndex = 0;
}

export function tellRole(state: RaftState, out: EffectsDraft): void {
  out.becameRole = { role: state.role, term: state.term, leader: state.leader };
}
