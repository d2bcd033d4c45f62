// The same group on the real disk and clock: fail-over, a member that catches up by a checkpoint, and everything opened again.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, vi } from 'vitest';
import { nodeDisk } from './disk/node-disk.ts';
import { type GroupMember, RaftGroup, voters } from './testing/raft-group.ts';
import { systemTimers } from './timers.ts';

const within = { timeout: 15_000, interval: 5 };

async function led(group: RaftGroup): Promise<GroupMember> {
  return await vi.waitFor(() => {
    const { leader } = group;
    if (leader === undefined) throw new Error('no leader');
    const { commitIndex, firstReadyIndex } = leader.node;
    expect(commitIndex).toBeGreaterThanOrEqual(firstReadyIndex ?? Number.POSITIVE_INFINITY);
    return leader;
  }, within);
}

async function allAt(members: Iterable<GroupMember>, index: number): Promise<void> {
  await vi.waitFor(() => {
    for (const member of members) {
      if (member.isAlive) expect(member.node.commitIndex).toBeGreaterThanOrEqual(index);
    }
  }, within);
}

it('a group lives on real files through a fail-over, a lost folder and a restart of all', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'raft-group-'));
  const group = new RaftGroup({
    timers: systemTimers,
    disk: () => nodeDisk,
    dir: (id) => path.join(dir, String(id)),
    options: { isNewGroup: true, timing: { tickMs: 10, heartbeatMs: 50, electionMs: 300 } },
  });
  try {
    for (const id of [0, 1, 2]) group.open(id, voters(0, 1, 2));
    const first = await led(group);
    let index = 0;
    for (let i = 0; i < 200; i++) index = first.propose(`${i} `.padEnd(1_000, 'x'));
    await allAt(group.members.values(), index);
    group.kill(first.id);
    await first.node.close();
    const next = await led(group);
    for (let i = 0; i < 200; i++) index = next.propose(`${i} `.padEnd(1_000, 'y'));
    await allAt(group.members.values(), index);

    const { node } = next;
    const term = node.journal.termAt(index) as number;
    const pending = node.checkpoints.begin({ index, term, position: index });
    fs.writeFileSync(path.join(pending.path, 'state'), Buffer.alloc(2_000_000, 's'));
    await pending.commit('a test');
    expect(node.compact(index)).toBeGreaterThan(200);
    fs.rmSync(path.join(dir, String(first.id)), { recursive: true });
    const again = group.open(first.id, voters(0, 1, 2), { isNewGroup: false });
    await allAt(group.members.values(), index);
    await vi.waitFor(() => expect(again.node.isRecovering).toBe(false), within);
    const installed = again.node.checkpoints.newest();
    await again.node.checkpoints.verify(installed?.id as string);
    expect([again.installs, again.node.journal.firstIndex]).toEqual([1, node.journal.firstIndex]);

    await group.close();
    for (const id of [0, 1, 2]) group.open(id, []);
    await allAt(group.members.values(), (await led(group)).propose('after the restart'));
  } finally {
    await group.close();
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
