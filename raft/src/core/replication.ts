// How a leader brings the other logs to its own.
// Guarantees: an entry counts as committed only when it is of the leader's own term and durable on a majority, the leader
// itself counted only after its own sync (Raft paper, 5.4.2; thesis, 10.2.1: writing to disk in parallel).
// Leaves to others: the payloads, and applying what is committed.
import { type EffectsDraft, send, sendCheckpoint } from './effects.ts';
import { EntryKind } from './entry-kind.ts';
import type { EntryHead, RaftMessageOf } from './messages.ts';
import {
  enterCheckpoint,
  enterProbe,
  enterReplicate,
  entryOverheadBytes,
  noteMatch,
  noteSent,
} from './progress.ts';
import { majorityReached } from './quorum.ts';
import type { LogIndex, MemberId, Progress, RaftState } from './state.ts';

/** Sends each member what it lacks, as far as its window allows. */
export function sendToAll(state: RaftState, out: EffectsDraft): void {
  if (state.leadership === null) return;
  for (const [id, progress] of state.leadership.progress) sendTo(state, id, progress, out);
}

/**
 * Sends the member what it lacks: streaming as many messages as its window of bytes allows, or one probe, or the order for a
 * checkpoint when the next entry is not here any more.
 */
export function sendTo(
  state: RaftState,
  id: MemberId,
  progress: Progress,
  out: EffectsDraft,
): void {
  const { log, limits } = state;
  if (progress.diskFull || progress.mode === 'checkpoint') return;
  if (progress.nextIndex < log.firstIndex) {
    enterCheckpoint(progress);
    sendCheckpoint(out, id);
    return;
  }
  if (progress.mode === 'probe') {
    if (!progress.probing) sendAppend(state, id, progress, out);
    return;
  }
  while (progress.nextIndex <= log.lastIndex && progress.inFlightBytes < limits.inFlightBytesMax) {
    sendAppend(state, id, progress, out);
  }
}

/** One message from the member's next entry on, cut to size; at least one entry if there is one. */
function sendAppend(state: RaftState, id: MemberId, progress: Progress, out: EffectsDraft): void {
  const { log, limits, term, commitIndex } = state;
  const previousIndex = progress.nextIndex - 1;
  const entries: EntryHead[] = [];
  let bytes = 0;
  for (let index = previousIndex + 1; index <= log.lastIndex; index++) {
    const cost = log.bytesAt(index) + entryOverheadBytes;
    if (entries.length > 0 && bytes + cost > limits.appendBytesMax) break;
    bytes += cost;
    entries.push(headAt(state, index));
  }
  noteSent(progress, previousIndex + entries.length, bytes, limits);
  progress.commitSent = commitIndex;
  const previousTerm = log.termAt(previousIndex) as number;
  send(out, id, { kind: 'append', term, previousIndex, previousTerm, entries, commitIndex });
}

function headAt(state: RaftState, index: LogIndex): EntryHead {
  const { log } = state;
  const kind = log.kindAt(index);
  const head = { index, term: log.termAt(index) as number, kind, bytes: log.bytesAt(index) };
  if (kind !== EntryKind.configuration) return head;
  const found = state.configurations.find((c) => c.index === index);
  if (found === undefined) return head;
  return { ...head, configuration: { members: found.members, oldMembers: found.oldMembers } };
}

/** Begins anew with the member, with one message that starts at the index. */
export function probeFrom(
  state: RaftState,
  id: MemberId,
  progress: Progress,
  nextIndex: LogIndex,
  out: EffectsDraft,
): void {
  enterProbe(progress, nextIndex);
  sendTo(state, id, progress, out);
}

/** What a member says of itself. One that is recovering has forgotten what it had acknowledged. */
function noteCondition(
  progress: Progress,
  message: { readonly diskFull: boolean; readonly recovering: boolean },
): void {
  progress.silentTicks = 0;
  if (message.recovering && !progress.recovering) progress.matchIndex = 0;
  progress.recovering = message.recovering;
  if (message.diskFull !== progress.diskFull) {
    progress.diskFull = message.diskFull;
    if (progress.mode !== 'checkpoint') enterProbe(progress, progress.matchIndex + 1);
  }
}

