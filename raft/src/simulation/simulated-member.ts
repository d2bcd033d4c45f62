// One member of a simulated group: the core, a disk that is only a list, and the driver's duties between them.
// Guarantees: effects are carried out in the promised order; a crash keeps what the disk was told to keep, and of the rest
// as much as the caller says.
// Leaves to others: the network and when the disk is done (simulated-group.ts).
import { acceptsCheckpoint } from '../core/checkpoints.ts';
import type { DurableWrite, RaftEffects } from '../core/effects.ts';
import type { RaftEvent } from '../core/events.ts';
import { LogView } from '../core/log-view.ts';
import { configurationAt } from '../core/membership.ts';
import type { EntryHead, Envelope } from '../core/messages.ts';
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

/** Puts a message on the network, with a checkpoint if it is one's. */
export type Post = (
  from: SimulatedMember,
  envelope: Envelope,
  checkpoint: SimulatedCheckpoint | null,
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
  /** Votes become durable only when `endVoteSave` says so, not at once. */
  savesVotesLate = false;
  /** A process that neither ticks nor reads what it is sent. */
  isPaused = false;
  /** What the sync that runs will have made durable; null when none runs. */
  #sync: { upTo: LogIndex; readonly began: EntryHead } | null = null;
  /** Oldest first. */
  readonly #votes: { readonly term: Term; readonly votedFor: MemberId | null }[] = [];
  readonly #held: Envelope[] = [];
  readonly #limits: RaftLimits;
  readonly #observe: StepObserver;
  readonly #post: Post;

  constructor({ id, limits, begin }: MemberOptions, observe: StepObserver, post: Post) {
    this.id = id;
    this.#limits = limits;
    this.#observe = observe;
    this.#post = post;
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
    this.#forget();
  }

  #forget(): void {
    this.state = null;
    this.isPaused = false;
    this.#sync = null;
    this.#votes.length = 0;
    this.#held.length = 0;
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
    for (const envelope of effects.sendNow) this.#post(this, this.#withPayloads(envelope), null);
    if (this.#votes.length > 0) this.#held.push(...effects.sendAfterPersist);
    else for (const envelope of effects.sendAfterPersist) this.#post(this, envelope, null);
    for (const to of effects.checkpointTo) this.#sendCheckpoint(to);
    if (!this.savesVotesLate) this.endVoteSave();
  }

  /** Entries of kind configuration carry what the log holds, whether the core still knows it or not. */
  #withPayloads(envelope: Envelope): Envelope {
    const { to, message } = envelope;
    if (message.kind !== 'append') return envelope;
    const entries = message.entries.map((head) => this.entryAt(head.index) ?? head);
    return { to, message: { ...message, entries } };
  }

  #sendCheckpoint(to: MemberId): void {
    const { base, checkpoint } = this.disk;
    const term = this.state?.term ?? 0;
    const { index, term: indexTerm } = base;
    this.#post(this, { to, message: { kind: 'checkpoint', term, index, indexTerm } }, checkpoint);
  }

  /** The oldest vote that is being saved becomes durable; with the last one, what waited for it leaves. */
  endVoteSave(): void {
    const vote = this.#votes.shift();
    if (vote === undefined) return;
    this.disk.vote = vote;
    if (this.#votes.length === 0) {
      for (const envelope of this.#held.splice(0)) this.#post(this, envelope, null);
    }
    this.happen({ kind: 'vote-persisted', ...vote });
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
    if (persist.vote !== null) this.#votes.push(persist.vote);
    return null;
  }

  #truncate(index: LogIndex): void {
    const { disk } = this;
    disk.entries.length = index - disk.base.index;
    disk.durableIndex = Math.min(disk.durableIndex, index);
    if (this.#sync !== null) this.#sync.upTo = Math.min(this.#sync.upTo, index);
  }

  /** A sync begins, if something is to be synced and none runs. */
  beginSync(): boolean {
    const began = this.entryAt(this.lastIndex);
    if (this.#sync !== null || began === undefined) return false;
    if (began.index <= this.disk.durableIndex) return false;
    this.#sync = { upTo: began.index, began };
    return true;
  }

  endSync(): void {
    const sync = this.#sync;
    this.#sync = null;
    if (sync === null) return;
    const { index, term } = sync.began;
    if (this.entryAt(index)?.term !== term) {
      // It was replaced meanwhile; the answer about it comes all the same.
      this.happen({ kind: 'entries-persisted', index, term });
    }
    if (sync.upTo <= this.disk.durableIndex) return;
    this.disk.durableIndex = sync.upTo;
    const last = this.entryAt(sync.upTo) as EntryHead;
    this.happen({ kind: 'entries-persisted', index: last.index, term: last.term });
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
    this.#sync = null;
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
    this.#forget();
  }
}

function configurationOf(head: EntryHead): Configuration {
  if (head.configuration === undefined) {
    throw new Error(`Entry ${head.index} holds no configuration.`);
  }
  const { members, oldMembers } = head.configuration;
  return { index: head.index, members, oldMembers };
}
