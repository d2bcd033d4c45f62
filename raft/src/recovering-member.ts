// A member whose folder was lost: when it may count again.
// Guarantees: it counts for nothing until it has, durable, everything that it may ever have acknowledged, and until no vote
// that it forgot can still matter.
// Leaves to others: keeping it out of every majority meanwhile (core/), and telling a lost folder from a new one (the caller
// of openRaftNode).
//
// The rule. Raft stands on votes and acknowledgements that are not forgotten. A member that forgot them
//   1 finds a leader that a majority without it confirms after its own start (a linearizable read, Raft thesis 6.4, in which
//     its own answer is not counted): so no leader of an older term can use its new acknowledgements;
//   2 catches up, committed and durable, to where that leader's log ended at that time: what it once acknowledged to this or
//     an earlier leader is not behind that, even if the acknowledgement is still on its way;
//   3 waits at least twice the longest election: a candidate for whom it voted before has won or given up by then.
// In a group of two voters the other one alone is what every majority had in common with this member, and it has not forgotten:
// only the third holds there, because nobody else could confirm anything.
import type { RaftEvent } from './core/events.ts';
import type { RaftState } from './core/state.ts';
import type { Timers } from './timers.ts';

/** Reads of this member's own; those of its users count upwards. */
const ownReadId = 2 ** 32;
/** Ticks between two questions to the leader. */
const askTicks = 10;

export class RecoveringMember {
  readonly #state: RaftState;
  readonly #timers: Timers;
  readonly #readyMs: number;
  #nextId: number;
  /** The question that waits for its answer, and where the leader said that its log ends. */
  #asked: number | null = null;
  #leaderLastIndex = 0;
  #ticks = 0;
  /** Where the log must have got to; null until a confirmed leader has said it. */
  #target: number | null = null;

  /** @param random a number in [0, 1): a late answer to an earlier opening of this member must not fit a question of this one */
  constructor(state: RaftState, timers: Timers, electionMs: number, random: number) {
    this.#state = state;
    this.#nextId = ownReadId + Math.floor(random * 2 ** 31);
    this.#timers = timers;
    this.#readyMs = timers.monotonicMs() + 4 * electionMs;
  }

  /** What to ask or tell the core at a tick, null for nothing. */
  tick(): RaftEvent | null {
    const { leader, id } = this.#state;
    if (this.#isReady()) return { kind: 'recovered' };
    this.#ticks++;
    if (this.#target !== null || leader === null || leader === id) return null;
    if (this.#asked !== null && this.#ticks < askTicks) return null;
    this.#ticks = 0;
    this.#asked = this.#nextId++;
    this.#leaderLastIndex = 0;
    return { kind: 'read', id: this.#asked };
  }

  /** A leader's answer to a read came in, which ended its log there. */
  answered(id: number, lastIndex: number): void {
    if (id === this.#asked) this.#leaderLastIndex = lastIndex;
  }

  /** The core found the answer good, or refused the question. Answers whether it was this one's. */
  readEnded(id: number, index: number | null): boolean {
    if (id < ownReadId) return false;
    if (id !== this.#asked) return true;
    this.#asked = null;
    if (index !== null) this.#target = Math.max(index, this.#leaderLastIndex);
    return true;
  }

  #isReady(): boolean {
    if (this.#timers.monotonicMs() < this.#readyMs) return false;
    if (this.#isOfTwo()) return true;
    const { commitIndex, durableIndex } = this.#state;
    return this.#target !== null && Math.min(commitIndex, durableIndex) >= this.#target;
  }

  #isOfTwo(): boolean {
    const { members, oldMembers } = this.#state.configuration;
    const voters = members.filter(({ type }) => type === 'voter');
    return (
      oldMembers === null && voters.length === 2 && voters.some((m) => m.id === this.#state.id)
    );
  }
}
