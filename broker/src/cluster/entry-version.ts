// The version in which log entries are written: the newest that every broker of the cluster reads, so that a broker of the next
// release can join while others still run the one before (a rolling upgrade).
//
// Guarantees: never newer than what each member has shown; a member that was never heard of counts as the oldest. Once a log holds
// entries of a version, its partition goes on with it (partition/repeated-requests.ts): all had it then.
import { ENTRY_VERSION_MAX, ENTRY_VERSION_MIN } from '@millrace/protocol';

export class EntryVersion {
  readonly #own: number;
  readonly #nodeId: number;
  readonly #heard = new Map<number, number>();

  /** @param own the newest version that this broker reads and writes */
  constructor(nodeId: number, own: number = ENTRY_VERSION_MAX) {
    this.#nodeId = nodeId;
    this.#own = own;
  }

  /** A broker has shown the newest version that it reads. */
  heard(nodeId: number, logVersion: number): void {
    this.#heard.set(nodeId, logVersion);
  }

  /** The newest version that all of these brokers read. */
  newest(members: readonly number[]): number {
    let version = this.#own;
    for (const nodeId of members) {
      if (nodeId === this.#nodeId) continue;
      version = Math.min(version, this.#heard.get(nodeId) ?? ENTRY_VERSION_MIN);
    }
    return version;
  }
}
