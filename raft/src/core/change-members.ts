// Changing the members of a group while it works (Raft paper, 6; thesis, 4).
// Guarantees: one change at a time; no moment at which two majorities could decide without a common member.
// Leaves to others: bringing a new member up to date first, as a learner (whoever plans changes), and how a configuration
// holds (membership.ts).
import { configurationBytes } from './configuration-codec.ts';
import { type EffectsDraft, persistEntry, refuse } from './effects.ts';
import { EntryKind } from './entry-kind.ts';
import type { RaftEventOf } from './events.ts';
import { beatTo } from './heartbeats.ts';
import { addConfigurations } from './membership.ts';
import type { EntryHead } from './messages.ts';
import { sendToAll } from './replication.ts';
import type { Leadership, Member, MemberLists, RaftState } from './state.ts';
import { handOver } from './transfer.ts';

/**
 * Begins a change. When voters change, both lists must agree until the new one holds alone (joint consensus); otherwise the
 * new one holds at once. Only after an entry of the own term is committed: a change begun by an earlier leader might still
 * come back otherwise (Raft thesis, 4.1 with its correction).
 */
export function changeMembers(
  state: RaftState,
  event: RaftEventOf<'change-members'>,
  out: EffectsDraft,
): void {
  const { leadership, configuration } = state;
  const { members } = event;
  if (leadership === null) refuse(out, 'change-members', 'not-leader');
  else if (!areValid(members)) refuse(out, 'change-members', 'invalid-members');
  else if (leadership.transferTo !== null) refuse(out, 'change-members', 'transferring');
  else if (state.commitIndex < leadership.firstIndex) refuse(out, 'change-members', 'not-ready');
  else if (configuration.oldMembers !== null || configuration.index > state.commitIndex) {
    refuse(out, 'change-members', 'change-running');
  } else if (areEqual(members, configuration.members)) {
    refuse(out, 'change-members', 'unchanged');
  } else {
    const isJoint = !haveSameVoters(members, configuration.members);
    const oldMembers = isJoint ? configuration.members : null;
    out.accepted = appendConfiguration(state, { members, oldMembers }, out);
  }
}

function appendConfiguration(state: RaftState, lists: MemberLists, out: EffectsDraft): EntryHead {
  const bytes = configurationBytes(lists);
  const kind = EntryKind.configuration;
  const index = state.log.append(state.term, kind, bytes);
  const head: EntryHead = { index, term: state.term, kind, bytes, configuration: lists };
  persistEntry(out, head);
  addConfigurations(state, [head], out);
  sendToAll(state, out);
  return head;
}

/**
 * More is committed. Once both lists have agreed that the new one comes, it is put into the log alone; once that is
 * committed, those who are not in it are let go, the leader among them (Raft paper, 6).
 */
export function membersCommitted(
  state: RaftState,
  leadership: Leadership,
  entropy: number,
  out: EffectsDraft,
): void {
  const { configuration, commitIndex } = state;
  if (configuration.index > commitIndex) return;
  if (configuration.oldMembers !== null) {
    appendConfiguration(state, { members: configuration.members, oldMembers: null }, out);
    return;
  }
  const isMember = (id: number) => configuration.members.some((m) => m.id === id);
  for (const [id, progress] of leadership.progress) {
    if (isMember(id)) continue;
    // The last that it hears: it may know from its own log that it has left.
    beatTo(state, leadership, id, progress, out);
    leadership.progress.delete(id);
  }
  const self = configuration.members.find((m) => m.id === state.id);
  if (self?.type !== 'voter') handOver(state, entropy, out);
}

function areValid(members: readonly Member[]): boolean {
  const ids = new Set(members.map((m) => m.id));
  return ids.size === members.length && members.some((m) => m.type === 'voter');
}

function areEqual(some: readonly Member[], others: readonly Member[]): boolean {
  const isIn = (m: Member) =>
    others.some((o) => o.id === m.id && o.type === m.type && o.priority === m.priority);
  return some.length === others.length && some.every(isIn);
}

function haveSameVoters(some: readonly Member[], others: readonly Member[]): boolean {
  const voters = (all: readonly Member[]) => all.filter((m) => m.type === 'voter');
  const ids = new Set(voters(others).map((m) => m.id));
  return voters(some).length === ids.size && voters(some).every((m) => ids.has(m.id));
}
