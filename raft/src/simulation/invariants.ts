// What must hold in a group at every moment, whatever happens to it.
// Guarantees: it looks at disks and messages from outside and believes no member; the first breach throws.
// Leaves to others: making things happen.
import type { RaftEffects } from '../core/effects.ts';
import type { RaftEvent } from '../core/events.ts';
import type { RaftMessage } from '../core/messages.ts';
import type { Configuration, LogIndex, MemberId, RaftState, Term } from '../core/state.ts';
import type { Packet, SimulatedGroup } from './simulated-group.ts';
import type { SimulatedMember } from './simulated-member.ts';

export class InvariantError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantError';
  }
}

function must(holds: boolean, message: () => string): void {
  if (!holds) throw new InvariantError(message());
}

export class Invariants {
  /** Term of each entry that anyone called committed, by index; slot 0 is unused. */
  readonly committed: Term[] = [0];
  /** The term in which it was first called so. */
  readonly #committedIn: Term[] = [0];
  readonly #leaders = new Map<Term, MemberId>();
  readonly #votes = new Map<string, MemberId>();
  readonly #terms = new Map<MemberId, Term>();
  readonly #reads = new Map<string, LogIndex>();
  #group: SimulatedGroup | null = null;

  watch(group: SimulatedGroup): void {
    this.#group = group;
  }

  /** A process that starts again may have forgotten a term that it told nobody. */
  restarted(member: SimulatedMember): void {
    this.#terms.delete(member.id);
  }

  stepped(member: SimulatedMember, event: RaftEvent, effects: RaftEffects): void {
    const { state, id } = member;
    if (state === null) return;
    must(state.term >= (this.#terms.get(id) ?? 0), () => `member ${id} went back in terms`);
    this.#terms.set(id, state.term);
    must(state.commitIndex <= state.log.lastIndex, () => `member ${id} commits beyond its log`);
    must(state.durableIndex <= state.log.lastIndex, () => `member ${id}: durable beyond its log`);
    for (const { message } of effects.sendNow) this.#mustBeDurable(member, message);
    if (event.kind === 'read') this.#reads.set(`${id}:${event.id}`, this.committed.length - 1);
    if (effects.becameRole?.role === 'leader') this.#leads(member);
    if (effects.committedUpTo !== null) this.#commits(member, effects);
    for (const ready of effects.readsReady) this.#readReady(member, ready);
    if (state.leadership !== null) {
      must(this.#leaders.get(state.term) === id, () => `member ${id} leads unannounced`);
    }
  }

  #readReady(
    { id }: SimulatedMember,
    ready: { readonly id: number; readonly index: LogIndex },
  ): void {
    const least = this.#reads.get(`${id}:${ready.id}`) ?? 0;
    must(ready.index >= least, () => {
      return `read ${ready.id} of member ${id} at ${ready.index}; ${least} was committed before`;
    });
  }

  /** Election safety and leader completeness (Raft paper, figure 3). */
  #leads({ id, state }: SimulatedMember): void {
    if (state === null) return;
    const { term, log } = state;
    const before = this.#leaders.get(term) ?? id;
    must(before === id, () => `members ${before} and ${id} both lead in term ${term}`);
    this.#leaders.set(term, id);
    for (let index = log.firstIndex; index < this.committed.length; index++) {
      // A late vote may still make a leader of an earlier term; it will commit nothing.
      if ((this.#committedIn[index] as Term) >= term) break;
      must(log.termAt(index) === this.committed[index], () => {
        return `member ${id} leads in term ${term} without committed entry ${index}`;
      });
    }
  }

  /** State machine safety: nobody ever applies another entry at the same place. */
  #commits(member: SimulatedMember, effects: RaftEffects): void {
    const { id, state, disk } = member;
    const upTo = effects.committedUpTo as LogIndex;
    if (state === null) return;
    for (let index = Math.max(1, state.log.firstIndex); index <= upTo; index++) {
      const term = state.log.termAt(index) as Term;
      const known = this.committed[index];
      if (known === undefined) this.#newlyCommitted(id, state, index, term);
      else must(known === term, () => `member ${id} commits ${index}/${term}, it was ${known}`);
    }
    // Copies of older entries do not count: a later leader may still replace them (Raft paper, 5.4.2 and figure 8).
    must(state.leadership === null || state.log.termAt(upTo) === state.term, () => {
      return `leader ${id} of term ${state.term} commits an entry of another term at ${upTo}`;
    });
    // A leader may commit what its own disk does not have yet, and step down with that.
    if (state.leadership === null && effects.becameRole === null) {
      must(upTo <= disk.durableIndex, () => `follower ${id} commits ${upTo} before it is durable`);
    }
  }

  #newlyCommitted(id: MemberId, state: RaftState, index: LogIndex, term: Term): void {
    must(index === this.committed.length, () => `member ${id} commits ${index} with a gap`);
    this.committed.push(term);
    this.#committedIn.push(state.term);
    this.#mustBeSafe(state.configuration, index, term);
  }

  /** Committed means: on the disks of a majority, of both lists while there are two. */
  #mustBeSafe({ members, oldMembers }: Configuration, index: LogIndex, term: Term): void {
    for (const list of oldMembers === null ? [members] : [members, oldMembers]) {
      const voters = list.filter((m) => m.type === 'voter');
      const holders = voters.filter((m) => this.#holds(m.id, index, term));
      must(2 * holders.length > voters.length, () => {
        return `entry ${index}/${term} is committed on the disks of ${holders.length} of ${voters.length}`;
      });
    }
  }

  #holds(id: MemberId, index: LogIndex, term: Term): boolean {
    const member = this.#group?.members.get(id);
    if (member === undefined) return false;
    const { disk } = member;
    if (index <= disk.base.index) return true;
    return index <= disk.durableIndex && member.entryAt(index)?.term === term;
  }

