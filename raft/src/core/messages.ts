// What members of a group say to each other.
// Guarantees: every message carries the sender's term, which is looked at before anything else.
// Leaves to others: the bytes on the wire, and the payloads of entries, which travel beside the heads.
import type { LogIndex, Member, MemberId, Term } from './state.ts';

/** An entry without its payload. */
export interface EntryHead {
  readonly index: LogIndex;
  readonly term: Term;
  readonly kind: number;
  /** Size of the payload. */
  readonly bytes: number;
}

export type RaftMessage =
  /** Would you vote for me in `term`? Raises no term. */
  | {
      readonly kind: 'pre-vote';
      readonly term: Term;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
    }
  | { readonly kind: 'pre-vote-answer'; readonly term: Term; readonly granted: boolean }
  /** `transfer`: the leader asked for this election, so its being alive is no reason to refuse. */
  | {
      readonly kind: 'vote';
      readonly term: Term;
      readonly lastIndex: LogIndex;
      readonly lastTerm: Term;
      readonly transfer: boolean;
    }
  | { readonly kind: 'vote-answer'; readonly term: Term; readonly granted: boolean }
  /** Entries behind the previous one. `round` counts the leader's rounds, for reads. */
  | {
      readonly kind: 'append';
      readonly term: Term;
      readonly previousIndex: LogIndex;
      readonly previousTerm: Term;
      readonly entries: readonly EntryHead[];
      readonly commitIndex: LogIndex;
      readonly round: number;
    }
  /** Accepted: everything up to `index` is durable here and agrees. Refused: the logs may agree at `index` at most. */
  | {
      readonly kind: 'append-answer';
      readonly term: Term;
      readonly accepted: boolean;
      readonly index: LogIndex;
      readonly indexTerm: Term;
      readonly round: number;
      /** The log here cannot grow now: the leader sends heartbeats only. */
      readonly diskFull: boolean;
    }
  | {
      readonly kind: 'heartbeat';
      readonly term: Term;
      readonly commitIndex: LogIndex;
      readonly round: number;
    }
  | { readonly kind: 'heartbeat-answer'; readonly term: Term; readonly round: number }
  /** Start an election at once. */
  | { readonly kind: 'timeout-now'; readonly term: Term }
  /** A piece of the checkpoint at `index`; its bytes travel beside it. */
  | {
      readonly kind: 'checkpoint-chunk';
      readonly term: Term;
      readonly index: LogIndex;
      readonly indexTerm: Term;
      readonly members: readonly Member[];
      readonly file: string;
      readonly offset: number;
      readonly bytes: number;
      readonly isLast: boolean;
    }
  /** How far the checkpoint has arrived; the sender goes on from there. */
  | {
      readonly kind: 'checkpoint-answer';
      readonly term: Term;
      readonly index: LogIndex;
      readonly file: string;
      readonly offset: number;
      readonly outcome: 'more' | 'installed' | 'refused';
    }
  /** A follower asks on behalf of a reader up to where it must have applied. */
  | { readonly kind: 'read-index'; readonly term: Term; readonly id: number }
  | {
      readonly kind: 'read-index-answer';
      readonly term: Term;
      readonly id: number;
      readonly index: LogIndex | null;
    };

/** A message on its way. */
export interface Envelope {
  readonly to: MemberId;
  readonly message: RaftMessage;
}
