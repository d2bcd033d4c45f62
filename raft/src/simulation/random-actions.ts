// What may happen to a simulated group, each with how often.
// Guarantees: whatever is drawn only uses what a real driver, disk, network or machine could do.
// Leaves to others: the drawing (random-run.ts).

import { EntryKind } from '../core/entry-kind.ts';
import type { Member, MemberId } from '../core/state.ts';
import type { RandomRun } from './random-run.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedMember } from './simulated-member.ts';

export type RandomAction = (run: RandomRun) => void;

/** What goes on in every run, with how often. */
const ordinary = {
  deliver: { weight: 60, action: deliver },
  tick: { weight: 20, action: tick },
  sync: { weight: 25, action: sync },
  propose: { weight: 12, action: propose },
  read: { weight: 4, action: read },
  restart: { weight: 8, action: restart },
  mend: { weight: 2, action: mend },
} as const;

/** What a run may leave out, or do more often than others. */
const faults = {
  drop: { weight: 4, action: drop },
  duplicate: { weight: 4, action: duplicate },
  crash: { weight: 2, action: crash },
  cut: { weight: 2, action: cut },
  pause: { weight: 2, action: pause },
  transfer: { weight: 1, action: transfer },
  changeMembers: { weight: 4, action: changeMembers },
  compact: { weight: 3, action: compact },
  fillDisk: { weight: 0.3, action: fillDisk },
  stepDown: { weight: 0.5, action: stepDown },
  closeConnection: { weight: 1, action: closeConnection },
  failCheckpoint: { weight: 1, action: failCheckpoint },
} as const;

type FaultName = keyof typeof faults;

/**
 * What a run is about. `churn`: leaders fall as soon as they are elected, so that logs hold entries of many terms that few have
 * (Raft paper, figure 8).
 */
export type Theme = 'anything' | 'churn' | 'members' | 'stale' | 'checkpoints';

/** How much more than its weight a fault happens in a run of that theme; what is not named does not happen. */
const themes: Readonly<Record<Exclude<Theme, 'anything'>, Partial<Record<FaultName, number>>>> = {
  churn: { crash: 0.7 },
  members: { changeMembers: 3, crash: 1, cut: 0.7, drop: 0.5, compact: 0.3, stepDown: 1 },
  stale: { pause: 2, cut: 1, crash: 0.3, duplicate: 1, stepDown: 1, transfer: 1 },
  checkpoints: { compact: 3, duplicate: 2, cut: 1, pause: 1, failCheckpoint: 1, crash: 0.5 },
};

/** The actions of one run with their weights. */
export function drawActions(
  theme: Theme,
  random: SeededRandom,
): { readonly weight: number; readonly action: RandomAction }[] {
  const drawn: { weight: number; action: RandomAction }[] = Object.values(ordinary).slice();
  for (const name of Object.keys(faults) as FaultName[]) {
    const { weight, action } = faults[name];
    const share = theme === 'anything' ? random.pick([0, 0.3, 1, 3]) : (themes[theme][name] ?? 0);
    drawn.push({ weight: weight * share, action });
  }
  return drawn;
}

/** Leaders are where it hurts. */
function pickVictim({ random, up, leaders }: RandomRun): SimulatedMember | undefined {
  const from = leaders.length > 0 && random.chance(0.5) ? leaders : up;
  return from.length > 0 ? random.pick(from) : undefined;
}

function deliver({ random, group }: RandomRun): void {
  for (let left = 1 + random.below(8); left > 0; left--) {
    const packets = group.packets.filter(({ to }) => !group.member(to).isPaused);
    // Mostly in order, as over one connection, sometimes in any order.
    const packet = packets[random.chance(0.8) ? 0 : random.below(packets.length)];
    if (packet === undefined) return;
    group.deliver(packet);
  }
}

function drop({ random, group }: RandomRun): void {
  if (group.packets.length > 0) group.packets.splice(random.below(group.packets.length), 1);
}

function duplicate({ random, group }: RandomRun): void {
  const packet = group.packets.length > 0 ? random.pick(group.packets) : undefined;
  if (packet !== undefined && !group.member(packet.to).isPaused) group.handOver(packet);
}

function tick({ random, up }: RandomRun): void {
  const running = up.filter((member) => !member.isPaused);
  if (random.chance(0.7)) for (const member of running) member.happen({ kind: 'tick' });
  else if (running.length > 0) random.pick(running).happen({ kind: 'tick' });
}

