// Puts the parts of an opened member together.
// Guarantees: nothing happens while it does.
// Leaves to others: what the parts do, each in its own file, and their common face (raft-node.ts).
import type { RaftEvent } from './core/events.ts';
import type { RaftState } from './core/state.ts';
import type { Disk } from './disk/disk.ts';
import { DiskWatch } from './disk-watch.ts';
import type { CheckpointStore } from './journal/checkpoint-store.ts';
import type { Journal } from './journal/journal.ts';
import type { VoteStore } from './journal/vote-store.ts';
import { LogWriter } from './log-writer.ts';
import { MemberClock } from './member-clock.ts';
import { MemberDriver, type MemberDriverOwner } from './member-driver.ts';
import type { MemberRecord } from './member-record.ts';
import { defaultTiming, type RaftNodeOptions, type ToldCondition } from './raft-node-options.ts';
import { systemTimers } from './timers.ts';
import { CheckpointTraffic } from './transfer/checkpoint-traffic.ts';
import { Outbox } from './wire/outbox.ts';

/** What `openRaftNode` found in the member's folder. */
export interface OpenedParts {
  readonly disk: Disk;
  readonly state: RaftState;
  readonly journal: Journal;
  readonly votes: VoteStore;
  readonly checkpoints: CheckpointStore;
  readonly record: MemberRecord;
  /** The entry up to which the log follows an installed checkpoint, and may not have reached yet; 0 otherwise. */
  readonly catchUpTo: number;
}

/** What the parts tell. */
export interface MemberHooks extends Omit<MemberDriverOwner, 'random'> {
  happen(event: RaftEvent): void;
  /** The next open ends with another checkpoint and log. */
  installed(): void;
  /** The disk's condition has changed, short of failing. */
  diskIs(condition: ToldCondition): void;
}

export interface AssembledMember {
  readonly outbox: Outbox;
  readonly driver: MemberDriver;
  readonly watch: DiskWatch;
  readonly clock: MemberClock;
  readonly traffic: CheckpointTraffic;
}

export function assembleMember(
  options: RaftNodeOptions,
  parts: OpenedParts,
  hooks: MemberHooks,
): AssembledMember {
  const { disk, state, journal, votes, checkpoints, record } = parts;
  const timers = options.timers ?? systemTimers;
  const random = options.random ?? Math.random;
  const { tickMs, electionMs } = options.timing ?? defaultTiming;
  const { happen } = hooks;
  const failed = (error: unknown) => driver.fail(error);
  const outbox = new Outbox(journal, timers, {
    send: options.send ?? null,
    appendBytesMax: state.limits.appendBytesMax,
    compacted: () => happen({ kind: 'compacted', firstIndex: journal.firstIndex }),
    failed,
    lastIndex: () => journal.lastIndex,
  });
  const writer = new LogWriter(journal, votes, record);
  const driver: MemberDriver = new MemberDriver(
    { ...hooks, random },
    state,
    journal,
    writer,
    outbox,
  );
  const watch = new DiskWatch({
    disk,
    dir: options.dir,
    timers,
    slowTicks: Math.max(2, Math.floor(electionMs / 2 / tickMs)),
    changed: hooks.diskIs,
  });
  const clock = new MemberClock({
    timers,
    tickMs,
    electionMs,
    random,
    state,
    record,
    watch,
    isSyncing: () => driver.isSyncing,
    happen,
    failed,
  });
  const traffic = new CheckpointTraffic({
    disk,
    timers,
    memberDir: options.dir,
    limits: options.transfer ?? {},
    state,
    journal,
    checkpoints,
    record,
    send: (to, message, urgency) => outbox.sendNow(to, message, urgency),
    happen,
    failed,
    installed: hooks.installed,
  });
  return { outbox, driver, watch, clock, traffic };
}