/** Notes what the answer says. What follows from it is committed first, so that the next append tells it (`sendMore`). */
export function appendAnswered(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'append-answer'>,
): void {
  const progress = state.leadership?.progress.get(from);
  if (progress === undefined) return;
  noteCondition(progress, message);
  if (message.accepted) accepted(state, progress, message.index);
  else refused(state, progress, message);
}

/** The member may have room for more. */
export function sendMore(state: RaftState, to: MemberId, out: EffectsDraft): void {
  const progress = state.leadership?.progress.get(to);
  if (progress !== undefined) sendTo(state, to, progress, out);
}

function accepted(state: RaftState, progress: Progress, index: LogIndex): void {
  if (index > state.log.lastIndex) {
    throw new RangeError(
      `A member acknowledges entry ${index}; the log ends at ${state.log.lastIndex}.`,
    );
  }
  noteMatch(progress, index);
  if (progress.mode === 'replicate') return;
  // Answers may be late: one about an older state says nothing about a probe, or about a checkpoint that is still needed.
  if (progress.matchIndex + 1 >= state.log.firstIndex) enterReplicate(progress);
}

/**
 * The logs differ at the place asked about: goes back, a whole term at a time (Raft paper, end of 5.3), to the last entry
 * that may agree by what the member said and by the terms here.
 */
function refused(
  state: RaftState,
  progress: Progress,
  message: RaftMessageOf<'append-answer'>,
): void {
  const { previousIndex, index, indexTerm } = message;
  if (progress.mode === 'checkpoint') return;
  const isCurrent =
    progress.mode === 'probe'
      ? previousIndex === progress.nextIndex - 1
      : previousIndex > progress.matchIndex;
  if (!isCurrent) return;
  // Refusing what it had acknowledged, the member has lost its log.
  if (previousIndex <= progress.matchIndex) progress.matchIndex = 0;
  const { log } = state;
  const agreed = log.lastWithin(Math.min(index, log.lastIndex), indexTerm);
  enterProbe(progress, Math.max(agreed, progress.matchIndex) + 1);
}

/**
 * The member lives. What was lost on the way shows here: an answer, when more is durable there than it said; an append, when
 * it does not know of entries that were sent, again and again, or of some that it had acknowledged before it started anew.
 */
export function heartbeatAnswered(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'heartbeat-answer'>,
  out: EffectsDraft,
): void {
  const progress = state.leadership?.progress.get(from);
  if (progress === undefined) return;
  noteCondition(progress, message);
  progress.round = Math.max(progress.round, message.round);
  const { agreedIndex, durableIndex } = message;
  if (durableIndex > progress.matchIndex) accepted(state, progress, durableIndex);
  if (progress.mode === 'replicate') {
    const isStalled = agreedIndex < progress.nextIndex - 1 && agreedIndex <= progress.agreedIndex;
    progress.stalledBeats = isStalled ? progress.stalledBeats + 1 : 0;
    progress.agreedIndex = agreedIndex;
    if (agreedIndex < progress.matchIndex || progress.stalledBeats >= 3) {
      enterProbe(progress, progress.matchIndex + 1);
    }
  } else if (progress.mode === 'probe' && progress.probeTicks >= progress.probeWait) {
    resend(state, from, progress, out);
  }
}

/** The last probe counts as lost, or as unanswered because what it asked for failed. */
function resend(state: RaftState, id: MemberId, progress: Progress, out: EffectsDraft): void {
  if (progress.diskFull) return;
  if (progress.nextIndex < state.log.firstIndex) progress.probing = false;
  else sendAppend(state, id, progress, out);
}

/** Commits what a majority holds (Raft paper, 5.4.2). Answers whether anything was. */
export function advanceCommit(state: RaftState, out: EffectsDraft): boolean {
  const agreed = agreedByMajority(state);
  if (agreed <= state.commitIndex || state.log.termAt(agreed) !== state.term) return false;
  state.commitIndex = agreed;
  out.committedUpTo = agreed;
  return true;
}

function agreedByMajority(state: RaftState): LogIndex {
  const { voters, oldVoters } = state.voting;
  // A lone voter's majority is its own disk.
  if (oldVoters === null && voters.length === 1 && voters[0] === state.id)
    return state.durableIndex;
  return majorityReached(state.voting, (id) => {
    if (id === state.id) return state.durableIndex;
    const progress = state.leadership?.progress.get(id);
    return progress === undefined || progress.recovering ? 0 : progress.matchIndex;
  });
}
