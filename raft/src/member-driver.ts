// Feeds events to the core, one at a time, and carries out its effects in the order that effects.ts promises.
// Guarantees: an entry is on the operating system before anyone is told of it, leaves for the others before it is durable here,
// and counts here only when it is; a vote is durable before it leaves; a sync runs whenever entries are unsynced and covers all
// that arrived before it began; the application hears of a step when it is carried out, and may propose from there.
// Leaves to others: what the application is told, and everything that needs a clock (raft-node.ts).
import type { RaftEffects } from './core/effects.ts';
import type { RaftEvent } from './core/events.ts';
import type { MemberId, RaftState } from './core/state.ts';
import { step } from './core/step.ts';
import type { Journal } from './journal/journal.ts';
import type { JournalError } from './journal/journal-error.ts';
import { type LogWriter, noProposal, type WriteFailure } from './log-writer.ts';
import type { WireMessage } from './wire/message-codec.ts';
import type { Outbox } from './wire/outbox.ts';

export interface ReceivedMessage {
  readonly from: MemberId;
  readonly wire: WireMessage;
}

export interface MemberDriverOwner {
  readonly random: () => number;
  /** A step was carried out; `received` is the message that it was about. May throw: that is a fault. */
  stepped(effects: RaftEffects, received: ReceivedMessage | null): void;
  /** An append of so many bytes found the disk full or read-only; nothing of it is there. */
  refused(bytes: number): void;
  /** Entries have become durable. */
  synced(): void;
  /** Nothing is trusted any more; called once. */
  failed(error: Error): void;
}

interface DurableWaiter {
  readonly index: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Happening {
  readonly event: RaftEvent;
  readonly received: ReceivedMessage | null;
}

interface Untold {
  readonly effects: RaftEffects;
  readonly received: ReceivedMessage | null;
}

export class MemberDriver {
  readonly #owner: MemberDriverOwner;
  readonly #state: RaftState;
  readonly #journal: Journal;
  readonly #writer: LogWriter;
  readonly #outbox: Outbox;
  readonly #onSynced = () => this.#synced();
  readonly #onSyncFailed = (error: unknown) => this.fail(error);
  readonly #startPlannedSync = () => this.#startSync();
  #syncing = false;
  #fault: Error | null = null;
  /** A step is being carried out: what happens meanwhile waits. */
  #isStepping = false;
  readonly #waiting: Happening[] = [];
  readonly #untold: Untold[] = [];
  #isTelling = false;
  #isFaultTold = false;
  #drained: (() => void) | null = null;
  readonly #durableWaiters: DurableWaiter[] = [];

  constructor(
    owner: MemberDriverOwner,
    state: RaftState,
    journal: Journal,
    writer: LogWriter,
    outbox: Outbox,
  ) {
    this.#owner = owner;
    this.#state = state;
    this.#journal = journal;
    this.#writer = writer;
    this.#outbox = outbox;
  }

  get isSyncing(): boolean {
    return this.#syncing;
  }

  get fault(): Error | null {
    return this.#fault;
  }

