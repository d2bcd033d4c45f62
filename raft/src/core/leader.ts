// What a leader does: take proposals, and say what is committed.
// Guarantees: an entry counts as committed only when it is of the leader's own term and durable on a majority, the leader
// itself included only after its own sync (Raft paper, 5.4.2).
// Leaves to others: the payloads, and applying what is committed.
import { type EffectsDraft, refuse } from './effects.ts';
import { EntryKind } from './entry-kind.ts';
import type { RaftEventOf } from './events.ts';
import type { EntryHead } from './messages.ts';
import type { LogIndex, RaftState } from './state.ts';

/** Begins the term with an empty entry: only an entry of its own term tells a leader what is committed. */
export function becomeLeader(state: RaftState, out: EffectsDraft): void {
  state.role = 'leader';
  state.leader = state.id;
  state.leadership = {
    firstIndex: state.log.lastIndex + 1,
    progress: new Map(),
    transferTo: null,
    waitingReads: [],
  };
  append(state, EntryKind.empty, 0, out);
  out.becameRole = { role: 'leader', term: state.term, leader: state.id };
}

/** Puts a proposal behind the last entry. Any number may be under way (pipelining). */
export function propose(state: RaftState, event: RaftEventOf<'propose'>, out: EffectsDraft): void {
  if (state.leadership === null) {
    refuse(out, 'propose', 'not-leader');
    return;
  }
  out.accepted = append(state, event.entryKind, event.bytes, out);
}

function append(state: RaftState, kind: number, bytes: number, out: EffectsDraft): EntryHead {
  const index = state.log.append(state.term);
  const head: EntryHead = { index, term: state.term, kind, bytes };
  out.persist = { vote: null, truncateAfter: null, entries: [head] };
  return head;
}

/** Commits what a majority holds. The majority of a lone voter is its own disk. */
export function advanceCommit(state: RaftState, out: EffectsDraft): void {
  const { leadership } = state;
  if (leadership === null) return;
  const agreed: LogIndex = state.durableIndex;
  if (agreed <= state.commitIndex || state.log.termAt(agreed) !== state.term) return;
  state.commitIndex = agreed;
  out.committedUpTo = agreed;
  for (const id of leadership.waitingReads.splice(0)) readAt(state, id, out);
}

/**
 * A linearizable read (Raft thesis, 6.4): the commit index now, once the leader knows it. A lone voter need not ask anybody
 * whether it still leads.
 */
export function read(state: RaftState, event: RaftEventOf<'read'>, out: EffectsDraft): void {
  const { leadership } = state;
  if (leadership === null) refuse(out, 'read', 'not-leader', event.id);
  else if (state.commitIndex < leadership.firstIndex) leadership.waitingReads.push(event.id);
  else readAt(state, event.id, out);
}

function readAt(state: RaftState, id: number, out: EffectsDraft): void {
  out.readsReady = [...out.readsReady, { id, index: state.commitIndex }];
}

/** Leadership can go to another voter only; handing it to oneself changes nothing. */
export function transfer(
  state: RaftState,
  event: RaftEventOf<'transfer'>,
  out: EffectsDraft,
): void {
  if (state.leadership === null) refuse(out, 'transfer', 'not-leader');
  else if (event.to !== state.id) refuse(out, 'transfer', 'not-a-member');
}
