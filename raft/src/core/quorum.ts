// Majorities, of one list of voters or of two at once (Raft paper, 6: joint consensus).
// Guarantees: two majorities of the same configuration, or of neighbouring ones, share a member.
// Leaves to others: which configuration holds (membership.ts).
import type { MemberId, MemberLists } from './state.ts';

/** The voters of a configuration. */
export interface Voting {
  readonly voters: readonly MemberId[];
  /** Those of the list that is being left; null when one list holds alone. */
  readonly oldVoters: readonly MemberId[] | null;
  /** Both, each once. */
  readonly all: readonly MemberId[];
}

export function votingOf({ members, oldMembers }: MemberLists): Voting {
  const voters = members.filter((m) => m.type === 'voter').map((m) => m.id);
  const oldVoters = oldMembers?.filter((m) => m.type === 'voter').map((m) => m.id) ?? null;
  const added = oldVoters?.filter((id) => !voters.includes(id)) ?? [];
  return { voters, oldVoters, all: [...voters, ...added] };
}

/** Whether those for whom `holds` is true are a majority of each list. Nobody is no majority of an empty list. */
export function hasMajority(voting: Voting, holds: (id: MemberId) => boolean): boolean {
  if (!isMajority(voting.voters, holds)) return false;
  return voting.oldVoters === null || isMajority(voting.oldVoters, holds);
}

/** The highest number that a majority of each list has reached; 0 for an empty list. */
export function majorityReached(voting: Voting, reached: (id: MemberId) => number): number {
  const here = reachedBy(voting.voters, reached);
  return voting.oldVoters === null ? here : Math.min(here, reachedBy(voting.oldVoters, reached));
}

function isMajority(voters: readonly MemberId[], holds: (id: MemberId) => boolean): boolean {
  let count = 0;
  for (const id of voters) if (holds(id)) count++;
  return 2 * count > voters.length;
}

function reachedBy(voters: readonly MemberId[], reached: (id: MemberId) => number): number {
  let best = 0;
  // A handful of voters: counting for each is cheaper than sorting, and allocates nothing.
  for (const id of voters) {
    const value = reached(id);
    if (value > best && isMajority(voters, (other) => reached(other) >= value)) best = value;
  }
  return best;
}
