// What one member of a Raft group knows, durable and volatile, and the words for it.
// Guarantees: plain data, owned by whoever calls `step`; only the files of this folder change it.
// Leaves to others: the payloads and the disk (the driver, raft-node.ts).
import type { DiskCondition } from './events.ts';
import type { LogView } from './log-view.ts';
import { type Voting, votingOf } from './quorum.ts';

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
  inFlightBytesMax: 4 * 1024 * 1024,
};

/** An append that was sent and not answered. */
export interface InFlight {
  readonly lastIndex: LogIndex;
  readonly bytes: number;
}

/** What a leader believes of one other member. */
export interface Progress {
  /** `probe`: finding where the logs agree; `replicate`: streaming; `checkpoint`: being sent one. */
  mode: 'probe' | 'replicate' | 'checkpoint';
  /** Known to be durable there. */
  matchIndex: LogIndex;
  /** The next entry to send; always above `matchIndex`. */
  nextIndex: LogIndex;
  /** Oldest first; only while replicating. */
  readonly inFlight: InFlight[];
  /** Their sum. */
  inFlightBytes: number;
  /** A probe is under way. */
  probing: boolean;
  /** Ticks since the last probe or checkpoint order, and ticks after which it counts as lost. */
  probeTicks: number;
  probeWait: number;
  /** What it said last of its agreement, and how many heartbeats it has been saying that while entries are under way. */
  agreedIndex: LogIndex;
  stalledBeats: number;
  /** Ticks since it was last heard of. */
  silentTicks: number;
  /** The newest round of heartbeats that it answered. */
  round: number;
  /** The commit index that it was told last. */
  commitSent: LogIndex;
  diskFull: boolean;
  recovering: boolean;
}

/** A read that waits for a majority to say that this leader still leads. */
export interface PendingRead {
  readonly id: number;
  /** The follower that asks; null for a reader here. */
  readonly from: MemberId | null;
  readonly index: LogIndex;
  /** Round of heartbeats that must be answered. */
  readonly round: number;
}

/** A read that arrived before the leader knew what is committed. */
export interface EarlyRead {
  readonly id: number;
  readonly from: MemberId | null;
}

/** What only a leader has. */
export interface Leadership {
  /** The empty entry with which its term begins; nothing counts as committed before this one is. */
  firstIndex: LogIndex;
  /** The other members, and those that leave until they have left. */
  readonly progress: Map<MemberId, Progress>;
  heartbeatElapsed: number;
  /** The commit index was told outside of appends and heartbeats in this tick. */
  commitTold: boolean;
  /** The member to which leadership is being handed. */
  transferTo: MemberId | null;
  transferTicks: number;
  /** Round of the newest heartbeats. */
  round: number;
  earlyReads: EarlyRead[];
  /** Oldest first. */
  pendingReads: PendingRead[];
}

/** Who answered in an election; asked again are those that did not. */
export interface Candidacy {
  readonly granted: Set<MemberId>;
  readonly refused: Set<MemberId>;
  /** The old leader asked for it. */
  readonly isTransfer: boolean;
}

/** A pre-vote that was refused only because the leader seemed alive. */
export interface DeferredPreVote {
  readonly from: MemberId;
  readonly term: Term;
  readonly lastIndex: LogIndex;
  readonly lastTerm: Term;
}

/** A read that the leader was asked about. */
export interface ForwardedRead {
  readonly id: number;
  ticks: number;
}

export interface RaftState {
  readonly id: MemberId;
  readonly limits: RaftLimits;
  /** The one that holds: the last of `configurations`, committed or not (Raft paper, 6). */
  configuration: Configuration;
  /** Oldest first; those above the first must be kept for falling back to and for checkpoints. */
  configurations: readonly Configuration[];
  /** Who counts in majorities, by `configuration`. */
  voting: Voting;

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
  /** Of a candidate or pre-candidate. */
  candidacy: Candidacy | null;
  deferredPreVote: DeferredPreVote | null;
  forwardedReads: ForwardedRead[];

  readonly log: LogView;
  /** Never above `log.lastIndex`. */
  durableIndex: LogIndex;
  /** Never falls. */
  commitIndex: LogIndex;
  /** Up to here the log is known to agree with the log of `term`'s leader. */
  agreedIndex: LogIndex;
  /** What the leader of `term` was told to be durable here. */
  answeredIndex: LogIndex;
  /** What the leader of `term` says is committed. */
  leaderCommitIndex: LogIndex;
  disk: DiskCondition;
  /** It lost its data and counts for nothing until it has caught up. */
  isRecovering: boolean;
  /** The newest configuration that the sender of its checkpoint knew: before it has that one it does not stand. */
  readonly standsFrom: LogIndex;

  /** Ticks since the leader was heard of, or since the election began. */
  electionElapsed: number;
  /** Ticks at which the next election begins. */
  electionTimeout: number;
  /** Elections lost or unanswered since a leader was last known: each makes the next one last longer. */
  failedElections: number;
  /** It has let another one stand first since a leader was last known, and does not do so again. */
  hasGivenWay: boolean;
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
  /** See RaftState; 0 without an installed checkpoint. */
  readonly standsFrom?: LogIndex;
}

/** What a member was given to start with contradicts itself. */
export class MembershipError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'MembershipError';
  }
}

/**
 * A member that has just started: a follower that knows no leader. Throws MembershipError when the configurations are none or
 * out of order.
 */
export function createRaftState(start: RaftStart): RaftState {
  const configuration = newestConfiguration(start.configurations);
  const limits = start.limits ?? defaultLimits;
  const voting = votingOf(configuration);
  return {
    id: start.id,
    limits,
    configuration,
    configurations: start.configurations,
    voting,
    // The log may be ahead of a vote file that was lost: a term that has entries has begun.
    term: Math.max(start.term, start.log.lastTerm),
    votedFor: start.term >= start.log.lastTerm ? start.votedFor : null,
    unconfirmedVote: false,
    role: voting.all.includes(start.id) ? 'follower' : 'learner',
    leader: null,
    leadership: null,
    candidacy: null,
    deferredPreVote: null,
    forwardedReads: [],
    log: start.log,
    durableIndex: start.durableIndex,
    commitIndex: Math.min(start.commitIndex, start.log.lastIndex),
    agreedIndex: 0,
    answeredIndex: 0,
    leaderCommitIndex: 0,
    disk: 'ok',
    isRecovering: start.isRecovering ?? false,
    standsFrom: start.standsFrom ?? 0,
    electionElapsed: 0,
    electionTimeout: limits.electionTicks,
    failedElections: 0,
    hasGivenWay: false,
  };
}

function newestConfiguration(configurations: readonly Configuration[]): Configuration {
  let newest: Configuration | null = null;
  for (const configuration of configurations) {
    if (newest !== null && configuration.index <= newest.index) {
      throw new MembershipError(
        `The configuration at entry ${configuration.index} cannot follow the one at entry ${newest.index}.`,
      );
    }
    newest = configuration;
  }
  if (newest !== null) return newest;
  throw new MembershipError('A member starts with at least one configuration, be it empty.');
}
