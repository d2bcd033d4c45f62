// Requests to a member whose answers come later: reads, a handing over of leadership, a change of members.
// Guarantees: every promise given out is settled, at the latest when the member closes or fails.
// Leaves to others: the answers themselves (the core).
import type { RefusalReason, RefusedRequest } from './core/effects.ts';
import { type MemberId, MembershipError, type RaftState } from './core/state.ts';
import { NotLeaderError } from './raft-node-options.ts';

interface Waiter<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

interface Transfer extends Waiter<void> {
  readonly to: MemberId;
}

interface Change extends Waiter<void> {
  /** The entry with which the change begins; null until it is appended. */
  index: number | null;
}

const reasons: { readonly [R in RefusalReason]: string } = {
  'not-leader': 'no leader is known',
  'leadership-lost': 'leadership was lost meanwhile',
  'no-answer': 'the leader did not answer in time',
  transferring: 'leadership is being handed over',
  'not-a-member': 'it is no voter of the group',
  'member-not-ready': 'it cannot lead now: its disk is full, or it is still catching up',
  'not-ready': 'the term has only just begun; ask again',
  'change-running': 'another change of members has not ended',
  unchanged: 'nothing would change',
  'invalid-members': 'a member is named twice, or no voter is left',
};

/** What a refusal means, as the end of a sentence. */
export function reasonText(reason: RefusalReason): string {
  return reasons[reason];
}

/** Questions are counted from a random number below this one. */
const firstReadIds = 2 ** 31;

export class PendingRequests {
  readonly #state: RaftState;
  readonly #reads = new Map<number, Waiter<number>>();
  #nextReadId: number;
  #transfer: Transfer | null = null;
  #change: Change | null = null;

  /** @param random a number in [0, 1): a late answer to an earlier opening of this member must not fit a question of this one */
  constructor(state: RaftState, random: number) {
    this.#state = state;
    this.#nextReadId = 1 + Math.floor(random * firstReadIds);
  }

  read(): { readonly id: number; readonly promise: Promise<number> } {
    const id = this.#nextReadId++;
    const promise = new Promise<number>((resolve, reject) => {
      this.#reads.set(id, { resolve, reject });
    });
    return { id, promise };
  }

  /** Null if leadership is being handed over already. */
  transfer(to: MemberId): Promise<void> | null {
    if (this.#transfer !== null) return null;
    return new Promise((resolve, reject) => {
      this.#transfer = { to, resolve, reject };
    });
  }

  /** Null if another change waits. */
  change(): Promise<void> | null {
    if (this.#change !== null) return null;
    return new Promise((resolve, reject) => {
      this.#change = { index: null, resolve, reject };
    });
  }

  readReady(id: number, index: number): void {
    this.#reads.get(id)?.resolve(index);
    this.#reads.delete(id);
  }

  changeAppended(index: number): void {
    if (this.#change !== null) this.#change.index ??= index;
  }

  /** The entry with which the change begins could not be written. */
  changeNotAppended(): void {
    if (this.#change === null || this.#change.index !== null) return;
    this.#endChange(new MembershipError('The change of members could not be written to the log.'));
  }

  refused(request: RefusedRequest, id: number, reason: RefusalReason): void {
    const { leader } = this.#state;
    const text = reasonText(reason);
    if (request === 'read') {
      this.#reads.get(id)?.reject(new NotLeaderError(leader, `The read was refused: ${text}`));
      this.#reads.delete(id);
    } else if (request === 'transfer') {
      const { to } = this.#transfer ?? {};
      this.#endTransfer(
        reason === 'not-leader'
          ? new NotLeaderError(leader, 'Only the leader can hand leadership over')
          : new MembershipError(`Leadership cannot go to member ${to}: ${text}.`),
      );
    } else if (request === 'change-members') {
      if (reason === 'unchanged') this.#endChange(null);
      else if (reason === 'not-leader') {
        this.#endChange(new NotLeaderError(leader, 'Only the leader can change the members'));
      } else this.#endChange(new MembershipError(`The members cannot be changed: ${text}.`));
    }
  }

  transferAborted(): void {
    const { to } = this.#transfer ?? {};
    this.#endTransfer(
      new MembershipError(
        `Member ${to} did not take over leadership in time; this member leads on.`,
      ),
    );
  }

  /** After every step that may have ended something. */
  settle(): void {
    const { role, leader, id, configuration, commitIndex } = this.#state;
    const { index } = this.#change ?? {};
    if (index !== undefined && index !== null) {
      const isFinal = configuration.oldMembers === null && configuration.index >= index;
      if (isFinal && commitIndex >= configuration.index) this.#endChange(null);
      else if (role !== 'leader') {
        const text =
          'Leadership was lost before the change of members had ended; it may still take place';
        this.#endChange(new NotLeaderError(leader, text));
      }
    }
    if (this.#transfer === null || leader === null || leader === id) return;
    if (leader === this.#transfer.to) this.#endTransfer(null);
    else this.#endTransfer(new NotLeaderError(leader, 'Another member took over leadership'));
  }

  /** The transfer has had its time. */
  transferTimedOut(): void {
    const { to } = this.#transfer ?? {};
    const text = `Member ${to} was asked to take over leadership, and whether it did is not known`;
    this.#endTransfer(new NotLeaderError(this.#state.leader, text));
  }

  /** No answer will come any more. */
  close(why: string): void {
    const error = () => new NotLeaderError(null, why);
    for (const waiter of this.#reads.values()) waiter.reject(error());
    this.#reads.clear();
    this.#endTransfer(error());
    this.#endChange(error());
  }

  #endTransfer(error: Error | null): void {
    const transfer = this.#transfer;
    this.#transfer = null;
    if (error === null) transfer?.resolve();
    else transfer?.reject(error);
  }

  #endChange(error: Error | null): void {
    const change = this.#change;
    this.#change = null;
    if (error === null) change?.resolve();
    else change?.reject(error);
  }
}
