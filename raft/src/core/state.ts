// What one member of a Raft group knows, durable and volatile, and the words for it.
// Guarantees: plain data, owned by whoever calls `step`; only the files of this folder change it.
// Leaves to others: the payloads and the disk (the driver, raft-node.ts).
//
// This release runs groups of one member. The shapes are those of a full Raft, so that several members add logic and change
// no shape; until then `createRaftState` refuses a larger group.
import type { DiskCondition } from './events.ts';
import type { LogView } from './log-view.ts';

/** A member's number, unique in the cluster. */
export type MemberId = number;
/** Position of an entry in the log, counted from 1; 0 stands for "before the first". */
export type LogIndex = number;
/** Raft's logical time; 0 before the first election. */
export type Term = number;

/** `pre-candidate` asks whether an election could succeed, before any term is raised; `learner` never votes. */
export type Role = 'learner' | 'follower' | 'pre-candidate' | 'candidate' | 'leader';

export interface Member {
  readonly id: MemberId;
  /** A learner receives the log and counts in no majority. */
  readonly type: 'voter' | 'learner';
  /** Higher ones are to be elected first, so that leaders spread over brokers. */
  readonly priority: number;
}

/** Who belongs to a group. While `oldMembers` is set, majorities of both lists are needed (Raft paper, 6). */
export interface MemberLists {
  readonly members: readonly Member[];
  readonly oldMembers: readonly Member[] | null;
}

/** The members from one entry of the log on. */
export interface Configuration extends MemberLists {
  /** The entry that holds it; 0 for the one the group began with. */
  readonly index: LogIndex;
}

export interface RaftLimits {
  /** Ticks without a leader before an election; the actual time is drawn between this and twice as many. */
  readonly electionTicks: number;
  readonly heartbeatTicks: number;
  /** Payload bytes of one append message. */
  readonly appendBytesMax: number;
  /** Payload bytes on their way to one follower. */
  readonly inFlightBytesMax: number;
}

export const defaultLimits: RaftLimits = {
  electionTicks: 25,
  heartbeatTicks: 2,
  appendBytesMax: 1024 * 1024,
  inFlightBytesMax: 16 * 1024 * 1024,
};

/** What a leader believes of one other member. */
export interface Progress {
  /** `probe`: finding where the logs agree; `replicate`: streaming; `checkpoint`: being sent one. */
  mode: 'probe' | 'replicate' | 'checkpoint';
  /** Known to be durable there. */
  matchIndex: LogIndex;
  /** The next entry to send; always above `matchIndex`. */
  nextIndex: LogIndex;
  inFlightBytes: number;
  /** Ticks since it was last heard of. */
  silentTicks: number;
}

/** What only a leader has. */
export interface Leadership {
  /** The empty entry with which its term begins; nothing counts as committed before this one is. */
  readonly firstIndex: LogIndex;
  /** The other members. */
  readonly progress: Map<MemberId, Progress>;
  /** The member to which leadership is being handed. */
  transferTo: MemberId | null;
  /** Reads that wait for the first entry to be committed. */
  readonly waitingReads: number[];
}

export interface RaftState {
  readonly id: MemberId;
  readonly limits: RaftLimits;
  /** The one that holds: the last of `configurations`, committed or not (Raft paper, 6). */
  configuration: Configuration;
  /** Oldest first; those above the first must be kept for falling back to and for checkpoints. */
  configurations: readonly Configuration[];

  /** Never falls. Durable before anything is sent in it. */
  term: Term;
  /** The vote in `term`; never changes within it once set. */
  votedFor: MemberId | null;
  /** The vote that the disk has not confirmed yet; it must not be counted or told. */
  unconfirmedVote: boolean;

  role: Role;
  /** The leader of `term`, as far as known. */
  leader: MemberId | null;
  leadership: Leadership | null;

  readonly log: LogView;
  /** Never above `log.lastIndex`. */
  durableIndex: LogIndex;
  /** Never falls. */
  commitIndex: LogIndex;
  disk: DiskCondition;
  /** It lost its data and counts for nothing until it has caught up. */
  isRecovering: boolean;

  /** Ticks since the leader was heard of, or since the election began. */
  electionElapsed: number;
  /** Ticks at which the next election begins. */
  electionTimeout: number;
}

/** What a member begins with: what its disk holds. */
export interface RaftStart {
  readonly id: MemberId;
  /**
   * Oldest first: the newest one at or below the newest checkpoint (index 0: the members the group began with; an empty list
   * for one that waits to be added), then every one that the log holds above it.
   */
  readonly configurations: readonly Configuration[];
  readonly term: Term;
  readonly votedFor: MemberId | null;
  /** With kind and size of each entry. */
  readonly log: LogView;
  readonly durableIndex: LogIndex;
  /** Known to be committed: the index of the newest checkpoint, 0 without one. May be above the end of the log. */
  readonly commitIndex: LogIndex;
  readonly limits?: RaftLimits;
  /** The group has lived before, and this member's data is gone: it votes for nobody until `recovered`. */
  readonly isRecovering?: boolean;
}

/** The members given cannot form a group in this release, or the member is not among them. */
export class MembershipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MembershipError';
  }
}

/** A member that has just started: a follower that knows no leader. Throws MembershipError. */
export function createRaftState(start: RaftStart): RaftState {
  const configuration = start.configurations.at(-1) as Configuration;
  const { members } = configuration;
  const only = members[0];
  if (only === undefined || only.id !== start.id || only.type !== 'voter') {
    throw new MembershipError(
      `Member ${start.id} is not a voter of its group (${members.map((m) => m.id).join(', ') || 'empty'}). ` +
        'List it among the members.',
    );
  }
  if (members.length > 1) {
    throw new MembershipError(
      `A group of ${members.length} members is not supported by this release. Configure a replication factor of 1.`,
    );
  }
  const limits = start.limits ?? defaultLimits;
  return {
    id: start.id,
    limits,
    configuration,
    configurations: start.configurations,
    // The log may be ahead of a vote file that was lost: a term that has entries has begun.
    term: Math.max(start.term, start.log.lastTerm),
    votedFor: start.term >= start.log.lastTerm ? start.votedFor : null,
    unconfirmedVote: false,
    role: 'follower',
    leader: null,
    leadership: null,
    log: start.log,
    durableIndex: start.durableIndex,
    commitIndex: Math.min(start.commitIndex, start.log.lastIndex),
    disk: 'ok',
    isRecovering: start.isRecovering ?? false,
    electionElapsed: 0,
    electionTimeout: limits.electionTicks,
  };
}
