// Messages on their way from the core to the other members.
// Guarantees: votes, heartbeats and answers leave at once; appends leave together at the end of the turn of the event loop,
// one message for all that follow each other, and are encoded once however many members get them; an append whose
// entries are not in the log any more is not sent.
// Leaves to others: the bytes (message-codec.ts) and the connections.
import type { EntryHead, Envelope, RaftMessage, RaftMessageOf } from '../core/messages.ts';
import type { MemberId } from '../core/state.ts';
import type { Journal } from '../journal/journal.ts';
import { CompactedError } from '../journal/journal-error.ts';
import type { Cancel, Timers } from '../timers.ts';
import { bareMessage, encodeMessage, type WireMessage } from './message-codec.ts';

/** Payload bytes that leave in one turn: a member far behind must not hold up the thread with what it is sent. */
const bytesPerTurn = 2 * 1024 * 1024;

/** `urgent`: small, and late is worse than lost. `bulk`: what may wait behind it, and is shed first. */
export type Urgency = 'urgent' | 'bulk';

/** Takes bytes for another member; best effort. The bytes may be shared by several members and must not be changed. */
export type Send = (to: MemberId, bytes: Uint8Array, urgency: Urgency) => void;

type Append = RaftMessageOf<'append'>;

/** Appends that follow each other, to be sent as one. */
interface WaitingAppend {
  readonly first: Append;
  readonly entries: EntryHead[];
  bytes: number;
  commitIndex: number;
}

export interface OutboxOwner {
  /** Null in a group that has nobody to send to. */
  readonly send: Send | null;
  /** Payload bytes of one message. */
  readonly appendBytesMax: number;
  /** Entries that were to be sent are not in the log any more. */
  compacted(): void;
  /** Reading the log failed. */
  failed(error: unknown): void;
  /** Where the log ends: an answer to a reader says it. */
  lastIndex(): number;
}

export class Outbox {
  readonly #journal: Pick<Journal, 'readFrom'>;
  readonly #timers: Timers;
  readonly #owner: OutboxOwner;
  readonly #waiting = new Map<MemberId, WaitingAppend[]>();
  #planned: Cancel | null = null;
  /** What was encoded last: members that are equally far get the same bytes. */
  #encoded: { readonly append: WaitingAppend; readonly bytes: Uint8Array } | null = null;
  readonly #flushLater = () => {
    this.#planned = null;
    this.flush();
  };

  constructor(journal: Pick<Journal, 'readFrom'>, timers: Timers, owner: OutboxOwner) {
    this.#journal = journal;
    this.#timers = timers;
    this.#owner = owner;
  }

  /** Sends now, or with the appends at the end of this turn. */
  add({ to, message }: Envelope): void {
    if (message.kind === 'append') this.#addAppend(to, message);
    else this.sendNow(to, this.#plain(message), 'urgent');
  }

  sendNow(to: MemberId, message: WireMessage, urgency: Urgency): void {
    this.#owner.send?.(to, encodeMessage(message), urgency);
  }

  /** Sends the appends that wait; of many, the rest in the next turn. */
  flush(): void {
    this.#planned?.();
    this.#planned = null;
    let left = bytesPerTurn;
    for (const [to, appends] of this.#waiting) {
      while (appends.length > 0 && left > 0) {
        const append = appends.shift() as WaitingAppend;
        this.#sendAppend(to, append);
        left -= append.bytes;
      }
      if (appends.length === 0) this.#waiting.delete(to);
    }
    this.#encoded = null;
    if (this.#waiting.size > 0) this.#planned ??= this.#timers.soon(this.#flushLater);
  }

  /** Forgets what waits. */
  close(): void {
    this.#planned?.();
    this.#planned = null;
    this.#waiting.clear();
  }

  #plain(message: RaftMessage): WireMessage {
    const bare = bareMessage(message);
    return message.kind === 'read-index-answer'
      ? { ...bare, lastIndex: this.#owner.lastIndex() }
      : bare;
  }

  #addAppend(to: MemberId, message: Append): void {
    let appends = this.#waiting.get(to);
    if (appends === undefined) {
      appends = [];
      this.#waiting.set(to, appends);
    }
    const { entries, commitIndex } = message;
    const bytes = bytesOf(entries);
    const last = appends.at(-1);
    if (last !== undefined && this.#continues(last, message, bytes)) {
      last.entries.push(...entries);
      last.bytes += bytes;
      last.commitIndex = Math.max(last.commitIndex, commitIndex);
    } else {
      appends.push({ first: message, entries: [...entries], bytes, commitIndex });
    }
    this.#planned ??= this.#timers.soon(this.#flushLater);
  }

  #continues(last: WaitingAppend, message: Append, bytes: number): boolean {
    return (
      last.first.term === message.term &&
      last.first.previousIndex + last.entries.length === message.previousIndex &&
      last.bytes + bytes <= this.#owner.appendBytesMax
    );
  }

  #sendAppend(to: MemberId, append: WaitingAppend): void {
    if (this.#encoded === null || !isSame(this.#encoded.append, append)) {
      const payloads = this.#payloadsOf(append);
      if (payloads === null) return;
      const { first, entries, commitIndex } = append;
      const message: Append = { ...first, entries, commitIndex };
      const bytes = encodeMessage({ ...bareMessage(message), payloads });
      this.#encoded = { append, bytes };
    }
    this.#owner.send?.(to, this.#encoded.bytes, 'bulk');
  }

  /** The entries' bytes; null if the log holds others there now, or none. */
  #payloadsOf({ first, entries, bytes }: WaitingAppend): Uint8Array[] | null {
    const payloads: Uint8Array[] = [];
    try {
      while (payloads.length < entries.length) {
        const from = first.previousIndex + 1 + payloads.length;
        const found = this.#journal.readFrom(from, bytes);
        if (found.length === 0) return null;
        for (const { term, payload } of found) {
          const head = entries[payloads.length];
          if (head === undefined) break;
          if (head.term !== term || head.bytes !== payload.length) return null;
          payloads.push(payload);
        }
      }
      return payloads;
    } catch (error) {
      if (error instanceof CompactedError) this.#owner.compacted();
      else this.#owner.failed(error);
      return null;
    }
  }
}

function isSame(a: WaitingAppend, b: WaitingAppend): boolean {
  return (
    a.first.term === b.first.term &&
    a.first.previousIndex === b.first.previousIndex &&
    a.entries.length === b.entries.length &&
    a.commitIndex === b.commitIndex
  );
}

function bytesOf(entries: readonly EntryHead[]): number {
  let bytes = 0;
  for (const entry of entries) bytes += entry.bytes;
  return bytes;
}
