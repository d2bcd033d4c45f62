// Groups whose disks fill up, fail or are lost: who leads, who counts, and how it ends.
import { describe, expect, it } from 'vitest';
import { JournalError } from './journal/journal-error.ts';
import { type GroupMember, voters } from './testing/raft-group.ts';
import { SteppedGroup } from './testing/stepped-group.ts';

describe('a disk', () => {
  it('that fails in a sync ends the part of its member, and another leads at once', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    await group.allAt(leader.propose('before'));
    const beganMs = group.timers.monotonicMs();
    group.disk(leader.id).syncFault = 'EIO';
    leader.propose('lost or not');
    const next = await group.led(leader);
    expect(leader.fault).toBeInstanceOf(JournalError);
    expect(group.timers.monotonicMs() - beganMs).toBeLessThan(1_000);
    expect(() => leader.propose('more')).toThrow();
    group.kill(leader.id, false);
    group.crash(leader.id, false);
    group.disk(leader.id).syncFault = null;
    group.open(leader.id, []);
    await group.allAt(next.propose('after'));
    await group.close();
  });

  it('that is full under the leader makes another lead; the member follows again when there is room', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const disk = group.disk(leader.id);
    disk.capacityBytes = 1;
    const propose = () => {
      try {
        (group.leader as GroupMember).propose('x'.repeat(5_000));
      } catch {
        // Refused, which is what this is about.
      }
    };
    for (let i = 0; i < 1_000 && group.leader === leader; i++) {
      propose();
      if (i % 10 === 0) await group.run(5);
    }
    const next = await group.led(leader);
    const index = await fillWithout(group, next, leader);
    expect(leader.fault).toBeNull();
    expect(leader.node.lastIndex).toBeLessThan(index);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await group.allAt(index);
    await group.close();
  });

  it('that is full under a follower refuses entries and says so; with room it catches up by itself', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const full = group.followers[0] as GroupMember;
    group.disk(full.id).capacityBytes = 1;
    const index = await fillWithout(group, leader, full);
    expect(full.node.lastIndex).toBeLessThan(index);
    expect(full.fault).toBeNull();
    expect(full.node.leader).toBe(leader.id);
    const appends = countAppendsTo(group, full.id);
    await group.run(5_000);
    expect(appends()).toBe(0);
    group.disk(full.id).capacityBytes = Number.POSITIVE_INFINITY;
    await group.allAt(index);
    await group.close();
  });

  it('that is slow under one follower does not slow the group', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const slow = group.followers[0] as GroupMember;
    group.disk(slow.id).beforeSync = () =>
      new Promise((resolve) => group.timers.after(700, resolve));
    const beganMs = group.timers.monotonicMs();
    for (let i = 0; i < 20; i++) {
      const index = leader.propose(`entry ${i}`);
      await group.until('the commit', () => leader.node.commitIndex === index);
    }
    expect(group.timers.monotonicMs() - beganMs).toBeLessThan(500);
    await group.allAt(leader.node.lastIndex);
    await group.close();
  });

  it('that keeps the leader waiting makes a faster member lead, unless all are slow', async () => {
    const group = await SteppedGroup.ofThree();
    const slow = (id: number) => {
      group.disk(id).beforeSync = () => new Promise((go) => group.timers.after(3_000, go));
    };
    const leader = await group.led();
    slow(leader.id);
    await group.allAt(leader.propose('by the others'), group.followers);
    const next = await group.led(leader);
    expect(leader.fault).toBeNull();
    for (const { id } of group.living) slow(id);
    const { term } = next.node;
    const index = next.propose('slowly');
    await group.until('the commit', () => next.node.commitIndex >= index);
    expect([next.node.role, next.node.term]).toEqual(['leader', term]);
    for (const { id } of group.living) group.disk(id).beforeSync = async () => {};
    await group.run(5_000);
    await group.close();
  });

  it('that is full when a new leader has entries for it still takes part in the term', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const full = group.followers[0] as GroupMember;
    group.disk(full.id).capacityBytes = 1;
    await fillWithout(group, leader, full);
    group.kill(leader.id);
    const other = group.followers.find((m) => m !== full) as GroupMember;
    await group.until('the other to lead', () => other.node.role === 'leader');
    await group.run(2_000);
    expect([full.node.leader, full.node.term]).toEqual([other.id, other.node.term]);
    group.disk(full.id).capacityBytes = Number.POSITIVE_INFINITY;
    await group.allAt(other.propose('with room'));
    await group.close();
  });

  it('that is full lets no change of members hang', async () => {
    const group = new SteppedGroup();
    const lone = group.open(0, voters(0));
    await group.led();
    group.disk(0).writeFault = 'ENOSPC';
    const refused = expect(lone.node.changeMembers(voters(0, 1))).rejects.toThrow(/disk|written/);
    await group.run(100);
    await refused;
    await group.close();
  });

  it('that the surroundings find full or slow is full or slow, until they say otherwise', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    leader.node.diskChanged('full');
    const next = await group.led(leader);
    leader.node.diskChanged('ok');
    await group.allAt(next.propose('after'));
    await group.close();
  });
});

