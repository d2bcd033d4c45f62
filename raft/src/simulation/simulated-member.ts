// One member of a simulated group: the core, a disk that is only a list, and the driver's duties between them.
// Guarantees: effects are carried out in the promised order; a crash keeps what the disk was told to keep, and of the rest
// as much as the caller says.
// Leaves to others: the network and when the disk is done (simulated-group.ts).
import { acceptsCheckpoint } from '../core/checkpoints.ts';
import type { DurableWrite, RaftEffects } from '../core/effects.ts';
import type { RaftEvent } from '../core/events.ts';
import { LogView } from '../core/log-view.ts';
import { configurationAt } from '../core/membership.ts';
import type { EntryHead } from '../core/messages.ts';
import {
  type Configuration,
  createRaftState,
  type LogIndex,
  type MemberId,
  type RaftLimits,
  type RaftState,
  type Term,
} from '../core/state.ts';
import { step } from '../core/step.ts';

/** State of the application at an entry, with the configuration as of it. */
export interface SimulatedCheckpoint {
  readonly index: LogIndex;
  readonly configuration: Configuration;
}

/** What is on the disk. The log begins behind `base`. */
export interface SimulatedDisk {
  vote: { term: Term; votedFor: MemberId | null };
  base: { index: LogIndex; term: Term };
  entries: EntryHead[];
  durableIndex: LogIndex;
  checkpoint: SimulatedCheckpoint;
}

export interface MemberOptions {
  readonly id: MemberId;
  readonly limits: RaftLimits;
  /** The members that the group begins with; empty for a member that waits to be added. */
  readonly begin: Configuration;
}

/** Called after each step, with the effects before they are carried out. */
export type StepObserver = (
  member: SimulatedMember,
  event: RaftEvent,
  effects: RaftEffects,
) => void;

export class SimulatedMember {
  readonly id: MemberId;
  readonly disk: SimulatedDisk;
  /** Null while the process is down. */
  state: RaftState | null = null;
  /** Numbers in [0, 1) for the election timer. */
  entropy: () => number = () => 0;
  /** Appends fail until this is false again. */
  diskFull = false;
  /** Where the sync that runs will have got to; null when none runs. */
  syncUpTo: LogIndex | null = null;
  readonly #limits: RaftLimits;
  readonly #observe: StepObserver;
  readonly #carried: (member: SimulatedMember, effects: RaftEffects) => void;

  constructor(
    { id, limits, begin }: MemberOptions,
    observe: StepObserver,
    carried: (member: SimulatedMember, effects: RaftEffects) => void,
  ) {
    this.id = id;
    this.#limits = limits;
    this.#observe = observe;
    this.#carried = carried;
    this.disk = {
      vote: { term: 0, votedFor: null },
      base: { index: 0, term: 0 },
      entries: [],
      durableIndex: 0,
      checkpoint: { index: 0, configuration: begin },
    };
  }

  get lastIndex(): LogIndex {
    return this.disk.base.index + this.disk.entries.length;
  }

  entryAt(index: LogIndex): EntryHead | undefined {
    return this.disk.entries[index - this.disk.base.index - 1];
  }

  /** The process begins; `isRecovering`: its disk had been lost. */
  start(isRecovering = false): void {
    const { disk } = this;
    const log = new LogView(disk.base.index + 1, disk.base.term);
    for (const { term, kind, bytes } of disk.entries) log.append(term, kind, bytes);
    const floor = disk.checkpoint.configuration;
    const later = disk.entries.filter(
      (e) => e.configuration !== undefined && e.index > floor.index,
    );
    this.syncUpTo = null;
    this.state = createRaftState({
      id: this.id,
      configurations: [floor, ...later.map(configurationOf)],
      term: disk.vote.term,
      votedFor: disk.vote.votedFor,
      log,
      durableIndex: disk.durableIndex,
      commitIndex: disk.checkpoint.index,
      limits: this.#limits,
      isRecovering,
    });
    this.happen({ kind: 'start' });
  }

  /** The process ends. Of the entries that are not durable this many survive. */
  crash(keep: number): void {
    const { disk } = this;
    disk.entries.length = Math.min(
      disk.entries.length,
      disk.durableIndex - disk.base.index + Math.max(0, keep),
    );
    disk.durableIndex = this.lastIndex;
    this.state = null;
  }

