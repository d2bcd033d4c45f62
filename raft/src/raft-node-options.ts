// What a member of a group is opened with, and what it can refuse.
// Guarantees: nothing by itself.
// Leaves to others: keeping to it (raft-node.ts).
import type { DiskCondition } from './core/events.ts';
import type { Configuration, Member, MemberId, RaftLimits, Role } from './core/state.ts';
import type { Disk } from './disk/disk.ts';
import type { Timers } from './timers.ts';
import type { TransferLimits } from './transfer/transfer-limits.ts';
import type { Send } from './wire/outbox.ts';

export interface RaftTiming {
  /** The unit in which the core counts time, ms. */
  readonly tickMs: number;
  /** How often a leader says that it lives, ms. */
  readonly heartbeatMs: number;
  /** A follower that hears of no leader for so long, to twice as long, stands for election, ms. */
  readonly electionMs: number;
}

export const defaultTiming: RaftTiming = { tickMs: 50, heartbeatMs: 250, electionMs: 2_500 };

export interface RaftNodeOptions {
  /** The member's own folder; made if it is missing. */
  readonly dir: string;
  readonly disk?: Disk;
  readonly memberId: MemberId;
  /**
   * The members of the group, this one included, as far as the caller knows. Of the first start only: later the member's own
   * folder knows better. Empty for a member that waits until a leader of some group contacts it.
   */
  readonly members: readonly Member[];
  /**
   * Whether a member with an empty folder begins with a clean slate: at the very first start of its group, or when it is just
   * being added to one. Otherwise an empty folder is taken for a lost one: what the member once voted and acknowledged is
   * forgotten, so it neither votes nor stands nor counts in any majority before it has caught up (recovering-member.ts).
   * Unless said otherwise true for a group of one and for an empty list, false for any other.
   */
  readonly isNewGroup?: boolean;
  /**
   * Makes these the only members, all of them voters, without asking anybody: for a group that has lost its majority for good. What
   * only the lost members held is lost with them. To be given once, on each of the members that remain.
   */
  readonly forcedMembers?: readonly MemberId[];
  /** Size of a log segment's file; 64 MiB unless said otherwise. */
  readonly segmentBytes?: number;
  /** Numbers in [0, 1); a simulation gives its own. */
  readonly random?: () => number;
  /** The machine's own unless a simulation gives its clock. */
  readonly timers?: Timers;
  readonly timing?: RaftTiming;
  readonly transfer?: Partial<TransferLimits>;
  /** Bytes of entries in one message, and on their way to one member. */
  readonly sending?: Partial<Pick<RaftLimits, 'appendBytesMax' | 'inFlightBytesMax'>>;
  /**
   * Takes bytes to another member; best effort, in order, none twice. The bytes may be the same object for several members
   * and must not be changed. A group of one needs none.
   */
  readonly send?: Send;
  /** Everything up to here is committed: at most once for each completed sync or answer, with the highest index. */
  readonly onCommitted: (upToIndex: number) => void;
  /**
   * The member's role changed, a follower learned who leads, or a leader leads on because handing over has failed. As leader it
   * takes proposals; `firstReadyIndex` tells when it may process.
   */
  readonly onRole: (role: Role, term: number, leader: MemberId | null) => void;
  /** The disk failed, or a callback threw: the member takes part in nothing more. Close it, then open it again when that may help. */
  readonly onFault: (error: Error) => void;
  /**
   * A checkpoint from the leader takes the place of log and checkpoints at the next open; until then this member takes part
   * in nothing. Close it and whatever stands on its checkpoints, and open both again.
   */
  readonly onCheckpointInstalled?: () => void;
  /** Other members from here on, committed or not. */
  readonly onConfiguration?: (configuration: Configuration) => void;
}

/** Disk conditions that the member's surroundings may tell it of. */
export type ToldCondition = Exclude<DiskCondition, 'failed'>;

/** A request to a member that does not lead, or does not any more. */
export class NotLeaderError extends Error {
  /** Who leads, as far as this member knows. */
  readonly leader: MemberId | null;

  constructor(leader: MemberId | null, what: string) {
    super(leader === null ? `${what}; no leader is known.` : `${what}; member ${leader} leads.`);
    this.name = 'NotLeaderError';
    this.leader = leader;
  }
}

/** The folder of the log inside a member's folder: what `openJournalReader` and `scanJournal` take. */
export function journalFolder(dir: string): string {
  return `${dir}/log`;
}

/** The folder of the checkpoints inside a member's folder. */
export function checkpointsFolder(dir: string): string {
  return `${dir}/checkpoints`;
}