describe('a lost folder', () => {
  it('comes back from the others, and counts for nothing until it has caught up', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    await group.allAt(leader.propose('old'));
    const lost = group.followers[0] as GroupMember;
    const other = group.followers[1] as GroupMember;
    group.kill(lost.id);
    group.loseFolder(lost.id);
    const again = group.open(lost.id, voters(0, 1, 2), { isNewGroup: false });
    expect(again.node.isRecovering).toBe(true);
    // With one member away, the one that lost its memory must not make a majority.
    group.cutOff(other.id);
    const index = leader.propose('alone');
    await group.until('the entry there', () => again.node.lastIndex === index);
    await group.run(1_000);
    expect(again.node.isRecovering).toBe(true);
    expect(group.living.some((m) => m.node.commitIndex >= index)).toBe(false);
    group.heal();
    await group.until('the recovery', () => !again.node.isRecovering);
    const last = (await group.led()).propose('new');
    await group.allAt(last);
    expect([...again.committed.values()].slice(0, 1)).toEqual(['old']);
    // The mark is durable: opened again, it counts at once.
    group.crash(lost.id);
    expect(group.open(lost.id, []).node.isRecovering).toBe(false);
    await group.close();
  });

  it('neither votes nor stands: two that remember nothing elect nobody', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    await group.allAt(leader.propose('acknowledged'));
    const lost = group.followers[0] as GroupMember;
    const behind = group.followers[1] as GroupMember;
    group.cutOff(behind.id);
    const index = leader.propose('known to two');
    await group.until('the commit', () => leader.node.commitIndex === index);
    group.kill(leader.id);
    group.kill(lost.id);
    group.loseFolder(lost.id);
    group.heal();
    const again = group.open(lost.id, voters(0, 1, 2), { isNewGroup: false });
    await group.run(60_000);
    expect(group.leader).toBeUndefined();
    expect([again.node.isRecovering, behind.node.commitIndex < index]).toEqual([true, true]);
    group.open(leader.id, []);
    await group.led();
    await group.allAt(index);
    expect([...behind.committed.values()]).toContain('known to two');
    await group.until('the recovery', () => !again.node.isRecovering);
    await group.close();
  });

  it('is one too when only the vote or only the log is gone', async () => {
    for (const gone of ['vote', 'log']) {
      const group = await SteppedGroup.ofThree();
      await group.fill(5);
      const lost = group.followers[0] as GroupMember;
      group.kill(lost.id);
      group.disk(lost.id).remove(`/member-${lost.id}/${gone}`);
      const again = group.open(lost.id, voters(0, 1, 2));
      expect(again.node.isRecovering).toBe(true);
      await group.allAt((await group.led()).propose('after'));
      await group.until('the recovery', () => !again.node.isRecovering);
      await group.close();
    }
  });

  it('stays a lost one over restarts until it has caught up', async () => {
    const group = await SteppedGroup.ofThree();
    const lost = group.followers[0] as GroupMember;
    group.kill(lost.id);
    group.loseFolder(lost.id);
    for (let after = 0; after < 24; after++) {
      const disk = group.disk(lost.id);
      // Of every opening that is cut short, once the machine goes on and once it stops.
      disk.powerOffAfter = after >> 1;
      try {
        group.open(lost.id, voters(0, 1, 2), { isNewGroup: false });
      } catch {
        // The disk gave up while it was opened.
      }
      if (group.get(lost.id).isAlive) group.kill(lost.id, false);
      disk.powerOffAfter = Number.POSITIVE_INFINITY;
      if (after % 2 === 1) disk.crash(group.random);
      const again = group.open(lost.id, voters(0, 1, 2), { isNewGroup: false });
      expect(again.node.isRecovering).toBe(true);
      group.kill(lost.id, false);
      group.loseFolder(lost.id);
    }
    await group.close();
  });

  it('of one of two voters comes back too, since every majority had the other one', async () => {
    const group = new SteppedGroup();
    for (const id of [0, 1]) group.open(id, voters(0, 1));
    const leader = await group.led();
    await group.allAt(leader.propose('kept'));
    const lost = group.followers[0] as GroupMember;
    group.kill(lost.id);
    await group.run(20_000);
    group.loseFolder(lost.id);
    const again = group.open(lost.id, voters(0, 1), { isNewGroup: false });
    await group.until('the recovery', () => !again.node.isRecovering);
    await group.allAt((await group.led()).propose('more'));
    expect([...again.committed.values()]).toEqual(['kept', 'more']);
    await group.close();
  });
});

/** Appends until a good deal is committed that the one member cannot have. */
async function fillWithout(
  group: SteppedGroup,
  leader: GroupMember,
  without: GroupMember,
  count = 100,
): Promise<number> {
  let index = 0;
  for (let i = 0; i < count; i++) {
    index = leader.propose('y'.repeat(5_000));
    if (i % 20 === 19) await group.run(10);
  }
  const others = group.living.filter((member) => member !== without);
  await group.allAt(index, others);
  return index;
}

function countAppendsTo(group: SteppedGroup, id: number): () => number {
  let count = 0;
  group.pass = (_from, to, { message }) => {
    if (to === id && message.kind === 'append') count++;
    return true;
  };
  return () => count;
}