  /** Lets an event happen, after those that are under way. */
  happen(event: RaftEvent, received: ReceivedMessage | null = null): void {
    this.#waiting.push({ event, received });
    if (this.#isStepping) return;
    this.#isStepping = true;
    this.#runWaiting();
    this.#isStepping = false;
    this.#tell();
  }

  /** Lets a proposal happen, here and now. Throws JournalError when it could not be written. */
  propose(entryKind: number, payload: Uint8Array): RaftEffects {
    if (this.#isStepping) throw new RangeError('Propose from a callback, not from `send`.');
    this.#isStepping = true;
    let failure: JournalError | null;
    let effects: RaftEffects;
    try {
      effects = step(this.#state, { kind: 'propose', entryKind, bytes: payload.length }, 0);
      failure = this.#carryOut(effects, null, payload);
      this.#runWaiting();
    } finally {
      this.#isStepping = false;
    }
    this.#tell();
    if (failure !== null) throw failure;
    return effects;
  }

  /** From here on nothing is trusted: the member steps down, and its owner hears why, once. */
  fail(error: unknown): void {
    this.#syncing = false;
    if (this.#fault === null) {
      this.#fault = error instanceof Error ? error : new Error(String(error));
      this.happen({ kind: 'disk-changed', condition: 'failed' });
      this.abandon(this.#fault);
    }
    this.#drained?.();
  }

  /** Resolves when no sync is under way. */
  async settled(): Promise<void> {
    if (!this.#syncing) return;
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
    });
  }

  #runWaiting(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        this.#run(next.event, next.received);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  /** Resolves when the log is durable up to the entry, if it has it. Rejects when that will not be. */
  durableAt(index: number): Promise<void> {
    const { durableIndex, lastIndex } = this.#journal;
    if (durableIndex >= index || index > lastIndex) return Promise.resolve();
    if (this.#fault !== null) return Promise.reject(this.#fault);
    return new Promise((resolve, reject) => {
      this.#durableWaiters.push({ index, resolve, reject });
    });
  }

  /** Nobody waits any longer for what is not durable yet. */
  abandon(error: Error): void {
    for (const { reject } of this.#durableWaiters.splice(0)) reject(error);
  }

  #tellDurable(): void {
    for (const waiter of this.#durableWaiters.splice(0)) {
      if (waiter.index <= this.#journal.durableIndex) waiter.resolve();
      else this.#durableWaiters.push(waiter);
    }
  }

  #run(event: RaftEvent, received: ReceivedMessage | null): void {
    this.#carryOut(step(this.#state, event, this.#owner.random()), received, noProposal);
  }

  /** Answers why entries could not be written; they are taken back then. */
  #carryOut(
    effects: RaftEffects,
    received: ReceivedMessage | null,
    payload: Uint8Array,
  ): JournalError | null {
    const { persist } = effects;
    if (persist !== null) {
      const failure = this.#writer.write(persist, received?.wire ?? null, payload);
      if (failure !== null) return this.#notWritten(failure, effects, received);
    }
    for (const envelope of effects.sendNow) this.#outbox.add(envelope);
    for (const envelope of effects.sendAfterPersist) this.#outbox.add(envelope);
    if (persist !== null && persist.entries.length > 0) this.#syncSoon();
    this.#untold.push({ effects, received });
    this.#voteIsSaved(effects);
    return null;
  }

  #voteIsSaved({ persist }: RaftEffects): void {
    if (persist === null || persist.vote === null) return;
    const { term, votedFor } = persist.vote;
    this.#run({ kind: 'vote-persisted', term, votedFor }, null);
  }

  /** Nothing leaves; what the step says besides its entries stands, and so does the vote, which is written before them. */
  #notWritten(
    { error, fromIndex, bytes }: WriteFailure,
    effects: RaftEffects,
    received: ReceivedMessage | null,
  ): JournalError {
    const ledBefore = this.#state.leadership?.firstIndex ?? 0;
    if (fromIndex !== null) {
      this.#untold.push({ effects: { ...effects, accepted: null }, received });
      this.#voteIsSaved(effects);
      this.#run({ kind: 'entries-refused', fromIndex }, null);
      if (this.#journal.lastIndex > this.#journal.durableIndex) this.#syncSoon();
    }
    const isTraceless = error.code === 'disk-full' || error.code === 'read-only';
    if (fromIndex === null || !isTraceless || fromIndex <= ledBefore) this.fail(error);
    else this.#owner.refused(bytes);
    return error;
  }

  /**
   * A leader's own sync begins at once, beside the journey to the others. A follower's waits for the messages that came
   * together with this one, so that one sync covers all.
   */
  #syncSoon(): void {
    if (this.#state.role === 'leader') this.#startSync();
    else if (!this.#syncing) queueMicrotask(this.#startPlannedSync);
  }

  #startSync(): void {
    if (this.#syncing || this.#fault !== null) return;
    if (this.#journal.durableIndex >= this.#journal.lastIndex) return;
    this.#syncing = true;
    this.#journal.flush().then(this.#onSynced, this.#onSyncFailed);
  }

  #synced(): void {
    this.#syncing = false;
    // Not what the flush answered: a truncation may have come between that and now.
    const index = this.#journal.durableIndex;
    // The next sync starts before the application hears of this one, so that both go on at once.
    if (index < this.#journal.lastIndex) this.#startSync();
    const term = this.#journal.termAt(index);
    if (term !== undefined) this.happen({ kind: 'entries-persisted', index, term });
    this.#owner.synced();
    if (this.#durableWaiters.length > 0) this.#tellDurable();
    if (!this.#syncing) this.#drained?.();
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#untold.shift(); next !== undefined; next = this.#untold.shift()) {
      try {
        this.#owner.stepped(next.effects, next.received);
      } catch (error) {
        this.fail(error);
      }
    }
    this.#isTelling = false;
    if (this.#fault === null || this.#isFaultTold) return;
    this.#isFaultTold = true;
    this.#owner.failed(this.#fault);
  }
}
