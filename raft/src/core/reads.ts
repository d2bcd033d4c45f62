// Linearizable reads without the log (Raft thesis, 6.4).
// Guarantees: a read is answered with an index at or above everything that was committed anywhere when it was asked, or
// refused; a leader that has been replaced answers none.
// Leaves to others: waiting until that index is applied, and the reading itself.
import { type EffectsDraft, readReady, refuse, send } from './effects.ts';
import type { RaftEventOf } from './events.ts';
import { beat } from './heartbeats.ts';
import type { RaftMessageOf } from './messages.ts';
import { majorityReached } from './quorum.ts';
import { isAlone } from './roles.ts';
import { say } from './sending.ts';
import type { Leadership, MemberId, RaftState } from './state.ts';

/** A reader here asks. A follower asks its leader. */
export function read(state: RaftState, event: RaftEventOf<'read'>, out: EffectsDraft): void {
  const { id } = event;
  if (state.leadership !== null) enter(state, state.leadership, id, null, out);
  else if (state.leader === null) refuse(out, 'read', 'not-leader', id);
  else {
    state.forwardedReads.push({ id, ticks: 0 });
    say(state, out, state.leader, { kind: 'read-index', term: state.term, id });
  }
}

export function readIndexReceived(
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<'read-index'>,
  out: EffectsDraft,
): void {
  if (state.leadership !== null) enter(state, state.leadership, message.id, from, out);
  else answer(state, message.id, from, null, out);
}

export function readIndexAnswered(
  state: RaftState,
  message: RaftMessageOf<'read-index-answer'>,
  out: EffectsDraft,
): void {
  const at = state.forwardedReads.findIndex((read) => read.id === message.id);
  if (at < 0) return;
  state.forwardedReads.splice(at, 1);
  if (message.index !== null) readReady(out, message.id, message.index);
  else refuse(out, 'read', 'leadership-lost', message.id);
}

/** Before an entry of its own term is committed, a leader does not know what is. */
function enter(
  state: RaftState,
  leadership: Leadership,
  id: number,
  from: MemberId | null,
  out: EffectsDraft,
): void {
  if (state.commitIndex < leadership.firstIndex) {
    leadership.earlyReads.push({ id, from });
    return;
  }
  if (isAlone(state)) {
    answer(state, id, from, state.commitIndex, out);
    return;
  }
  // A round that has left already proves nothing about now. All who come while one travels share the next one.
  const isIdle = leadership.pendingReads.length === 0;
  leadership.pendingReads.push({
    id,
    from,
    index: state.commitIndex,
    round: leadership.round + 1,
  });
  if (isIdle) beat(state, leadership, out);
}

/** The leader has committed the first entry of its term. */
export function admitEarlyReads(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  const { earlyReads } = leadership;
  if (earlyReads.length === 0) return;
  leadership.earlyReads = [];
  for (const { id, from } of earlyReads) enter(state, leadership, id, from, out);
}

/** Answers what a majority has confirmed: it followed this leader after the read had been asked. */
export function roundAnswered(state: RaftState, leadership: Leadership, out: EffectsDraft): void {
  const { pendingReads } = leadership;
  const first = pendingReads[0];
  if (first === undefined) return;
  const { progress } = leadership;
  const confirmed = majorityReached(state.voting, (id) => {
    if (id === state.id) return leadership.round;
    const member = progress.get(id);
    return member === undefined || member.recovering ? 0 : member.round;
  });
  if (confirmed < first.round) return;
  const rest = pendingReads.filter((pending) => pending.round > confirmed);
  for (const { id, from, index, round } of pendingReads) {
    if (round <= confirmed) answer(state, id, from, index, out);
  }
  leadership.pendingReads = rest;
  const next = rest[0];
  if (next !== undefined && next.round > leadership.round) beat(state, leadership, out);
}

/** One tick of a follower: what the leader does not answer in an election time-out, it does not answer. */
export function tickReads(state: RaftState, out: EffectsDraft): void {
  if (state.forwardedReads.length === 0) return;
  for (const forwarded of state.forwardedReads) {
    if (++forwarded.ticks >= state.limits.electionTicks) {
      refuse(out, 'read', 'no-answer', forwarded.id);
    }
  }
  state.forwardedReads = state.forwardedReads.filter((r) => r.ticks < state.limits.electionTicks);
}

/** The leader is another one from now on, or none. */
export function refuseReads(state: RaftState, out: EffectsDraft): void {
  for (const { id } of state.forwardedReads) refuse(out, 'read', 'leadership-lost', id);
  if (state.forwardedReads.length > 0) state.forwardedReads = [];
  const { earlyReads, pendingReads } = state.leadership ?? {};
  for (const { id, from } of [...(earlyReads ?? []), ...(pendingReads ?? [])]) {
    if (from === null) refuse(out, 'read', 'leadership-lost', id);
    else send(out, from, { kind: 'read-index-answer', term: state.term, id, index: null });
  }
}

function answer(
  state: RaftState,
  id: number,
  from: MemberId | null,
  index: number | null,
  out: EffectsDraft,
): void {
  if (from !== null)
    say(state, out, from, { kind: 'read-index-answer', term: state.term, id, index });
  else if (index !== null) readReady(out, id, index);
}
