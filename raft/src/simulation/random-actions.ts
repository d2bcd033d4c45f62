// What may happen to a simulated group, each with how often.
// Guarantees: whatever is drawn only uses what a real driver, disk or network could do.
// Leaves to others: the drawing (random-run.ts).

import { EntryKind } from '../core/entry-kind.ts';
import type { Member } from '../core/state.ts';
import type { RandomRun } from './random-run.ts';

export type RandomAction = (run: RandomRun) => void;

/** `isFault`: a run may leave it out, or do it more often than others. */
export const actions: readonly {
  readonly weight: number;
  readonly isFault: boolean;
  readonly action: RandomAction;
}[] = [
  { weight: 60, isFault: false, action: deliver },
  { weight: 12, isFault: false, action: tick },
  { weight: 20, isFault: false, action: sync },
  { weight: 10, isFault: false, action: propose },
  { weight: 3, isFault: false, action: read },
  { weight: 3, isFault: false, action: restart },
  { weight: 2, isFault: false, action: mend },
  { weight: 4, isFault: true, action: drop },
  { weight: 3, isFault: true, action: duplicate },
  { weight: 2, isFault: true, action: crash },
  { weight: 2, isFault: true, action: cut },
  { weight: 2, isFault: true, action: transfer },
  { weight: 3, isFault: true, action: changeMembers },
  { weight: 2, isFault: true, action: compact },
  { weight: 1, isFault: true, action: fillDisk },
  { weight: 1, isFault: true, action: stepDown },
  { weight: 1, isFault: true, action: closeConnection },
  { weight: 1, isFault: true, action: failCheckpoint },
];

function deliver({ random, group }: RandomRun): void {
  if (group.packets.length === 0) return;
  // Mostly in order, as over one connection, sometimes in any order.
  const packet = random.chance(0.8) ? group.packets[0] : random.pick(group.packets);
  if (packet !== undefined) group.deliver(packet);
}

function drop({ random, group }: RandomRun): void {
  if (group.packets.length > 0) group.packets.splice(random.below(group.packets.length), 1);
}

function duplicate({ random, group }: RandomRun): void {
  const packet = group.packets.length > 0 ? random.pick(group.packets) : undefined;
  if (packet !== undefined) group.handOver(packet);
}

function tick({ random, up }: RandomRun): void {
  if (random.chance(0.7)) for (const member of up) member.happen({ kind: 'tick' });
  else if (up.length > 0) random.pick(up).happen({ kind: 'tick' });
}

function sync({ random, up }: RandomRun): void {
  if (up.length === 0) return;
  const member = random.pick(up);
  if (!member.beginSync()) member.endSync();
}

function propose({ random, leaders }: RandomRun): void {
  if (leaders.length === 0) return;
  const bytes = random.pick([0, 10, 300]);
  random.pick(leaders).happen({ kind: 'propose', entryKind: EntryKind.records, bytes });
}

function read(run: RandomRun): void {
  if (run.up.length > 0) run.random.pick(run.up).happen({ kind: 'read', id: run.nextRead() });
}

function crash({ random, group, up, counts }: RandomRun): void {
  if (up.length === 0) return;
  const { id } = random.pick(up);
  counts.crashes++;
  group.crash(id, random.below(4));
  if (random.chance(0.5)) group.noticeClosed(id);
}

function restart(run: RandomRun): void {
  const down = [...run.group.members.values()].filter((member) => member.state === null);
  if (down.length > 0) run.restart(run.random.pick(down));
}

function cut({ random, group }: RandomRun): void {
  const ids = [...group.members.keys()];
  const [one, other] = [random.pick(ids), random.pick(ids)];
  if (random.chance(0.4)) {
    group.cutLink(one, other);
    return;
  }
  for (const id of ids) {
    if (id === one) continue;
    group.cutLink(one, id);
    group.cutLink(id, one);
  }
}

/** The network is whole again, and disks have room, for a while. */
function mend(run: RandomRun): void {
  run.group.cut.clear();
  for (const member of run.up) run.emptyDisk(member);
}

function transfer({ random, group, leaders, counts }: RandomRun): void {
  if (leaders.length === 0) return;
  const to = random.pick([...group.members.keys()]);
  const effects = random.pick(leaders).happen({ kind: 'transfer', to });
  if (effects !== null && effects.refused.length === 0) counts.transfers++;
}

function changeMembers({ random, group, leaders }: RandomRun): void {
  if (leaders.length === 0) return;
  const members: Member[] = [];
  for (const id of group.members.keys()) {
    const draw = random.next();
    const priority = random.below(3);
    if (draw < 0.6) members.push({ id, type: 'voter', priority });
    else if (draw < 0.75) members.push({ id, type: 'learner', priority });
  }
  random.pick(leaders).happen({ kind: 'change-members', members });
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
