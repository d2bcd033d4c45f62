// Groups whose members change: what every member knows of it, over restarts, compaction, truncation and with new, empty members.
import { describe, expect, it } from 'vitest';
import { type Member, MembershipError } from './core/state.ts';
import { NotLeaderError } from './raft-node-options.ts';
import { type GroupMember, voters } from './testing/raft-group.ts';
import { SteppedGroup } from './testing/stepped-group.ts';

function learner(id: number): Member {
  return { id, type: 'learner', priority: 1 };
}

/** Asks the leader for these members and lets time pass until it is done. */
async function change(group: SteppedGroup, members: readonly Member[]): Promise<void> {
  const done = (await group.led()).node.changeMembers(members);
  let isDone = false;
  done.then(
    () => {
      isDone = true;
    },
    () => {
      isDone = true;
    },
  );
  await group.until('the change', () => isDone);
  await done;
}

function idsOf(member: GroupMember): number[] {
  return member.node.configuration.members.map(({ id }) => id);
}

describe('a new member', () => {
  it('waits with an empty folder, learns, votes, and leads', async () => {
    const group = await SteppedGroup.ofThree();
    await group.fill(20);
    const joining = group.open(3, []);
    await group.run(10_000);
    expect([joining.node.role, joining.node.term, joining.node.lastIndex]).toEqual([
      'learner',
      0,
      0,
    ]);
    await change(group, [...voters(0, 1, 2), learner(3)]);
    await group.allAt((await group.led()).node.lastIndex);
    expect(joining.node.configuration.members).toEqual([...voters(0, 1, 2), learner(3)]);
    const leader = await group.led();
    expect(leader.node.progress().find(({ id }) => id === 3)?.isLearner).toBe(true);
    await change(group, voters(0, 1, 2, 3));
    const handing = (await group.led()).node.transferLeadership(3);
    await group.until('the transfer', () => joining.node.role === 'leader');
    await group.run(100);
    await handing;
    await group.allAt(joining.propose('from the new one'));
    await group.close();
  });

  it('that joins behind a compacted log gets a checkpoint, and knows the members from it', async () => {
    const group = await SteppedGroup.ofThree(11, { transfer: { chunkBytes: 5_000 } });
    const leader = await group.led();
    await group.fill(60);
    await group.checkpoint(leader, 'for the new one');
    const joining = group.open(3, []);
    await change(group, [...voters(0, 1, 2), learner(3)]);
    await group.allAt(leader.node.lastIndex);
    expect([joining.installs, group.stateOf(joining)]).toEqual([1, 'for the new one']);
    group.crash(3);
    const again = group.open(3, []);
    expect(idsOf(again)).toEqual([0, 1, 2, 3]);
    await group.allAt(leader.node.lastIndex);
    await group.close();
  });

  it('can make a group of one a group of three, one by one', async () => {
    const group = new SteppedGroup();
    group.open(0, voters(0));
    await group.led();
    await group.fill(5);
    for (const id of [1, 2]) {
      group.open(id, []);
      const before = voters(...Array.from({ length: id }, (_, i) => i));
      await change(group, [...before, learner(id)]);
      await change(group, [...before, ...voters(id)]);
    }
    group.kill(0);
    const next = await group.led();
    await group.allAt(next.propose('without the first'));
    await group.close();
  });
});

describe('members', () => {
  it('that are taken out count no longer, the leader included', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const rest = [0, 1, 2].filter((id) => id !== leader.id);
    await change(group, voters(...rest));
    const next = await group.led(leader);
    const index = next.propose('without it');
    await group.allAt(index, [next, group.get(rest.find((id) => id !== next.id) as number)]);
    expect(leader.node.role).not.toBe('leader');
    await group.close();
  });

  it('are known after a restart although the entry that named them is compacted', async () => {
    const group = await SteppedGroup.ofThree();
    group.open(3, []);
    await change(group, voters(0, 1, 2, 3));
    await group.fill(60);
    for (const member of group.living) await group.checkpoint(member);
    for (const id of [0, 1, 2, 3]) {
      expect(group.get(id).node.journal.firstIndex).toBeGreaterThan(10);
      group.crash(id, false);
    }
    for (const id of [0, 1, 2, 3]) {
      expect(idsOf(group.open(id, voters(9, 8, id)))).toEqual([0, 1, 2, 3]);
    }
    await group.allAt((await group.led()).propose('after'));
    await group.close();
  });

  it('are those from before when the entry that named others is truncated', async () => {
    const group = await SteppedGroup.ofThree();
    const old = await group.led();
    await group.allAt(old.propose('shared'));
    group.cutOff(old.id);
    old.node.changeMembers(voters(0, 1, 2, 3, 4)).catch(() => {});
    expect(idsOf(old)).toEqual([0, 1, 2, 3, 4]);
    group.crash(old.id, false);
    const again = group.open(old.id, []);
    const next = await group.led(again);
    const index = next.propose('another entry in its place');
    group.heal();
    await group.allAt(index);
    expect(idsOf(again)).toEqual([0, 1, 2]);
    group.crash(old.id);
    expect(idsOf(group.open(old.id, []))).toEqual([0, 1, 2]);
    await group.close();
  });

  it('cannot be changed twice at a time, to nobody, or by a follower', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const follower = group.followers[0] as GroupMember;
    await expect(follower.node.changeMembers(voters(0))).rejects.toThrow(NotLeaderError);
    await expect(leader.node.changeMembers([])).rejects.toThrow(MembershipError);
    await expect(leader.node.changeMembers(voters(1, 1))).rejects.toThrow(/named twice/);
    await leader.node.changeMembers(voters(0, 1, 2));
    const first = leader.node.changeMembers(voters(0, 1));
    await expect(leader.node.changeMembers(voters(0, 2))).rejects.toThrow(/has not ended/);
    await group.run(1_000);
    await first;
    await group.close();
  });

  it('changes are told to the application of every member', async () => {
    const group = await SteppedGroup.ofThree();
    group.open(3, []);
    await change(group, voters(0, 1, 3));
    await group.run(2_000);
    for (const id of [0, 1, 3]) {
      const told = group.get(id).told.filter((text) => text.startsWith('members'));
      expect(told.at(-1)).toMatch(/^members 0,1,3 at /);
      // The new one may get both entries at once, and hears of the newer.
      if (id !== 3) expect(told.at(-2)).toMatch(/^members 0,1,3 before 0,1,2 at /);
    }
    await group.close();
  });

  it('survive crashes of all at any moment of a change', async () => {
    for (let seed = 1; seed <= 25; seed++) {
      const group = await SteppedGroup.ofThree(seed);
      group.open(3, []);
      const leader = await group.led();
      leader.node.changeMembers(voters(1, 2, 3)).catch(() => {});
      await group.run(seed % 13);
      for (const id of [0, 1, 2, 3]) group.crash(id, false);
      for (const id of [0, 1, 2, 3]) group.open(id, []);
      const next = await group.led();
      const index = next.propose('after the crash');
      const ids = idsOf(next);
      await group.until('all of them', () =>
        ids.every((id) => group.get(id).node.commitIndex >= index),
      );
      expect([
        [0, 1, 2],
        [1, 2, 3],
      ]).toContainEqual(idsOf(next));
      await group.close();
    }
  });
});
