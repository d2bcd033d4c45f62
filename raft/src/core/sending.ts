// How what a member says leaves it.
// Guarantees: nothing that claims a term or a vote leaves before these are durable (Raft paper, figure 2: persistent state).
// Leaves to others: which messages there are (messages.ts).
import { type EffectsDraft, send, sendAfterPersist } from './effects.ts';
import type { RaftMessage } from './messages.ts';
import type { MemberId, RaftState } from './state.ts';

/** Sends what stands for this member's term or vote. */
export function say(state: RaftState, out: EffectsDraft, to: MemberId, message: RaftMessage): void {
  if (state.unconfirmedVote) sendAfterPersist(out, to, message);
  else send(out, to, message);
}
