// What members of a group say to each other.
// Guarantees: every message carries the sender's term, which is looked at before anything else; `pre-vote` alone carries the
// term that its sender would begin, and raises nobody's.
// Leaves to others: the bytes on the wire, and the payloads of entries and the pieces of checkpoints, which travel beside.
import type { LogIndex, MemberId, MemberLists, Term } from './state.ts';

/** An entry without its payload. */
export interface EntryHead {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: number;
  /** Size of the payload. */
  readonly bytes: number;
  /** Of an entry of kind `configuration`, and always there on one: what its payload says (configuration-codec.ts). */
  readonly configuration?: MemberLists;
}

/** What a member says of itself with every answer. */
interface OwnCondition {
  /** The log here cannot grow now: the leader sends heartbeats only, until an answer says otherwise. */
  readonly diskFull: boolean;
  /** It lost what it had acknowledged and must not be counted until it has caught up. */
  readonly recovering: boolean;
}

export type RaftMessage =
  /** Would you vote for me in `term`? */
  | {
      readonly kind: 'pre-vote';
      readonly term: Term;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
    }
  /** `term` is the answering member's own, `electionTerm` the one that was asked about. */
  | {
      readonly kind: 'pre-vote-answer';
      readonly term: Term;
      readonly electionTerm: Term;
      readonly granted: boolean;
    }
  /** `transfer`: the leader asked for this election, so its being alive is no reason to refuse. */
  | {
      readonly kind: 'vote';
      readonly term: Term;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
      readonly transfer: boolean;
    }
  | { readonly kind: 'vote-answer'; readonly term: Term; readonly granted: boolean }
  /** Entries behind the previous one. */
  | {
      readonly kind: 'append';
      readonly term: Term;
      readonly previousIndex: LogIndex;
      readonly previousTerm: Term;
      readonly entries: readonly EntryHead[];
      readonly commitIndex: LogIndex;
    }
  /**
   * Accepted: everything up to `index` is durable here and agrees. Refused: the entry at `previousIndex` of the append
   * differs or is missing; the logs may agree at `index` at most, and the entry there has the term `indexTerm` here.
   */
  | ({
      readonly kind: 'append-answer';
      readonly term: Term;
      readonly accepted: boolean;
      readonly index: LogIndex;
      readonly indexTerm: Term;
      readonly previousIndex: LogIndex;
    } & OwnCondition)
  /** The leader lives. `round` counts its rounds of heartbeats, for reads. */
  | {
      readonly kind: 'heartbeat';
      readonly term: Term;
      readonly commitIndex: LogIndex;
      readonly round: number;
    }
  /** Up to `agreedIndex` the log here is known to agree with the leader's, up to `durableIndex` it is durable besides. */
  | ({
      readonly kind: 'heartbeat-answer';
      readonly term: Term;
      readonly round: number;
      readonly agreedIndex: LogIndex;
      readonly durableIndex: LogIndex;
    } & OwnCondition)
  /** Start an election at once. */
  | { readonly kind: 'timeout-now'; readonly term: Term }
  /** Goes with each piece of a checkpoint: the receiver's log will begin behind `index`, whose term is `indexTerm`. */
  | {
      readonly kind: 'checkpoint';
      readonly term: Term;
      readonly index: LogIndex;
      readonly indexTerm: Term;
    }
  /** Goes with each answer to such a piece. `installed`: the log here begins behind `index` now. */
  | {
      readonly kind: 'checkpoint-answer';
      readonly term: Term;
      readonly index: LogIndex;
      readonly outcome: 'more' | 'installed' | 'refused';
    }
  /** A follower asks on behalf of a reader up to where it must have applied. */
  | { readonly kind: 'read-index'; readonly term: Term; readonly id: number }
  /** Null: not from this leader. */
  | {
      readonly kind: 'read-index-answer';
      readonly term: Term;
      readonly id: number;
      readonly index: LogIndex | null;
    };

export type RaftMessageOf<K extends RaftMessage['kind']> = Extract<
  RaftMessage,
  { readonly kind: K }
>;

/** A message on its way. */
export interface Envelope {
  readonly to: MemberId;
  readonly message: RaftMessage;
}
