// Everything a member of a group can ask of its driver: the output of `step`.
// Guarantees: what promises durability is apart from what promises nothing; all are plain data.
// Leaves to others: doing it, in this order:
//   1 `persist`: truncate, then write the entries to the operating system. If that fails, nothing below is done and the
//     core is told: an entry must not reach another member and then be forgotten here.
//   2 `sendNow` leaves, before the disk has confirmed anything.
//   3 `persist` becomes durable; the driver says so with `vote-persisted` and `entries-persisted`.
//   4 `sendAfterPersist` leaves.
//   5 the rest is told to the application.
import type { EntryHead, Envelope } from './messages.ts';
import type { LogIndex, MemberId, Role, Term } from './state.ts';

/** What must be on disk before anything that promises it leaves. */
export interface DurableWrite {
  readonly vote: { readonly term: Term; readonly votedFor: MemberId | null } | null;
  /** Entries above this one go first. */
  readonly truncateAfter: LogIndex | null;
  /** Consecutive; the payload is the proposal's, that of the message, or nothing for an empty entry. */
  readonly entries: readonly EntryHead[];
}

export interface RoleChange {
  readonly role: Role;
  readonly term: Term;
  readonly leader: MemberId | null;
}

export type RefusedRequest = 'propose' | 'read' | 'transfer' | 'change-members';

/** `unsupported`: not by this release. `not-a-member`: the target is no voter of the group. */
export type RefusalReason = 'not-leader' | 'leadership-lost' | 'not-a-member' | 'unsupported';

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
  /** The place of the proposal in the log. */
  readonly accepted: EntryHead | null;
  readonly readsReady: readonly ReadReady[];
  readonly refused: readonly Refusal[];
}

/** Effects while a step collects them. */
export type EffectsDraft = { -readonly [K in keyof RaftEffects]: RaftEffects[K] };

const nothing: readonly never[] = [];

export function emptyEffects(): EffectsDraft {
  return {
    persist: null,
    sendNow: nothing,
    sendAfterPersist: nothing,
    committedUpTo: null,
    becameRole: null,
    accepted: null,
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
  out.refused = [...out.refused, { request, id, reason }];
}