  /** Lets an event happen and carries out what follows from it. */
  happen(event: RaftEvent): RaftEffects | null {
    if (this.state === null) return null;
    const effects = step(this.state, event, this.entropy());
    this.#observe(this, event, effects);
    this.#carryOut(effects);
    return effects;
  }

  #carryOut(effects: RaftEffects): void {
    const { persist } = effects;
    if (persist !== null) {
      const refusedFrom = this.#write(persist);
      if (refusedFrom !== null) {
        this.happen({ kind: 'entries-refused', fromIndex: refusedFrom });
        if (this.state?.disk !== 'full') this.happen({ kind: 'disk-changed', condition: 'full' });
        return;
      }
    }
    this.#carried(this, effects);
    if (persist !== null && persist.vote !== null) {
      this.happen({ kind: 'vote-persisted', ...persist.vote });
    }
  }

  /** Answers the first entry that found no room. */
  #write(persist: DurableWrite): LogIndex | null {
    const { disk } = this;
    if (persist.truncateAfter !== null) this.#truncate(persist.truncateAfter);
    const first = persist.entries[0];
    if (first !== undefined && this.diskFull) return first.index;
    for (const head of persist.entries) {
      if (head.index !== this.lastIndex + 1) {
        throw new Error(`Member ${this.id} appends ${head.index} behind ${this.lastIndex}.`);
      }
      disk.entries.push(head);
    }
    if (persist.vote !== null) disk.vote = { ...persist.vote };
    return null;
  }

  #truncate(index: LogIndex): void {
    const { disk } = this;
    disk.entries.length = index - disk.base.index;
    disk.durableIndex = Math.min(disk.durableIndex, index);
    if (this.syncUpTo !== null) this.syncUpTo = Math.min(this.syncUpTo, index);
  }

  /** A sync begins, if something is to be synced and none runs. */
  beginSync(): boolean {
    if (this.syncUpTo !== null || this.lastIndex <= this.disk.durableIndex) return false;
    this.syncUpTo = this.lastIndex;
    return true;
  }

  endSync(): void {
    const { disk, syncUpTo } = this;
    this.syncUpTo = null;
    if (syncUpTo === null || syncUpTo <= disk.durableIndex) return;
    disk.durableIndex = syncUpTo;
    const { term } = this.entryAt(syncUpTo) as EntryHead;
    this.happen({ kind: 'entries-persisted', index: syncUpTo, term });
  }

  /** Takes a checkpoint of everything committed and durable, and lets the log begin at the index or as near as may be. */
  compact(firstIndex: LogIndex): void {
    const { disk, state } = this;
    if (state === null) return;
    const index = Math.min(state.commitIndex, disk.durableIndex);
    if (index > disk.checkpoint.index) {
      disk.checkpoint = { index, configuration: configurationAt(state, index) };
    }
    const base = Math.min(firstIndex - 1, index);
    if (base <= disk.base.index) return;
    const { term } = this.entryAt(base) as EntryHead;
    disk.entries.splice(0, base - disk.base.index);
    disk.base = { index: base, term };
    this.happen({ kind: 'compacted', firstIndex: base + 1 });
  }

  /** Puts a checkpoint in the place of the log, if the core still wants it. */
  install(
    checkpoint: SimulatedCheckpoint,
    base: { readonly index: LogIndex; readonly term: Term },
    leaderTerm: Term,
  ): boolean {
    const { disk, state } = this;
    const offer = { term: leaderTerm, index: base.index, indexTerm: base.term };
    if (state === null || !acceptsCheckpoint(state, offer)) return false;
    disk.entries = [];
    disk.base = { ...base };
    disk.durableIndex = base.index;
    if (checkpoint.index > disk.checkpoint.index) disk.checkpoint = checkpoint;
    this.syncUpTo = null;
    const { configuration } = disk.checkpoint;
    this.happen({ kind: 'checkpoint-installed', ...base, configuration });
    return true;
  }

  /** Everything on the disk is gone, and the process with it. */
  wipe(begin: Configuration): void {
    const { disk } = this;
    disk.vote = { term: 0, votedFor: null };
    disk.base = { index: 0, term: 0 };
    disk.entries = [];
    disk.durableIndex = 0;
    disk.checkpoint = { index: 0, configuration: begin };
    this.state = null;
  }
}

function configurationOf(head: EntryHead): Configuration {
  if (head.configuration === undefined) {
    throw new Error(`Entry ${head.index} holds no configuration.`);
  }
  const { members, oldMembers } = head.configuration;
  return { index: head.index, members, oldMembers };
}
