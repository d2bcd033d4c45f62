// Everything a member of a group can ask of its driver: the output of `step`.
// Guarantees: what promises durability is apart from what promises nothing; all are plain data.
// Leaves to others: doing it, in this order:
//   1 `persist`: truncate, write the entries to the operating system, save the vote. If that fails, nothing below is done and
//     the core is told: an entry must not reach another member and then be forgotten here.
//   2 `sendNow` leaves, before the disk has confirmed any entry.
//   3 `sendAfterPersist` leaves as soon as all votes asked for so far are durable. Entries need not be: what promises an entry
//     is sent by the step of `entries-persisted`.
//   4 the entries become durable meanwhile; the driver says so with `vote-persisted` and `entries-persisted`.
//   5 the rest is told to the application.
import type { EntryHead, Envelope, RaftMessage } from './messages.ts';
import type { Configuration, LogIndex, MemberId, Role, Term } from './state.ts';

/** What must be on disk before anything that promises it leaves. */
export interface DurableWrite {
  readonly vote: { readonly term: Term; readonly votedFor: MemberId | null } | null;
  /** Entries above this one go first. */
  readonly truncateAfter: LogIndex | null;
  /** Consecutive; the payload is the proposal's, that of the message, the encoded `configuration`, or nothing if empty. */
  readonly entries: readonly EntryHead[];
}

export interface RoleChange {
  readonly role: Role;
  readonly term: Term;
  readonly leader: MemberId | null;
}

export type RefusedRequest = 'propose' | 'read' | 'transfer' | 'change-members';

export type RefusalReason =
  /** Of a read at a follower: no leader is known that could be asked. */
  | 'not-leader'
  /** Leadership ended, or the leader changed, before the read could be answered. */
  | 'leadership-lost'
  /** The leader did not answer a forwarded read within an election time-out. */
  | 'no-answer'
  /** Leadership is being handed over: wait for the change of role or for `transferAborted`, then propose where it leads. */
  | 'transferring'
  /** The target is no voter of the group. */
  | 'not-a-member'
  /** The target cannot lead now: its disk is full or it is recovering. */
  | 'member-not-ready'
  /** The first entry of the leader's term is not committed yet (Raft thesis 4.1 and its correction); ask again. */
  | 'not-ready'
  /** Another change of members has not ended. */
  | 'change-running'
  /** The members are those already: nothing to do. */
  | 'unchanged'
  /** A member is named twice, or no voter is left. */
  | 'invalid-members';

export interface Refusal {
  readonly request: RefusedRequest;
  /** Of a read; 0 otherwise. */
  readonly id: number;
  readonly reason: RefusalReason;
}

export interface ReadReady {
  readonly id: number;
  /** The reader may answer once this entry is applied. */
  readonly index: LogIndex;
}

export interface RaftEffects {
  readonly persist: DurableWrite | null;
  readonly sendNow: readonly Envelope[];
  readonly sendAfterPersist: readonly Envelope[];
  /** The application may apply and answer this far. */
  readonly committedUpTo: LogIndex | null;
  /** The last change of role in this step. */
  readonly becameRole: RoleChange | null;
  /** The place of the proposal, or of the entry of a change of members, in the log. */
  readonly accepted: EntryHead | null;
  /** The configuration that holds from now on, appended, fallen back to or installed; committed once its index is. */
  readonly configured: Configuration | null;
  /** Members to be sent the newest checkpoint, with the log's `firstIndex - 1` as the point at which their log begins. */
  readonly checkpointTo: readonly MemberId[];
  /** What to do with the piece of a checkpoint whose message this step received. */
  readonly checkpointPiece: 'take' | 'drop' | null;
  /** The target did not take over within an election time-out: this leader takes proposals again. */
  readonly transferAborted: boolean;
  readonly readsReady: readonly ReadReady[];
  readonly refused: readonly Refusal[];
}

type Draft<T> = T extends readonly (infer Item)[] ? Item[] : T;

/** Effects while a step collects them. Lists begin as one shared empty list: add to them with the functions below. */
export type EffectsDraft = { -readonly [K in keyof RaftEffects]: Draft<RaftEffects[K]> };

const nothing: never[] = [];

export function emptyEffects(): EffectsDraft {
  return {
    persist: null,
    sendNow: nothing,
    sendAfterPersist: nothing,
    committedUpTo: null,
    becameRole: null,
    accepted: null,
    configured: null,
    checkpointTo: nothing,
    checkpointPiece: null,
    transferAborted: false,
    readsReady: nothing,
    refused: nothing,
  };
}

export function refuse(
  out: EffectsDraft,
  request: RefusedRequest,
  reason: RefusalReason,
  id = 0,
): void {
  out.refused = added(out.refused, { request, id, reason });
}

/** Leaves at once: it promises nothing that is not durable. */
export function send(out: EffectsDraft, to: MemberId, message: RaftMessage): void {
  out.sendNow = added(out.sendNow, { to, message });
}

/** Leaves when term and vote are durable. */
export function sendAfterPersist(out: EffectsDraft, to: MemberId, message: RaftMessage): void {
  out.sendAfterPersist = added(out.sendAfterPersist, { to, message });
}

export function sendCheckpoint(out: EffectsDraft, to: MemberId): void {
  out.checkpointTo = added(out.checkpointTo, to);
}

export function readReady(out: EffectsDraft, id: number, index: LogIndex): void {
  out.readsReady = added(out.readsReady, { id, index });
}

export function persistVote(out: EffectsDraft, term: Term, votedFor: MemberId | null): void {
  const { truncateAfter = null, entries = nothing } = out.persist ?? {};
  out.persist = { vote: { term, votedFor }, truncateAfter, entries };
}

export function persistEntry(out: EffectsDraft, head: EntryHead): void {
  const before = out.persist;
  if (before === null) out.persist = { vote: null, truncateAfter: null, entries: [head] };
  else out.persist = { ...before, entries: [...before.entries, head] };
}

/** What a follower takes over from its leader. */
export function persistEntries(
  out: EffectsDraft,
  truncateAfter: LogIndex | null,
  entries: readonly EntryHead[],
): void {
  out.persist = { vote: out.persist?.vote ?? null, truncateAfter, entries };
}

function added<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item];
  list.push(item);
  return list;
}
