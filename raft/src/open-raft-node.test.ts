import { expect, it } from 'vitest';
import type { Member } from './core/state.ts';
import { SimulatedDisk } from './disk/simulated-disk.ts';
import { openCheckpointStore } from './journal/checkpoint-store.ts';
import { openRaftNode } from './open-raft-node.ts';
import { checkpointsFolder, type RaftNodeOptions } from './raft-node-options.ts';
import { systemTimers } from './timers.ts';

const members: readonly Member[] = [1, 2, 3].map((id) => ({ id, type: 'voter', priority: 1 }));

function optionsOn(disk: SimulatedDisk, isNewGroup: boolean): RaftNodeOptions {
  return {
    ...{ dir: '/data', disk, memberId: 1, members, isNewGroup, segmentBytes: 4096 },
    // The member never starts: only its opening is looked at.
    timers: { ...systemTimers, soon: () => () => {} },
    random: () => 0.5,
    ...{ onCommitted() {}, onRole() {}, onFault() {} },
  };
}

it('takes a lost folder for a lost one, at whatever moment the first opening was cut short', async () => {
  let cut = 0;
  for (let isThrough = false; !isThrough; cut++) {
    const disk = new SimulatedDisk();
    disk.powerOffAfter = cut;
    try {
      await openRaftNode(optionsOn(disk, false)).close();
      isThrough = disk.powerOffAfter > 0;
    } catch {
      // The power went off in the middle.
    }
    disk.crash(() => 0.99);
    const again = openRaftNode(optionsOn(disk, false));
    expect([cut, again.isRecovering]).toEqual([cut, true]);
    await again.close();
  }
  expect(cut).toBeGreaterThan(10);
});

it('takes an empty folder for a lost one although somebody has looked for checkpoints there', async () => {
  const disk = new SimulatedDisk();
  openCheckpointStore(disk, checkpointsFolder('/data'));
  const node = openRaftNode(optionsOn(disk, false));
  expect(node.isRecovering).toBe(true);
  await node.close();
});

it('takes an empty folder for a new one at the first start of its group, and remembers it', async () => {
  const disk = new SimulatedDisk();
  for (const isNewGroup of [true, false]) {
    const node = openRaftNode(optionsOn(disk, isNewGroup));
    expect(node.isRecovering).toBe(false);
    await node.close();
  }
});
