// What a member does while it does not lead.
// Guarantees: a member whose disk failed never stands for election.
// Leaves to others: elections (candidate.ts).
import { campaign, isAlone } from './candidate.ts';
import { type EffectsDraft, refuse } from './effects.ts';
import type { RaftState, Term } from './state.ts';

/** Becomes a follower of the term, which is at least the present one. Reads that waited here are refused. */
export function becomeFollower(
  state: RaftState,
  term: Term,
  entropy: number,
  out: EffectsDraft,
): void {
  for (const id of state.leadership?.waitingReads ?? []) refuse(out, 'read', 'leadership-lost', id);
  if (term > state.term) {
    state.term = term;
    state.votedFor = null;
  }
  state.role = 'follower';
  state.leader = null;
  state.leadership = null;
  resetElectionTimer(state, entropy);
  out.becameRole = { role: 'follower', term: state.term, leader: null };
}

/** Draws the time of the next election; the only use of chance. `entropy` is in [0, 1). */
export function resetElectionTimer(state: RaftState, entropy: number): void {
  state.electionElapsed = 0;
  const { electionTicks } = state.limits;
  state.electionTimeout = electionTicks + Math.floor(entropy * electionTicks);
}

/** The member begins. A voter that is alone has nobody to wait for and stands at once. */
export function start(state: RaftState, entropy: number, out: EffectsDraft): void {
  resetElectionTimer(state, entropy);
  if (isAlone(state)) campaign(state, entropy, out);
}

/** One tick of anyone but a leader (Raft paper, 5.2: election time-out). */
export function tickWaiting(state: RaftState, entropy: number, out: EffectsDraft): void {
  state.electionElapsed++;
  if (state.electionElapsed >= state.electionTimeout) campaign(state, entropy, out);
}
