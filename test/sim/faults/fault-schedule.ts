// Draws the faults of a run from its seed.
// Guarantees: not every run has every kind, so that some runs go far into one kind of trouble; only a few machines, the
// victims, lose data that they had made durable, and those are a minority, because nobody promises to survive more.
// Leaves to others: carrying it out.
import type { SeededRandom } from '../seeded-random.ts';
import type { Fault, FaultKind } from './fault.ts';

export interface ScheduleOptions {
  readonly machines: readonly number[];
  readonly fromMs: number;
  readonly toMs: number;
  /** How often each kind comes when it is drawn; a kind that is not named does not come. */
  readonly weights: Readonly<Partial<Record<FaultKind, number>>>;
  /** Faults per virtual second, at the most. */
  readonly perSecondMax: number;
  /** How many machines may lose what they had made durable. */
  readonly victims: number;
  /** Without a leader for so long somebody stands for election, ms. */
  readonly electionMs: number;
}

/** Kinds after which something that was durable is gone. */
const DAMAGING: readonly FaultKind[] = ['bit-rot', 'lost-data'];
/** Kinds that may strike who leads, or who has just begun to. */
const STRIKING: readonly FaultKind[] = ['kill', 'crash', 'stop', 'pause', 'isolate', 'slow-disk'];
/** Kinds that need somebody else. */
const BETWEEN: readonly FaultKind[] = ['cut', 'isolate', 'slow-link', 'lost-connections'];

/** Share of the runs in which one new leader after the other is struck. */
const HUNTS = 0.3;

export function drawFaults(seed: SeededRandom, options: ScheduleOptions): Fault[] {
  const random = seed.fork('faults');
  if (random.chance(HUNTS) && options.machines.length > 2) return drawHunt(random, options);
  const { machines, fromMs, toMs } = options;
  const weights = chosenWeights(random, options.weights);
  const victims = random.shuffled(machines).slice(0, options.victims);
  const meanGapMs = 1000 / random.within(options.perSecondMax / 10, options.perSecondMax);
  const newLeader = random.pick([0, 1, 6]);
  const faults: Fault[] = [];
  if (Object.keys(weights).length === 0) return faults;
  for (let atMs = fromMs; ; ) {
    atMs += random.around(meanGapMs);
    if (atMs >= toMs) return faults;
    const kind = random.weighted(weights as Record<FaultKind, number>);
    if (DAMAGING.includes(kind) && victims.length === 0) continue;
    if (BETWEEN.includes(kind) && machines.length === 1) continue;
    const machine = random.pick(DAMAGING.includes(kind) ? victims : machines);
    const fault = drawFault(random, kind, { id: faults.length, atMs, machine, machines });
    const strikes = random.weighted({ machine: 2, leader: 1, 'new-leader': newLeader });
    faults.push(
      strikes === 'machine' || !STRIKING.includes(kind) ? fault : ({ ...fault, strikes } as Fault),
    );
  }
}

/** Every new leader is struck soon, and comes back while others stand for election. */
function drawHunt(random: SeededRandom, options: ScheduleOptions): Fault[] {
  const { machines, fromMs, toMs, electionMs } = options;
  const faults: Fault[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += random.around(electionMs * 2)) {
    const kind = random.pick(['kill', 'isolate', 'isolate', 'crash'] as const);
    const machine = random.pick(machines);
    const forMs = random.within(0.2, 6) * electionMs;
    // Somebody has to make room first.
    const strikes = random.chance(0.3) || faults.length === 0 ? 'leader' : 'new-leader';
    const struck = { id: faults.length, atMs, forMs, machine, strikes } as const;
    faults.push(kind === 'isolate' ? { kind, ...struck, isOneWay: false } : { kind, ...struck });
  }
  return faults;
}

function chosenWeights(
  random: SeededRandom,
  weights: ScheduleOptions['weights'],
): Partial<Record<FaultKind, number>> {
  const chosen: Partial<Record<FaultKind, number>> = {};
  for (const [kind, weight] of Object.entries(weights) as [FaultKind, number][]) {
    // The draw is made in any case, so that one kind more or less does not change the others.
    const [isIn, factor] = [random.chance(0.6), random.within(0.2, 2)];
    if (isIn) chosen[kind] = weight * factor;
  }
  return chosen;
}

interface Drawing {
  readonly id: number;
  readonly atMs: number;
  readonly machine: number;
  readonly machines: readonly number[];
}

function drawFault(random: SeededRandom, kind: FaultKind, drawing: Drawing): Fault {
  const { id, atMs, machine, machines } = drawing;
  const timed = { id, atMs, forMs: durationMs(random, kind) };
  switch (kind) {
    case 'cut':
      return { kind, ...timed, ...drawCut(random, machines, machine) };
    case 'slow-link': {
      const to = random.pick(machines);
      return { kind, ...timed, from: machine, to, byMs: random.around(60) };
    }
    case 'change':
      return { kind, ...timed };
    case 'slow-disk':
      return { kind, ...timed, machine, factor: random.pick([10, 50, 200, 1000]) };
    case 'bit-rot':
      return { kind, ...timed, machine, bits: random.between(1, 6) };

    case 'clock-step':
      return { kind, ...timed, machine, byMs: Math.round(random.within(-20_000, 20_000)) };
    case 'isolate':
      return { kind, ...timed, machine, isOneWay: random.chance(0.3) };
    default:
      return { kind, ...timed, machine };
  }
}

/** Short ones that are over before anybody notices, and long ones. */
function durationMs(random: SeededRandom, kind: FaultKind): number {
  const isLong = random.chance(0.3);
  if (kind === 'lost-connections' || kind === 'change') return 0;
  return isLong ? random.within(2_000, 8_000) : random.around(400);
}

function drawCut(random: SeededRandom, machines: readonly number[], machine: number) {
  const isOneWay = random.chance(0.4);
  const others = machines.filter((other) => other !== machine);
  const shape = random.weighted({ alone: 3, pair: 2, halves: 2 });
  if (shape === 'alone') {
    const isOut = random.chance(0.5);
    return { left: isOut ? [machine] : others, right: isOut ? others : [machine], isOneWay };
  }
  if (shape === 'pair') return { left: [machine], right: [random.pick(others)], isOneWay };
  const order = random.shuffled(machines);
  const size = random.between(1, machines.length - 1);
  return { left: order.slice(0, size), right: order.slice(size), isOneWay };
}
