// What a leader does: take proposals, keep its followers, and give up when it has lost them.
// Guarantees: it leads only while a majority has been heard within an election time-out (check-quorum: Raft thesis, 6.2).
// Leaves to others: the followers' logs (replication.ts), changes of members, reads, transfer.
import { membersCommitted } from './change-members.ts';
import { type EffectsDraft, persistEntry, refuse } from './effects.ts';
import { EntryKind } from './entry-kind.ts';
import type { RaftEventOf } from './events.ts';
import { beat, tellCommit, tickCommit } from './heartbeats.ts';
import type { EntryHead } from './messages.ts';
import { newProgress } from './progress.ts';
import { hasMajority } from './quorum.ts';
import { admitEarlyReads } from './reads.ts';
import { advanceCommit, sendToAll } from './replication.ts';
import { becomeFollower, noteLeader, tellRole } from './roles.ts';
import type { Leadership, RaftState } from './state.ts';
import { tickTransfer } from './transfer.ts';

/**
 * Begins the term with an empty entry: only an entry of its own term tells a leader what is committed (Raft paper, 5.4.2
 * and 8). The same message asks each member whether its log agrees.
 */
export function becomeLeader(state: RaftState, out: EffectsDraft): void {
  const progress = new Map();
  const { members, oldMembers } = state.configuration;
  for (const { id } of oldMembers === null ? members : [...members, ...oldMembers]) {
    if (id !== state.id) progress.set(id, newProgress(state.log.lastIndex));
  }
  state.role = 'leader';
  state.leader = state.id;
  state.candidacy = null;
  noteLeader(state);
  state.leadership = {
    firstIndex: state.log.lastIndex + 1,
    progress,
    heartbeatElapsed: 0,
    commitTold: false,
    transferTo: null,
    transferTicks: 0,
    round: 0,
    earlyReads: [],
    pendingReads: [],
  };
  appendEntry(state, EntryKind.empty, 0, out);
  tellRole(state, out);
  sendToAll(state, out);
}

/**
 * Puts a proposal behind the last entry. Any number may be under way (pipelining), and it leaves before the own disk has it
 * (Raft thesis, 10.2.1).
 */
export function propose(state: RaftState, event: RaftEventOf<'propose'>, out: EffectsDraft): void {
  const { leadership } = state;
  if (leadership === null) refuse(out, 'propose', 'not-leader');
  else if (leadership.transferTo !== null) refuse(out, 'propose', 'transferring');
  else {
    out.accepted = appendEntry(state, event.entryKind, event.bytes, out);
    if (leadership.progress.size > 0) sendToAll(state, out);
  }
}

/** Puts an entry of this leader behind the last one. */
function appendEntry(state: RaftState, kind: number, bytes: number, out: EffectsDraft): EntryHead {
  const index = state.log.append(state.term, kind, bytes);
  const head: EntryHead = { index, term: state.term, kind, bytes };
  persistEntry(out, head);
  return head;
}

/** Something was acknowledged, here or there: what is committed now, and what follows from that. */
export function commitMore(state: RaftState, entropy: number, out: EffectsDraft): void {
  const { leadership } = state;
  if (leadership === null || !advanceCommit(state, out)) return;
  admitEarlyReads(state, leadership, out);
  if (leadership.progress.size === 0) return;
  membersCommitted(state, leadership, entropy, out);
  if (state.leadership !== null) tellCommit(state, leadership, out);
}

/** One tick of a leader. */
export function tickLeading(
  state: RaftState,
  leadership: Leadership,
  entropy: number,
  out: EffectsDraft,
): void {
  const { progress } = leadership;
  if (progress.size === 0 && leadership.transferTo === null) return;
  for (const member of progress.values()) {
    member.silentTicks++;
    member.probeTicks++;
  }
  if (!isHeard(state, leadership)) {
    becomeFollower(state, state.term, null, entropy, out);
    return;
  }
  leadership.heartbeatElapsed++;
  if (leadership.heartbeatElapsed >= state.limits.heartbeatTicks) {
    leadership.commitTold = false;
    beat(state, leadership, out);
  } else tickCommit(state, leadership, out);
  tickTransfer(state, leadership, out);
}

/** Check-quorum: whether a majority has been heard within an election time-out. */
function isHeard(state: RaftState, { progress }: Leadership): boolean {
  const { electionTicks } = state.limits;
  return hasMajority(state.voting, (id) => {
    if (id === state.id) return true;
    const member = progress.get(id);
    return member !== undefined && !member.recovering && member.silentTicks < electionTicks;
  });
}
