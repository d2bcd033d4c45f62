// Carries out what the core wants on disk: vote, truncation, entries.
// Guarantees: a vote is durable when `write` returns; an entry that names members is noted before it is appended, and forgotten
// when it goes; what could not be written is said, with the first entry that is not there.
// Leaves to others: the sync of entries, and what a failure means (raft-node.ts).
import { encodeConfiguration } from './core/configuration-codec.ts';
import type { DurableWrite } from './core/effects.ts';
import { EntryKind } from './core/entry-kind.ts';
import type { EntryHead } from './core/messages.ts';
import type { Journal } from './journal/journal.ts';
import { JournalError, journalErrorOf } from './journal/journal-error.ts';
import type { VoteStore } from './journal/vote-store.ts';
import type { MemberRecord } from './member-record.ts';
import type { WireMessage } from './wire/message-codec.ts';

/** In place of a proposal's payload when there is none. */
export const noProposal = new Uint8Array(0);

export interface WriteFailure {
  readonly error: JournalError;
  /** The first entry that was not written; null when it was no entry that failed. */
  readonly fromIndex: number | null;
  readonly bytes: number;
}

export class LogWriter {
  readonly #journal: Journal;
  readonly #votes: VoteStore;
  readonly #record: MemberRecord;

  constructor(journal: Journal, votes: VoteStore, record: MemberRecord) {
    this.#journal = journal;
    this.#votes = votes;
    this.#record = record;
  }

  /**
   * The payloads are those of the message that was received, of the proposal, or made here. Null when all is written.
   */
  write(
    persist: DurableWrite,
    received: WireMessage | null,
    proposal: Uint8Array,
  ): WriteFailure | null {
    try {
      if (persist.vote !== null) this.#votes.save(persist.vote);
      if (persist.truncateAfter !== null) {
        this.#journal.truncateAfter(persist.truncateAfter);
        this.#record.truncateAfter(persist.truncateAfter);
      }
    } catch (error) {
      return { error: journalErrorOf(error, 'writing'), fromIndex: null, bytes: 0 };
    }
    for (const head of persist.entries) {
      try {
        this.#append(head, payloadOf(head, received, proposal));
      } catch (error) {
        return { error: asJournalError(error), fromIndex: head.index, bytes: head.bytes };
      }
    }
    return null;
  }

  #append(head: EntryHead, payload: Uint8Array): void {
    const { index, term, kind, configuration } = head;
    if (configuration !== undefined) this.#record.note({ index, term, ...configuration });
    try {
      const written = this.#journal.append({ term, kind, payload });
      if (written !== index) {
        throw new RangeError(`Entry ${index} was written as ${written}: core and log differ.`);
      }
    } catch (error) {
      if (configuration !== undefined) this.#record.truncateAfter(index - 1);
      throw error;
    }
  }
}

function payloadOf(
  { index, kind, configuration }: EntryHead,
  received: WireMessage | null,
  proposal: Uint8Array,
): Uint8Array {
  if (received?.message.kind === 'append') {
    return received.payloads[index - received.message.previousIndex - 1] as Uint8Array;
  }
  if (kind === EntryKind.configuration && configuration !== undefined) {
    return encodeConfiguration(configuration);
  }
  return proposal;
}

function asJournalError(error: unknown): JournalError {
  return error instanceof JournalError ? error : journalErrorOf(error, 'appending');
}
