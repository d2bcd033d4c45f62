// Standing for election.
// Guarantees: the own vote counts only once it is durable, so no member votes twice in a term, crashes included.
// Leaves to others: what a leader does (leader.ts).
import type { EffectsDraft } from './effects.ts';
import type { RaftEventOf } from './events.ts';
import { resetElectionTimer } from './follower.ts';
import { becomeLeader } from './leader.ts';
import type { RaftState } from './state.ts';

/** Whether the own vote is a majority. */
export function isAlone(state: RaftState): boolean {
  const { members, oldMembers } = state.configuration;
  return oldMembers === null && members.every((m) => m.type === 'learner' || m.id === state.id);
}

/** Raises the term and votes for itself (Raft paper, 5.2). Waits while the disk is failed or owes the last vote. */
export function campaign(state: RaftState, entropy: number, out: EffectsDraft): void {
  if (state.disk === 'failed' || state.unconfirmedVote) return;
  state.term++;
  state.votedFor = state.id;
  state.unconfirmedVote = true;
  state.role = 'candidate';
  state.leader = null;
  resetElectionTimer(state, entropy);
  const vote = { term: state.term, votedFor: state.id };
  out.persist = { vote, truncateAfter: null, entries: [] };
  out.becameRole = { role: 'candidate', term: state.term, leader: null };
}

/** The disk holds the vote. One that has been overtaken by a later term counts for nothing. */
export function votePersisted(
  state: RaftState,
  event: RaftEventOf<'vote-persisted'>,
  out: EffectsDraft,
): void {
  if (event.term !== state.term || event.votedFor !== state.votedFor) return;
  state.unconfirmedVote = false;
  if (state.role === 'candidate' && isAlone(state)) becomeLeader(state, out);
}
