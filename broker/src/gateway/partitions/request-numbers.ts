// The numbers of this gateway's requests and job streams (protocol's request-ids).
//
// Guarantees: no number is given twice in the life of the process; when a session has no more numbers, a new one begins, and
// what bears numbers of the older ones is still recognised as ours.
// Leaves to others: that no other living gateway has the same session.
import { COUNT_MAX, drawSession, requestIdOf } from '@millrace/protocol';

export class RequestNumbers {
  #session: number;
  #count = 0;
  readonly #countMax: number;
  readonly #own = new Set<number>();
  readonly #random: () => number;
  /** Called when a new session has begun, before its first number is given. */
  onRenewed: () => void = () => {};

  /**
   * @param session the first one, drawn by the caller
   * @param random numbers in [0, 1), for later sessions
   * @param countMax largest count of one session
   */
  constructor(session: number, random: () => number, countMax: number = COUNT_MAX) {
    this.#session = session;
    this.#random = random;
    this.#countMax = countMax;
    this.#own.add(session);
  }

  /** The one that counts now. */
  get session(): number {
    return this.#session;
  }

  next(): number {
    if (this.#count > this.#countMax) this.renew();
    return requestIdOf(this.#session, this.#count++);
  }

  /** Whether the session is or was this gateway's. */
  owns(session: number): boolean {
    return session === this.#session || this.#own.has(session);
  }

  /** Begins a new session. */
  renew(): void {
    do this.#session = drawSession(this.#random());
    while (this.#own.has(this.#session));
    this.#own.add(this.#session);
    this.#count = 0;
    this.onRenewed();
  }
}
