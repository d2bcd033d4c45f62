// Opens a member: finishes what was interrupted, recovers the log, and finds out what the member may still promise.
// Guarantees: nothing is opened that lacks what was known durable; a folder that was lost is not taken for a new one.
// Leaves to others: everything after that (raft-node.ts).
import { randomInt } from 'node:crypto';
import type { LogView } from './core/log-view.ts';
import {
  createRaftState,
  defaultLimits,
  type MemberId,
  MembershipError,
  type RaftLimits,
} from './core/state.ts';
import type { Disk } from './disk/disk.ts';
import { nodeDisk } from './disk/node-disk.ts';
import { openCheckpointStore } from './journal/checkpoint-store.ts';
import type { Journal } from './journal/journal.ts';
import { CorruptLogError, journalErrorOf } from './journal/journal-error.ts';
import { openSegmentedJournal } from './journal/segmented-journal.ts';
import { openVoteStore } from './journal/vote-store.ts';
import {
  createMemberRecord,
  type MemberRecord,
  noteLoss,
  openMemberRecord,
} from './member-record.ts';
import { RaftNode } from './raft-node.ts';
import {
  checkpointsFolder,
  defaultTiming,
  journalFolder,
  type RaftNodeOptions,
} from './raft-node-options.ts';
import { systemTimers } from './timers.ts';
import { carryOutInstall, type InstallNote } from './transfer/install.ts';

/**
 * Opens the member and recovers its log (about a second per GB of log). No callback comes before the calling turn of the
 * event loop has ended. Throws CorruptLogError, UnknownEntryError, JournalError or MembershipError.
 */
export function openRaftNode(options: RaftNodeOptions): RaftNode {
  const { dir } = options;
  const disk = options.disk ?? nodeDisk;
  try {
    disk.makeFolder(dir);
  } catch (error) {
    throw journalErrorOf(error, `making the folder ${dir}`);
  }
  // Before anything else is written: an opening that fails or crashes must not make a lost folder look like one that was used.
  const isVoteThere = disk.kindOf(`${dir}/vote`) !== null;
  const isLogThere = disk.list(journalFolder(dir)).length > 0;
  if (isEmptyFolder(disk, dir)) createRecord(options, disk, !isCleanSlate(options));
  else if (!isVoteThere || !isLogThere) noteLoss(disk, recordPath(dir));
  const checkpoints = openCheckpointStore(disk, checkpointsFolder(dir));
  const { random } = options;
  const saltEnd = 2 ** 32;
  const newSalt =
    random === undefined ? randomInt(1, saltEnd) : 1 + Math.floor(random() * (saltEnd - 1));
  const places = { disk, memberDir: dir, logDir: journalFolder(dir), recordPath: recordPath(dir) };
  const note = carryOutInstall({ ...places, newSalt }, checkpoints);
  const votes = openVoteStore(disk, `${dir}/vote`);
  const newest = checkpoints.newest()?.manifest ?? null;
  const journal = openJournal(options, disk, newSalt, note ?? newest, newest?.index ?? 0);
  try {
    const log = journal.outline();
    const record =
      openMemberRecord(disk, recordPath(dir), log) ?? createRecord(options, disk, false);
    record.begun();
    if (options.forcedMembers !== undefined) force(record, log, options.forcedMembers);
    const { configurations } = record;
    const state = createRaftState({
      id: options.memberId,
      configurations:
        configurations.length > 0 ? configurations : [{ index: 0, members: [], oldMembers: null }],
      term: votes.vote.term,
      votedFor: votes.vote.votedFor,
      // The core keeps its own view, because the two change at different moments.
      log,
      durableIndex: journal.durableIndex,
      commitIndex: newest?.index ?? 0,
      limits: limitsOf(options),
      isRecovering: record.isRecovering,
      standsFrom: note?.configuredAt ?? 0,
    });
    const catchUpTo = note === null ? 0 : Math.max(newest?.index ?? 0, state.standsFrom);
    return new RaftNode(options, { disk, state, journal, votes, checkpoints, record, catchUpTo });
  } catch (error) {
    journal.close().catch(() => {});
    throw error;
  }
}

function recordPath(dir: string): string {
  return `${dir}/member`;
}

/** Whether no member has ever lived here. Folders alone say nothing: whoever looks for checkpoints makes theirs. */
function isEmptyFolder(disk: Disk, dir: string): boolean {
  return (
    disk.kindOf(recordPath(dir)) === null &&
    disk.kindOf(`${dir}/vote`) === null &&
    disk.list(journalFolder(dir)).length === 0 &&
    disk.list(checkpointsFolder(dir)).length === 0
  );
}

function isCleanSlate({ isNewGroup, members }: RaftNodeOptions): boolean {
  return isNewGroup ?? members.length <= 1;
}

function createRecord(options: RaftNodeOptions, disk: Disk, isRecovering: boolean): MemberRecord {
  const { members, dir, memberId } = options;
  if (members.length > 0 && !members.some(({ id }) => id === memberId)) {
    throw new MembershipError(
      `Member ${memberId} is not one of its group (${members.map(({ id }) => id).join(', ')}). List it among the members.`,
    );
  }
  const first = { index: 0, term: 0, members, oldMembers: null };
  return createMemberRecord(disk, recordPath(dir), isRecovering, members.length > 0 ? [first] : []);
}

/** The members from the end of the log on are these, whoever was needed to decide that (broker-operations.md 1.7). */
function force(record: MemberRecord, log: LogView, ids: readonly MemberId[]): void {
  const known = record.configurations.at(-1)?.members ?? [];
  const members = ids.map((id) => {
    const priority = known.find((member) => member.id === id)?.priority ?? 1;
    return { id, type: 'voter' as const, priority };
  });
  record.replace({ index: log.lastIndex, term: log.lastTerm, members, oldMembers: null });
  record.recovered();
}

function openJournal(
  options: RaftNodeOptions,
  disk: Disk,
  newSalt: number,
  note: InstallNote | { readonly index: number; readonly term: number } | null,
  stateIndex: number,
): Journal {
  const dir = journalFolder(options.dir);
  const floor = note === null ? 0 : 'base' in note ? note.base : note.index;
  const floorTerm = note === null ? 0 : 'base' in note ? note.baseTerm : note.term;
  const { segmentBytes } = options;
  const journal = openSegmentedJournal({
    dir,
    disk,
    newSalt,
    timers: options.timers ?? systemTimers,
    durableFloor: floor,
    floorTerm,
    ...(segmentBytes === undefined ? {} : { segmentBytes }),
  });
  if (journal.firstIndex <= stateIndex + 1) return journal;
  journal.close().catch(() => {});
  const reason = `the log begins with entry ${journal.firstIndex}, and no checkpoint holds the state before it`;
  throw new CorruptLogError(dir, 0, stateIndex + 1, journal.firstIndex - 1, reason);
}

function limitsOf(options: RaftNodeOptions): RaftLimits {
  const { tickMs, heartbeatMs, electionMs } = options.timing ?? defaultTiming;
  return {
    ...defaultLimits,
    ...options.sending,
    electionTicks: Math.max(2, Math.round(electionMs / tickMs)),
    heartbeatTicks: Math.max(1, Math.round(heartbeatMs / tickMs)),
  };
}
