// Everything that can happen to a member of a group: the inputs of `step`.
// Guarantees: a closed union; time arrives as ticks, the disk as its answers, nothing is asked for.
// Leaves to others: when ticks come and what the disk does (the driver).
import type { RaftMessage } from './messages.ts';
import type { Configuration, LogIndex, Member, MemberId, Term } from './state.ts';

/**
 * `slow`: answers take long; the core only notes it, for all members may share the disk that is slow. `full`: no append
 * succeeds. `failed`: nothing is trusted until the member starts again.
 */
export type DiskCondition = 'ok' | 'slow' | 'full' | 'failed';

export type RaftEvent =
  /** The member begins; once, before anything else. */
  | { readonly kind: 'start' }
  /** One tick of the driver's clock. */
  | { readonly kind: 'tick' }
  /** Put an entry into the log. Answered by `accepted` or `refused`. */
  | { readonly kind: 'propose'; readonly entryKind: number; readonly bytes: number }
  /** Up to where must a reader have applied to see everything that was answered? By `readsReady` or `refused`. */
  | { readonly kind: 'read'; readonly id: number }
  | { readonly kind: 'received'; readonly from: MemberId; readonly message: RaftMessage }
  /** The other side closed the connection: its process is gone. Counts as an elapsed time-out if it led. */
  | { readonly kind: 'connection-closed'; readonly by: MemberId }
  /** An append to it was thrown away on its way out. */
  | { readonly kind: 'append-lost'; readonly to: MemberId }
  /** The disk holds the vote that `persist` asked for. */
  | { readonly kind: 'vote-persisted'; readonly term: Term; readonly votedFor: MemberId | null }
  /** The disk holds all entries up to this one, as they are in the log now. May arrive late and in any order. */
  | { readonly kind: 'entries-persisted'; readonly index: LogIndex; readonly term: Term }
  /** The entries of the last `persist` from this one on were not written and left no trace (the disk is full). */
  | { readonly kind: 'entries-refused'; readonly fromIndex: LogIndex }
  | { readonly kind: 'disk-changed'; readonly condition: DiskCondition }
  /** The log begins with this entry now. */
  | { readonly kind: 'compacted'; readonly firstIndex: LogIndex }
  /** The sending of a checkpoint that `checkpointTo` asked for has ended without success. */
  | { readonly kind: 'checkpoint-failed'; readonly to: MemberId }
  /** A checkpoint from the leader is in place and the log is empty behind `index`. Only when `acceptsCheckpoint` said yes. */
  | {
      readonly kind: 'checkpoint-installed';
      readonly index: LogIndex;
      readonly term: Term;
      /** The one that the checkpoint came with. */
      readonly configuration: Configuration;
    }
  /** A member that had lost its data has everything again that it may ever have acknowledged. */
  | { readonly kind: 'recovered' }
  | { readonly kind: 'transfer'; readonly to: MemberId }
  | { readonly kind: 'change-members'; readonly members: readonly Member[] }
  /** Stop leading, for whatever reason the partition has. */
  | { readonly kind: 'step-down' };

export type RaftEventOf<K extends RaftEvent['kind']> = Extract<RaftEvent, { readonly kind: K }>;