/** Some disks end what they were doing, and begin with what has come since. */
function sync({ random, up }: RandomRun): void {
  for (const member of up) {
    if (member.isPaused || random.chance(0.5)) continue;
    member.endVoteSave();
    member.endSync();
    member.beginSync();
  }
}

function propose({ random, leaders }: RandomRun): void {
  if (leaders.length === 0) return;
  const bytes = random.pick([0, 10, 300]);
  random.pick(leaders).happen({ kind: 'propose', entryKind: EntryKind.records, bytes });
}

function read(run: RandomRun): void {
  const member = pickVictim(run);
  member?.happen({ kind: 'read', id: run.nextRead() });
}

function crash(run: RandomRun): void {
  const victim = pickVictim(run);
  if (victim === undefined) return;
  run.counts.crashes++;
  run.group.crash(victim.id, run.random.below(4));
  if (run.random.chance(0.5)) run.group.noticeClosed(victim.id);
}

function restart(run: RandomRun): void {
  const down = [...run.group.members.values()].filter((member) => member.state === null);
  if (down.length > 0) run.restart(run.random.pick(down));
}

function cut(run: RandomRun): void {
  const { random, group } = run;
  const ids = [...group.members.keys()];
  const victim = pickVictim(run)?.id ?? random.pick(ids);
  if (random.chance(0.3)) group.cutLink(victim, random.pick(ids));
  else split(run, new Set([victim, ...ids.filter(() => random.chance(0.2))]));
}

/** Nothing passes between the members of the set and the others. */
function split({ group }: RandomRun, side: ReadonlySet<MemberId>): void {
  for (const one of group.members.keys()) {
    for (const other of group.members.keys()) {
      if (side.has(one) !== side.has(other)) group.cutLink(one, other);
    }
  }
}

/** The process stops for a while, and everything else goes on. */
function pause(run: RandomRun): void {
  const victim = pickVictim(run);
  if (victim === undefined) return;
  const paused = run.up.filter((member) => member.isPaused);
  if (paused.length > 0 && run.random.chance(0.6)) run.random.pick(paused).isPaused = false;
  else victim.isPaused = true;
}

/** The network is whole again, disks have room and all processes run, for a while. */
function mend(run: RandomRun): void {
  run.group.cut.clear();
  for (const member of run.up) {
    member.isPaused = false;
    run.emptyDisk(member);
  }
}

function transfer({ random, group, leaders, counts }: RandomRun): void {
  if (leaders.length === 0) return;
  const to = random.pick([...group.members.keys()]);
  const effects = random.pick(leaders).happen({ kind: 'transfer', to });
  if (effects !== null && effects.refused.length === 0) counts.transfers++;
}

/** Mostly one member more or less or of another type, sometimes any other list. */
function changeMembers({ random, group, leaders }: RandomRun): void {
  if (leaders.length === 0) return;
  const leader = random.pick(leaders);
  const present = leader.state?.configuration.members ?? [];
  const isSmall = random.chance(0.6);
  const changed = random.pick([...group.members.keys()]);
  const members: Member[] = [];
  for (const id of group.members.keys()) {
    const before = present.find((m) => m.id === id);
    if (isSmall && id !== changed) {
      if (before !== undefined) members.push(before);
      continue;
    }
    const priority = random.below(3);
    const draw = random.next();
    if (draw < 0.6) members.push({ id, type: 'voter', priority });
    else if (draw < 0.75) members.push({ id, type: 'learner', priority });
  }
  leader.happen({ kind: 'change-members', members });
}

function compact({ random, up }: RandomRun): void {
  if (up.length === 0) return;
  const member = random.pick(up);
  const { base } = member.disk;
  member.compact(base.index + 1 + random.below(member.disk.entries.length + 1));
}

function fillDisk({ random, up, counts }: RandomRun): void {
  if (up.length === 0) return;
  random.pick(up).diskFull = true;
  counts.fullDisks++;
}

function stepDown({ random, leaders }: RandomRun): void {
  if (leaders.length > 0) random.pick(leaders).happen({ kind: 'step-down' });
}

/** A connection that ended although both ends live. */
function closeConnection({ random, group, up }: RandomRun): void {
  if (up.length === 0) return;
  const by = random.pick([...group.members.keys()]);
  random.pick(up).happen({ kind: 'connection-closed', by });
}

/** A driver gives up sending a checkpoint, as it does when no answer comes. */
export function failCheckpoint({ leaders }: RandomRun): void {
  for (const leader of leaders) {
    for (const [to, { mode }] of leader.state?.leadership?.progress ?? []) {
      if (mode === 'checkpoint') leader.happen({ kind: 'checkpoint-failed', to });
    }
  }
}
