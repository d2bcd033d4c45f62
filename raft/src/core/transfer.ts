// Handing leadership to another member (Raft thesis, 3.10).
// Guarantees: the target is told to stand only when its log holds everything; what was proposed before is not lost, and
// proposals meanwhile are refused, for at most one election time-out.
// Leaves to others: when and to whom (the driver), the election (election.ts).
import { type EffectsDraft, refuse, send } from './effects.ts';
import type { RaftEventOf } from './events.ts';
import { becomeFollower } from './roles.ts';
import type { Leadership, Member, MemberId, Progress, RaftState } from './state.ts';

/** Begins a transfer. Handing leadership to itself, or again to the same target, changes nothing. */
export function transfer(
  state: RaftState,
  event: RaftEventOf<'transfer'>,
  out: EffectsDraft,
): void {
  const { leadership } = state;
  const { to } = event;
  if (leadership === null) {
    refuse(out, 'transfer', 'not-leader');
    return;
  }
  if (to === state.id || to === leadership.transferTo) return;
  const progress = leadership.progress.get(to);
  // Nor one that is on its way out.
  const isVoter = state.voting.voters.includes(to);
  if (progress === undefined || !isVoter) refuse(out, 'transfer', 'not-a-member');
  else if (leadership.transferTo !== null) refuse(out, 'transfer', 'transferring');
  else if (progress.diskFull || progress.recovering) refuse(out, 'transfer', 'member-not-ready');
  else {
    leadership.transferTo = to;
    leadership.transferTicks = 0;
    urge(state, to, progress, out);
  }
}

/** The member may have caught up: then it is to stand at once. */
export function transferProgressed(state: RaftState, from: MemberId, out: EffectsDraft): void {
  const { leadership } = state;
  const progress = leadership?.progress.get(from);
  if (leadership?.transferTo === from && progress !== undefined) urge(state, from, progress, out);
}

function urge(state: RaftState, to: MemberId, progress: Progress, out: EffectsDraft): void {
  if (progress.matchIndex < state.log.lastIndex) return;
  send(out, to, { kind: 'timeout-now', term: state.term });
}

/** A lost order is repeated; a target that does not take over in an election time-out is given up. */
export function tickTransfer(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  const { transferTo: to } = leadership;
  if (to === null) return;
  leadership.transferTicks++;
  const progress = leadership.progress.get(to);
  if (leadership.transferTicks >= state.limits.electionTicks || progress === undefined) {
    leadership.transferTo = null;
    out.transferAborted = true;
  } else if (leadership.heartbeatElapsed === 0) urge(state, to, progress, out);
}

/**
 * Stops leading at once, because this member should not or must not lead. The voter that is furthest is asked to stand, so
 * that nobody waits for a time-out.
 */
export function handOver(state: RaftState, entropy: number, out: EffectsDraft): void {
  const { leadership, term } = state;
  if (leadership === null) return;
  const to = successor(state, leadership);
  if (to !== null) send(out, to, { kind: 'timeout-now', term });
  becomeFollower(state, term, null, entropy, out);
}

function successor(state: RaftState, { progress }: Leadership): MemberId | null {
  let best: Member | null = null;
  let bestMatch = -1;
  for (const member of state.configuration.members) {
    const other = progress.get(member.id);
    if (member.type !== 'voter' || other === undefined) continue;
    if (other.diskFull || other.recovering || other.silentTicks >= state.limits.electionTicks) {
      continue;
    }
    const isBetter =
      other.matchIndex > bestMatch ||
      (other.matchIndex === bestMatch && best !== null && member.priority > best.priority);
    if (isBetter) [best, bestMatch] = [member, other.matchIndex];
  }
  return best?.id ?? null;
}
