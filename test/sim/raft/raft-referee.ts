// Knows what every member of a Raft group has said, and compares: what Raft promises, checked from outside.
// Guarantees: every broken promise is named at the moment it can be seen.
// Leaves to others: telling it everything.
import { crc32 } from 'node:zlib';
import type { Entry } from '@millrace/raft';
import type { World } from '../world/world.ts';

interface Committed {
  readonly term: number;
  /** The term in which it was committed: that of whoever said so first, or later. */
  readonly inTerm: number;
  readonly crc: number;
  /** Who said so first. */
  readonly member: number;
}

/** What a member's log can be asked. */
interface LogOfMember {
  readonly firstIndex: number;
  readonly lastIndex: number;
  termAt(index: number): number | undefined;
}

export class RaftReferee {
  readonly #world: World;
  readonly #committed: Committed[] = [];
  readonly #leaders = new Map<number, number>();
  /** Sum of the state by index. */
  readonly #states = new Map<number, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** The newest entry that anybody has called committed. */
  get committedIndex(): number {
    return this.#committed.length;
  }

  get terms(): number {
    return this.#leaders.size;
  }

  /** At most one leader in a term; and it has every committed entry (Raft paper, figure 3). */
  leads(member: number, term: number, log: LogOfMember): void {
    const other = this.#leaders.get(term);
    if (other !== undefined && other !== member) {
      this.#world.fail('one leader per term', `${member} and ${other} both lead term ${term}`);
    }
    this.#leaders.set(term, member);
    for (let index = this.committedIndex; index >= log.firstIndex; index--) {
      const expected = this.#committed[index - 1]!;
      // What was committed in a later term, also of an older entry, binds later leaders only (Raft paper, 5.4.2).
      if (expected.inTerm > term) continue;
      const found = log.termAt(index);
      if (found === expected.term) return;
      const what = `${member} leads term ${term} with term ${found} at entry ${index}, which is committed with term ${expected.term}`;
      return this.#world.fail('a leader has all that is committed', what);
    }
  }

  /** A member calls the entry committed: everybody must call the same one so. */
  committed(member: number, entry: Entry, inTerm: number): void {
    const { index, term, kind, payload } = entry;
    const crc = crc32(payload, kind);
    const known = this.#committed[index - 1];
    if (known === undefined) {
      if (index !== this.#committed.length + 1) {
        const what = `${member} applies ${index}, and nobody has committed ${this.#committed.length + 1}`;
        return this.#world.fail('entries are committed in order', what);
      }
      this.#committed.push({ term, inTerm, crc, member });
      this.#world.note(payload);
      return;
    }
    if (known.term === term && known.crc === crc) return;
    const what = `entry ${index} is ${term}/${crc} at ${member}, and was ${known.term}/${known.crc} at ${known.member}`;
    this.#world.fail('committed entries do not change', what);
  }

  /** The state of a member after the entry: equal for all. */
  state(member: number, index: number, sum: number): void {
    const known = this.#states.get(index);
    if (known === undefined) this.#states.set(index, sum);
    else if (known !== sum)
      this.#world.fail('replicas are equal', `the state of ${member} at entry ${index} differs`);
  }

  /** A reader was told that it sees everything that was committed when it asked. */
  read(member: number, index: number, committedWhenAsked: number): void {
    if (index >= committedWhenAsked) return;
    const what = `${member} says that ${index} is enough, and ${committedWhenAsked} was committed before the question`;
    this.#world.fail('reads are not stale', what);
  }
}
