// What a member does for its leader: take over the log, and say what it holds.
// Guarantees: an entry is acknowledged only when it is durable here and the log up to it agrees with the leader's (log
// matching: Raft paper, 5.3); nothing committed is ever removed; nothing counts as committed here before it is durable here.
// Leaves to others: elections (election.ts), checkpoints (checkpoints.ts).
import { type EffectsDraft, persistEntries } from './effects.ts';
import { addConfigurations, fallBack } from './membership.ts';
import type { EntryHead, RaftMessageOf } from './messages.ts';
import { becomeFollower, noteLeader, resetElectionTimer, tellRole } from './roles.ts';
import { say } from './sending.ts';
import type { LogIndex, MemberId, RaftState } from './state.ts';

/** A message of the term's leader: candidates give up, the election timer starts again (Raft paper, 5.2). */
export function heardLeader(
  state: RaftState,
  from: MemberId,
  entropy: number,
  out: EffectsDraft,
): void {
  if (state.role === 'leader') {
    throw new RangeError(`Members ${state.id} and ${from} both lead in term ${state.term}.`);
  }
  if (state.role === 'candidate' || state.role === 'pre-candidate') {
    becomeFollower(state, state.term, from, entropy, out);
  } else if (state.leader === null) {
    state.leader = from;
    noteLeader(state);
    resetElectionTimer(state, entropy);
    tellRole(state, out);
  } else if (state.leader !== from) {
    throw new RangeError(`Members ${state.leader} and ${from} both lead in term ${state.term}.`);
  }
  state.electionElapsed = 0;
  state.deferredPreVote = null;
}

export function heartbeatReceived(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'heartbeat'>,
  out: EffectsDraft,
): void {
  learnCommit(state, message.commitIndex, out);
  say(state, out, from, {
    kind: 'heartbeat-answer',
    term: state.term,
    round: message.round,
    agreedIndex: state.agreedIndex,
    durableIndex: durablyAgreed(state),
    ...ownCondition(state),
  });
}

/** Takes over entries if the one before them agrees (Raft paper, 5.3: consistency check). */
export function appendReceived(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'append'>,
  out: EffectsDraft,
): void {
  const { log, commitIndex } = state;
  const { previousIndex, previousTerm, entries } = message;
  // What is committed agrees with every later leader's log (leader completeness: Raft paper, 5.4.3).
  if (previousIndex > commitIndex && log.termAt(previousIndex) !== previousTerm) {
    refuseAppend(state, from, previousIndex, previousTerm, out);
    return;
  }
  const end = previousIndex + entries.length;
  const first = entries.findIndex((e) => e.index > commitIndex && log.termAt(e.index) !== e.term);
  const isFull = state.disk === 'full' && first >= 0;
  const agreed = isFull ? (entries[first] as EntryHead).index - 1 : end;
  state.agreedIndex = Math.max(state.agreedIndex, agreed);
  if (first >= 0 && !isFull) takeOver(state, entries.slice(first), out);
  learnCommit(state, message.commitIndex, out);
  // An answer for new entries follows when they are durable.
  if (first < 0 || isFull) acknowledge(state, from, out);
}

function takeOver(state: RaftState, entries: readonly EntryHead[], out: EffectsDraft): void {
  const { log } = state;
  const { index } = entries[0] as EntryHead;
  const isConflict = index <= log.lastIndex;
  if (isConflict) cutAfter(state, index - 1, out);
  for (const entry of entries) log.append(entry.term, entry.kind, entry.bytes);
  persistEntries(out, isConflict ? index - 1 : null, entries);
  addConfigurations(state, entries, out);
}

/** Forgets the entries above the index, which are nobody's promise. Throws RangeError if one of them is committed. */
export function cutAfter(state: RaftState, index: LogIndex, out: EffectsDraft): void {
  if (index < state.commitIndex) {
    throw new RangeError(`Entry ${state.commitIndex} is committed and cannot be removed.`);
  }
  state.log.truncateAfter(index);
  state.durableIndex = Math.min(state.durableIndex, index);
  fallBack(state, out);
}

/**
 * Says where the logs may agree, skipping a whole term at a time (Raft paper, end of 5.3): an entry of a higher term than
 * the leader's at the same place cannot agree.
 */
function refuseAppend(
  state: RaftState,
  from: MemberId,
  previousIndex: LogIndex,
  previousTerm: number,
  out: EffectsDraft,
): void {
  const { log, commitIndex, term } = state;
  const upTo = Math.min(previousIndex - 1, log.lastIndex);
  const index = Math.max(log.lastWithin(upTo, previousTerm), commitIndex);
  say(state, out, from, {
    kind: 'append-answer',
    term,
    accepted: false,
    index,
    indexTerm: log.termAt(index) ?? 0,
    previousIndex,
    ...ownCondition(state),
  });
}

/** Says up to where the log here agrees with the leader's and is durable. */
export function acknowledge(state: RaftState, to: MemberId, out: EffectsDraft): void {
  const index = durablyAgreed(state);
  state.answeredIndex = index;
  say(state, out, to, {
    kind: 'append-answer',
    term: state.term,
    accepted: true,
    index,
    indexTerm: state.log.termAt(index) ?? 0,
    previousIndex: 0,
    ...ownCondition(state),
  });
}

/** More is durable: one answer for all appends since the last one. */
export function followerPersisted(state: RaftState, out: EffectsDraft): void {
  learnCommit(state, state.leaderCommitIndex, out);
  if (state.leader === null) return;
  if (durablyAgreed(state) > state.answeredIndex) acknowledge(state, state.leader, out);
}

function durablyAgreed(state: RaftState): LogIndex {
  return Math.min(state.durableIndex, state.agreedIndex);
}

/** Commits what the leader says, as far as the log here is known to agree and to be durable. */
function learnCommit(state: RaftState, leaderCommitIndex: LogIndex, out: EffectsDraft): void {
  state.leaderCommitIndex = Math.max(state.leaderCommitIndex, leaderCommitIndex);
  const index = Math.min(state.leaderCommitIndex, state.agreedIndex, state.durableIndex);
  if (index <= state.commitIndex) return;
  state.commitIndex = index;
  out.committedUpTo = index;
}

function ownCondition(state: RaftState): { diskFull: boolean; recovering: boolean } {
  return { diskFull: state.disk === 'full', recovering: state.isRecovering };
}
