// What a group must do once the faults end: first while a minority is still in trouble, then with everyone.
// Guarantees: a group whose majority works well elects, keeps its leader and commits, within bounded ticks.
// Leaves to others: the faults before (random-run.ts).
import { EntryKind } from '../core/entry-kind.ts';
import type { Configuration, MemberId } from '../core/state.ts';
import { InvariantError } from './invariants.ts';
import { failCheckpoint } from './random-actions.ts';
import type { RandomRun } from './random-run.ts';
import type { SimulatedMember } from './simulated-member.ts';

/** Ticks within which a group whose majority works has a leader that stays, and one that works wholly has recovered. */
const recoveryTicks = 200;

/** Ticks at the end of that during which the leader must not change any more. */
const steadyTicks = 40;

/**
 * All faults end but those of one member: it is down, cut off, or deaf or dumb to one or all of the others. The rest must find
 * a leader, keep it, and commit.
 */
export function workWithout(run: RandomRun): void {
  endFaults(run);
  const bad = pickBad(run);
  if (bad === null) return;
  hamper(run, bad);
  const leader = run.leaders.at(-1);
  if (run.random.chance(0.5)) leader?.happen({ kind: 'transfer', to: bad.id });
  let leaders = 0;
  for (let tick = 1; tick <= recoveryTicks; tick++) {
    if (tick === recoveryTicks - steadyTicks) leaders = run.counts.leaders;
    allTick(run);
    if (tick % 20 === 0) failCheckpoint(run);
  }
  must(run.counts.leaders === leaders, 'the leader still changes');
  const index = propose(run);
  must(run.invariants.committed.length > index, 'a proposal is not committed by the others');
  run.counts.hampered++;
}

/** All faults end; everything must be committed on every member. */
export function recover(run: RandomRun): void {
  endFaults(run);
  for (let tick = 1; tick <= recoveryTicks; tick++) {
    allTick(run);
    if (tick % 20 === 0) {
      failCheckpoint(run);
      if (run.leaders.length > 0) propose(run);
      if (isRecovered(run)) {
        run.counts.recoveryTicks = tick;
        return;
      }
    }
  }
  throw new InvariantError(`no recovery within ${recoveryTicks} ticks`);
}

function must(holds: boolean, message: string): void {
  if (!holds) throw new InvariantError(message);
}

function endFaults(run: RandomRun): void {
  run.group.cut.clear();
  for (const member of run.group.members.values()) {
    member.isPaused = false;
    if (member.state === null) run.restart(member);
    run.emptyDisk(member);
  }
}

/** A member without which all configurations that anybody may believe in still have their majorities. */
function pickBad(run: RandomRun): SimulatedMember | null {
  const bad = run.random.pick([...run.group.members.values()]);
  const believed = run.up.flatMap((member) => member.state?.configurations ?? []);
  return believed.every((configuration) => canSpare(configuration, bad.id)) ? bad : null;
}

function canSpare({ members, oldMembers }: Configuration, id: MemberId): boolean {
  return [members, oldMembers ?? members].every((list) => {
    const voters = list.filter((m) => m.type === 'voter');
    const others = voters.filter((m) => m.id !== id).length;
    return voters.length === 0 || 2 * others > voters.length;
  });
}

function hamper({ random, group }: RandomRun, bad: SimulatedMember): void {
  const others = [...group.members.keys()].filter((id) => id !== bad.id);
  const [isDown, isDeaf, isDumb] = [random.chance(0.3), random.chance(0.6), random.chance(0.6)];
  const affected = random.chance(0.5) ? others : [random.pick(others)];
  if (isDown) group.crash(bad.id, 0);
  for (const id of affected) {
    if (isDeaf) group.cutLink(id, bad.id);
    if (isDumb) group.cutLink(bad.id, id);
  }
}

function allTick(run: RandomRun): void {
  for (const member of run.up) member.happen({ kind: 'tick' });
  settle(run);
}

function propose(run: RandomRun): number {
  const leader = run.leaders.at(-1);
  const event = { kind: 'propose', entryKind: EntryKind.records, bytes: 10 } as const;
  const accepted = leader?.happen(event)?.accepted;
  settle(run);
  return accepted?.index ?? Number.POSITIVE_INFINITY;
}

/** Delivers and syncs until nothing is left to do. */
function settle({ group, invariants }: RandomRun): void {
  for (let rounds = 0; rounds < 3_000; rounds++) {
    group.syncAll();
    if (group.packets.length === 0) {
      invariants.logsMatch();
      return;
    }
    for (const packet of group.packets.splice(0)) group.handOver(packet);
  }
  throw new InvariantError('the group does not come to rest');
}

/** One leader, which is a voter, no change of members under way, everything committed on all who belong to the group. */
function isRecovered({ leaders, group }: RandomRun): boolean {
  const leader = leaders[0];
  const state = leader?.state;
  if (state === undefined || state === null || leaders.length > 1) return false;
  const { configuration, commitIndex, log } = state;
  if (configuration.oldMembers !== null || state.leadership?.transferTo !== null) return false;
  if (!configuration.members.some((m) => m.id === state.id && m.type === 'voter')) return false;
  return configuration.members.every(({ id }) => {
    const other = group.member(id).state;
    return other?.commitIndex === commitIndex && other.log.lastIndex === log.lastIndex;
  });
}
