// A run of a simulated group under faults drawn from a seed, and then without faults until it has recovered.
// Guarantees: the invariants are looked at in every step; the same seed gives the same run.
// Leaves to others: how many seeds.

import { describeEffects, describeEvent } from '../core/describe.ts';
import type { RaftEffects } from '../core/effects.ts';
import type { RaftEvent } from '../core/events.ts';
import type { Member } from '../core/state.ts';
import { Invariants } from './invariants.ts';
import { drawActions, type RandomAction, type Theme } from './random-actions.ts';
import { recover, workWithout } from './recovery.ts';
import { SeededRandom } from './seeded-random.ts';
import { SimulatedGroup } from './simulated-group.ts';
import type { SimulatedMember } from './simulated-member.ts';

export interface RunOptions {
  readonly seed: number;
  /** Actions under faults; 1,000 unless said otherwise. */
  readonly actionCount?: number;
  /** Called with one line per step of a member. */
  readonly trace?: (line: string) => void;
}

/** What happened, so that a test can tell that its runs were worth something. */
export interface RunCounts {
  leaders: number;
  commits: number;
  crashes: number;
  changes: number;
  transfers: number;
  checkpoints: number;
  reads: number;
  fullDisks: number;
  /** Whether the group also had to work while one member was hampered. */
  hampered: number;
  /** Ticks from the end of all faults until everything was committed everywhere. */
  recoveryTicks: number;
}

/** Half of the runs are about anything, the others about one thing. */
const themeDeck: readonly Theme[] = [
  ...Array<Theme>(4).fill('anything'),
  'churn',
  'members',
  'members',
  'stale',
  'checkpoints',
];

/** Runs one seed. Throws InvariantError when something does not hold, or when the group does not recover. */
export function randomRun(options: RunOptions): RunCounts {
  const run = new RandomRun(options);
  for (let left = options.actionCount ?? 1_000; left > 0; left--) run.act();
  workWithout(run);
  recover(run);
  return run.counts;
}

export class RandomRun {
  readonly random: SeededRandom;
  readonly group: SimulatedGroup;
  readonly invariants = new Invariants();
  readonly counts: RunCounts = {
    leaders: 0,
    commits: 0,
    crashes: 0,
    changes: 0,
    transfers: 0,
    checkpoints: 0,
    reads: 0,
    fullDisks: 0,
    hampered: 0,
    recoveryTicks: 0,
  };
  readonly #trace: ((line: string) => void) | undefined;
  /** Actions with what each adds to the sum of all weights so far. */
  readonly #actions: { readonly upTo: number; readonly action: RandomAction }[] = [];
  readonly theme: Theme;
  #newestTerm = 0;
  #nextRead = 1;

  constructor({ seed, trace }: RunOptions) {
    this.#trace = trace;
    this.random = new SeededRandom(seed);
    this.theme = this.random.pick(themeDeck);
    const size = this.theme === 'churn' ? 5 : this.random.pick([3, 3, 5]);
    const members = Array.from({ length: size }, (_, i): Member => {
      return { id: i + 1, type: 'voter', priority: this.random.below(3) };
    });
    this.group = new SimulatedGroup(
      { members, waiting: [size + 1, size + 2], limits: this.#drawLimits() },
      {
        stepped: (member, event, effects) => this.#stepped(member, event, effects),
        sent: (packet) => this.invariants.sent(packet),
      },
    );
    this.invariants.watch(this.group);
    this.#drawWeights();
    const savesVotesLate = this.random.chance(0.3);
    for (const member of this.group.members.values()) {
      member.savesVotesLate = savesVotesLate;
      member.entropy = this.random.next;
      member.start();
    }
  }

  #drawLimits() {
    return {
      electionTicks: this.random.pick([5, 10]),
      heartbeatTicks: this.random.pick([1, 2]),
      appendBytesMax: this.theme === 'churn' ? 1 : this.random.pick([1, 400, 100_000]),
      inFlightBytesMax: this.random.pick([1, 1_000, 1_000_000]),
    };
  }

  #drawWeights(): void {
    let sum = 0;
    for (const { weight, action } of drawActions(this.theme, this.random)) {
      sum += weight;
      this.#actions.push({ upTo: sum, action });
    }
  }

  get up(): SimulatedMember[] {
    return [...this.group.members.values()].filter((member) => member.state !== null);
  }

  get leaders(): SimulatedMember[] {
    return this.up.filter((member) => member.state?.role === 'leader');
  }

  nextRead(): number {
    return this.#nextRead++;
  }

  act(): void {
    const at = this.random.next() * (this.#actions.at(-1)?.upTo ?? 0);
    const before = this.counts.leaders;
    this.#actions.find(({ upTo }) => at < upTo)?.action(this);
    const isNew = this.counts.leaders > before;
    if (isNew && this.theme === 'churn' && this.random.chance(0.5)) this.#churn();
    if (this.random.chance(0.1)) this.invariants.logsMatch();
  }

  /** The newest leader falls before anybody has its entry. */
  #churn(): void {
    const newest = this.leaders.find((leader) => leader.state?.term === this.#newestTerm);
    if (newest === undefined) return;
    this.counts.crashes++;
    this.group.crash(newest.id, 1);
  }

  #stepped(member: SimulatedMember, event: RaftEvent, effects: RaftEffects): void {
    if (this.#trace !== undefined) {
      this.#trace(`${member.id} ${describeEvent(event)} -> ${describeEffects(effects).join('; ')}`);
    }
    this.invariants.stepped(member, event, effects);
    const { counts } = this;
    if (effects.becameRole?.role === 'leader') {
      counts.leaders++;
      this.#newestTerm = effects.becameRole.term;
    }
    if (effects.committedUpTo !== null) counts.commits++;
    if (effects.checkpointPiece === 'take') counts.checkpoints++;
    if (event.kind === 'change-members' && effects.accepted !== null) counts.changes++;
    counts.reads += effects.readsReady.length;
  }

  restart(member: SimulatedMember): void {
    this.invariants.restarted(member);
    member.start();
  }

  emptyDisk(member: SimulatedMember): void {
    member.diskFull = false;
    if (member.state?.disk === 'full') member.happen({ kind: 'disk-changed', condition: 'ok' });
  }
}
