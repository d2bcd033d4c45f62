// What becomes of a request that a partition has seen before: the answer from the log, patience, or the honest word that
// the outcome is unknown. The window of seen requests is filled from every committed entry, by whichever replica.
import {
  ALL_SESSIONS,
  decodeEntry,
  ENTRY_VERSION_MIN,
  entryAnswers,
  entryHeader,
  sessionOf,
} from '@millrace/protocol';
import { EntryKind, type RaftNode } from '@millrace/raft';
import type { Refusal } from './command-intake.ts';
import { RequestWindow } from './request-window.ts';
import type { ResponseGate } from './response-gate.ts';

/** So much of the log behind the state is read when a replica is opened, to know the requests in it. */
const READ_BACK_BYTES = 1024 * 1024;
const READ_BACK_ENTRIES = 256;
/** Clocks of brokers may differ by so much, ms. */
const CLOCKS_DIFFER_MS = 5_000;

/** Execute it, say nothing now, or refuse it. */
export type Admission = 'execute' | 'wait' | Refusal;

export class RepeatedRequests {
  readonly window = new RequestWindow();
  /** The newest version among the entries that are applied: whoever wrote it knew that every replica reads it. */
  newestVersion = ENTRY_VERSION_MIN;
  readonly #partitionId: number;
  readonly #raft: RaftNode;
  readonly #gate: ResponseGate;

  constructor(partitionId: number, raft: RaftNode, gate: ResponseGate) {
    this.#partitionId = partitionId;
    this.#raft = raft;
    this.#gate = gate;
  }

  /** Learns the requests of the newest entries that the state holds already. */
  readBack(appliedIndex: number): void {
    const { journal } = this.#raft;
    let bytes = 0;
    let index = appliedIndex;
    const payloads: { index: number; payload: Uint8Array }[] = [];
    for (let count = 0; count < READ_BACK_ENTRIES && bytes < READ_BACK_BYTES; count++) {
      const entry = index < journal.firstIndex ? undefined : journal.read(index);
      if (entry === undefined) break;
      if (entry.kind === EntryKind.records) {
        payloads.push({ index, payload: entry.payload });
        bytes += entry.payload.length;
      }
      index--;
    }
    // Entries below are not known, those of a log that begins here were never there.
    const oldest = payloads.at(-1);
    if (index > 0 && oldest !== undefined)
      this.window.startsAt(entryHeader(oldest.payload).timestamp);
    for (const each of payloads.reverse()) this.applied(each.index, each.payload);
  }

  /** The checkpoint that the state came from is newer than the log: nothing before this moment is known. */
  startsAt(timeMs: number): void {
    this.window.startsAt(timeMs);
  }

  /** An entry of records that another leader, or an earlier life of this one, has written. */
  applied(index: number, payload: Uint8Array): void {
    const { timestamp, version } = entryHeader(payload);
    if (version > this.newestVersion) this.newestVersion = version;
    if (version < 2) return this.window.startsAt(timestamp);
    for (const { requestId, place } of entryAnswers(payload)) {
      this.window.answered(requestId, index, place, timestamp);
    }
  }

  /**
   * What to do with a request that has arrived.
   * @param sinceMs when its gateway sent it first, ms since the epoch; undefined when this is the first time
   */
  admit(requestId: number, sinceMs: number | undefined): Admission {
    if (sessionOf(requestId) === ALL_SESSIONS) return 'execute';
    const seen = this.window.get(requestId);
    if (seen === 'under-way') return 'wait';
    if (seen !== undefined) return this.#answer(requestId, seen.index, seen.place);
    if (sinceMs === undefined || sinceMs - CLOCKS_DIFFER_MS > this.window.coveredSinceMs)
      return 'execute';
    return this.#unknown('it is too long ago for this replica to tell');
  }

  #answer(requestId: number, index: number, place: number): Admission {
    const { journal } = this.#raft;
    const entry = index < journal.firstIndex ? undefined : journal.read(index);
    if (entry === undefined) return this.#unknown('the log no longer holds its answer');
    const record = decodeEntry(entry.payload)[place];
    // Its own command: the answer comes with a later entry.
    if (record !== undefined && record.recordType !== 'COMMAND')
      this.#gate.addAnswer(requestId, record);
    return 'wait';
  }

  #unknown(why: string): Refusal {
    return {
      code: 'UNAVAILABLE',
      retry: false,
      message:
        `Expected partition ${this.#partitionId} to answer a request that was sent again after a change of leader, ` +
        `but the outcome is unknown: ${why}. Look whether it took effect before you repeat it.`,
    };
  }
}