  /** What leaves at once may claim no term and no vote that is not on the disk before this step's write. */
  #mustBeDurable({ id, disk }: SimulatedMember, message: RaftMessage): void {
    if (message.kind === 'pre-vote') return;
    const { term, votedFor } = disk.vote;
    const logTerm = disk.entries.at(-1)?.term ?? disk.base.term;
    must(message.term <= Math.max(term, logTerm), () => {
      return `member ${id} speaks in term ${message.term}, on its disk is ${term}`;
    });
    if (message.kind === 'vote' || (message.kind === 'vote-answer' && message.granted)) {
      must(message.term === term && votedFor !== null, () => `member ${id} votes off the record`);
    }
  }

  /** What a message promises must be on the disk that it comes from. */
  sent({ from, to, message }: Packet): void {
    const disk = this.#group?.members.get(from)?.disk;
    if (disk === undefined) return;
    if (message.kind === 'append-answer' && message.accepted) {
      must(message.index <= disk.durableIndex, () => {
        return `member ${from} acknowledges ${message.index}, durable is ${disk.durableIndex}`;
      });
    }
    if (message.kind === 'vote') this.#voted(from, message.term, from);
    if (message.kind === 'vote-answer' && message.granted) this.#voted(from, message.term, to);
  }

  /** A vote as the network sees it: one candidate in a term, the voter itself included. */
  #voted(voter: MemberId, term: Term, candidate: MemberId): void {
    const key = `${voter}@${term}`;
    const before = this.#votes.get(key) ?? candidate;
    must(before === candidate, () => {
      return `member ${voter} votes for ${before} and for ${candidate} in term ${term}`;
    });
    this.#votes.set(key, candidate);
  }

  /** Log matching (Raft paper, figure 3): one common entry makes everything before it common. */
  logsMatch(): void {
    const all = [...(this.#group?.members.values() ?? [])];
    for (const [at, one] of all.entries()) {
      for (const other of all.slice(at + 1)) this.#pairMatches(one, other);
    }
  }

  #pairMatches(one: SimulatedMember, other: SimulatedMember): void {
    let isCommon = false;
    const floor = Math.max(one.disk.base.index, other.disk.base.index);
    for (let index = Math.min(one.lastIndex, other.lastIndex); index > floor; index--) {
      const same = one.entryAt(index)?.term === other.entryAt(index)?.term;
      must(same || !isCommon, () => {
        return `members ${one.id} and ${other.id} differ at ${index} and agree behind it`;
      });
      isCommon ||= same;
    }
  }
}
