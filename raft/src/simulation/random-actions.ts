// What may happen to a simulated group, each with how often.
// Guarantees: whatever is drawn only uses what a real driver, disk, network or machine could do.
// Leaves to others: the drawing (random-run.ts).

import { EntryKind } from '../core/entry-kind.ts';
import type { Member, MemberId } from '../core/state.ts';
import type { RandomRun } from './random-run.ts';
import type { SimulatedMember } from './simulated-member.ts';

export type RandomAction = (run: RandomRun) => void;

/** `isFault`: a run may leave it out, or do it more often than others. */
export const actions: readonly {
  readonly weight: number;
  readonly isFault: boolean;
  readonly action: RandomAction;
}[] = [
  { weight: 60, isFault: false, action: deliver },
  { weight: 20, isFault: false, action: tick },
  { weight: 25, isFault: false, action: sync },
  { weight: 12, isFault: false, action: propose },
  { weight: 4, isFault: false, action: read },
  { weight: 6, isFault: false, action: restart },
  { weight: 1, isFault: false, action: mend },
  { weight: 4, isFault: true, action: drop },
  { weight: 4, isFault: true, action: duplicate },
  { weight: 2, isFault: true, action: crash },
  { weight: 2, isFault: true, action: cut },
  { weight: 2, isFault: true, action: pause },
  { weight: 1, isFault: true, action: transfer },
  { weight: 4, isFault: true, action: changeMembers },
  { weight: 3, isFault: true, action: compact },
  { weight: 0.3, isFault: true, action: fillDisk },
  { weight: 0.5, isFault: true, action: stepDown },
  { weight: 1, isFault: true, action: closeConnection },
  { weight: 1, isFault: true, action: failCheckpoint },
];

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

function sync({ random, up }: RandomRun): void {
  if (up.length === 0) return;
  const member = random.pick(up);
  if (member.isPaused) return;
  member.endVoteSave();
  if (!member.beginSync()) member.endSync();
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

export function crash(run: RandomRun): void {
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
