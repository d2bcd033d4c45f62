// Groups of real members over a network in memory and simulated disks: elections, replication, repair, and who may count when.
import { describe, expect, it } from 'vitest';
import type { RaftMessage } from './core/messages.ts';
import { MembershipError } from './core/state.ts';
import { NotLeaderError } from './raft-node-options.ts';
import type { GroupMember } from './testing/raft-group.ts';
import { SteppedGroup } from './testing/stepped-group.ts';
import { decodeMessage } from './wire/message-codec.ts';

function textsOf(member: GroupMember): string[] {
  return [...member.committed.values()];
}

/** Holds the background syncs of a disk until they are let go. */
function holdSyncs(group: SteppedGroup, id: number): { readonly held: number; release(): void } {
  const disk = group.disk(id);
  const waiting: (() => void)[] = [];
  disk.beforeSync = () => new Promise((go) => waiting.push(go));
  return {
    get held() {
      return waiting.length;
    },
    release() {
      disk.beforeSync = async () => {};
      for (const go of waiting.splice(0)) go();
    },
  };
}

describe('a group of three', () => {
  it('elects one leader, and all commit what it proposes', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    leader.propose('a');
    const last = leader.propose('b');
    await group.allAt(last);
    for (const member of group.living) {
      expect(textsOf(member)).toEqual(['a', 'b']);
      expect(member.node.leader).toBe(leader.id);
    }
    expect(() => group.followers[0]?.propose('c')).toThrow(NotLeaderError);
    expect(leader.node.progress().map((p) => [p.mode, p.lagEntries, p.isLearner])).toEqual([
      ['replicate', 0, false],
      ['replicate', 0, false],
    ]);
    await group.close();
  });

  it('goes on without its leader, at once when the process is known to be gone', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    await group.allAt(leader.propose('before'));
    const beganMs = group.timers.monotonicMs();
    group.kill(leader.id);
    const next = await group.led(leader);
    expect(group.timers.monotonicMs() - beganMs).toBeLessThan(500);
    await group.allAt(next.propose('after'));
    expect(textsOf(next)).toEqual(['before', 'after']);
    await group.close();
  });

  it('repairs on disk the log of a leader that was cut off and wrote on', async () => {
    const group = await SteppedGroup.ofThree();
    const old = await group.led();
    await group.allAt(old.propose('shared'));
    group.cutOff(old.id);
    for (const text of ['lost 1', 'lost 2', 'lost 3']) old.propose(text);
    await group.until('another leader', () => group.leader !== old && old.node.role !== 'leader');
    const next = await group.led(old);
    next.propose('kept 1');
    const last = next.propose('kept 2');
    group.heal();
    await group.allAt(last);
    expect(textsOf(old)).toEqual(['shared', 'kept 1', 'kept 2']);
    group.kill(old.id);
    const again = group.open(old.id, []);
    await group.allAt(last, [again]);
    expect(textsOf(again)).toEqual(['shared', 'kept 1', 'kept 2']);
    await group.close();
  });

  it('keeps everything committed when all machines crash at any moment', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const group = await SteppedGroup.ofThree(seed);
      let committed: string[] = [];
      for (let round = 0; round < 4; round++) {
        const leader = await group.led();
        for (let i = 0; i < 5; i++) leader.propose(`${seed}.${round}.${i}`);
        await group.run(Math.floor(group.random() * 6));
        for (const member of group.living) {
          if (member.committed.size > committed.length) committed = textsOf(member);
        }
        for (const id of [0, 1, 2]) group.crash(id, false);
        for (const id of [0, 1, 2]) group.open(id, []);
      }
      await group.led();
      await group.allAt((await group.led()).node.commitIndex);
      for (const member of group.living) {
        expect(textsOf(member).slice(0, committed.length)).toEqual(committed);
      }
      await group.close();
    }
  });
});

describe('what is promised waits for the disk', () => {
  it('a follower acknowledges what its own sync has covered, and nothing more', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const [a, b] = group.followers as [GroupMember, GroupMember];
    const holds = [holdSyncs(group, a.id), holdSyncs(group, b.id)];
    const index = leader.propose('held');
    await group.until('both to sync', () => holds.every((hold) => hold.held > 0));
    await group.run(200);
    expect([leader.node.journal.durableIndex, leader.node.commitIndex]).toEqual([index, index - 1]);
    holds[0]?.release();
    await group.until('the commit', () => leader.node.commitIndex === index);
    expect(b.node.commitIndex).toBeLessThan(index);
    holds[1]?.release();
    await group.allAt(index);
    await group.close();
  });

  it('a leader counts itself only after its own sync, but its entries leave before', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const [a, b] = group.followers as [GroupMember, GroupMember];
    group.cutOff(b.id);
    const hold = holdSyncs(group, leader.id);
    const index = leader.propose('held');
    await group.until('the follower', () => a.node.journal.durableIndex === index);
    await group.run(200);
    expect(leader.node.commitIndex).toBe(index - 1);
    hold.release();
    await group.until('the commit', () => leader.node.commitIndex === index);
    // Two followers are a majority without it.
    group.heal();
    await group.allAt(index);
    const again = holdSyncs(group, leader.id);
    const next = leader.propose('by the others');
    await group.until('the commit', () => leader.node.commitIndex === next);
    expect(leader.node.journal.durableIndex).toBe(index);
    again.release();
    await group.close();
  });

  it('a checkpoint of what only the others hold durable waits for the own log', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const hold = holdSyncs(group, leader.id);
    const log = `/member-${leader.id}/log/`;
    const disk = group.disk(leader.id);
    const held = disk.beforeSync;
    disk.beforeSync = (path) => (path.startsWith(log) ? held(path) : Promise.resolve());
    const index = leader.propose('by the others');
    await group.until('the commit', () => leader.node.commitIndex === index);
    const making = group.checkpoint(leader);
    await group.run(100);
    expect(leader.node.checkpoints.newest()).toBeNull();
    hold.release();
    await group.run(100);
    expect(await making).toBe(index);
    expect(leader.node.checkpoints.newest()?.manifest.index).toBe(index);
    await group.close();
  });

  it('one sync answers for all appends that came meanwhile', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const follower = group.followers[0] as GroupMember;
    const hold = holdSyncs(group, follower.id);
    const answers: RaftMessage[] = [];
    group.onSend = (from, _to, bytes) => {
      const message = decodeMessage(bytes)?.message;
      if (from === follower.id && message?.kind === 'append-answer') answers.push(message);
    };
    for (let i = 0; i < 5; i++) {
      leader.propose(`entry ${i}`);
      await group.run(3);
    }
    expect([hold.held, answers.length]).toEqual([1, 0]);
    hold.release();
    await group.allAt(leader.node.lastIndex);
    // The first sync covered the first append, the second all others.
    expect(answers.map((answer) => answer.kind === 'append-answer' && answer.index)).toEqual([
      leader.node.lastIndex - 4,
      leader.node.lastIndex,
    ]);
    await group.close();
  });

  it('a vote is told only when it is durable', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const [a, b] = group.followers as [GroupMember, GroupMember];
    group.disk(a.id).readOnly = true;
    group.disk(b.id).readOnly = true;
    const { term } = leader.node;
    group.kill(leader.id);
    await group.run(10_000);
    expect(group.living.some((member) => member.node.role === 'leader')).toBe(false);
    expect([a.fault, b.fault].filter((fault) => fault !== null).length).toBeGreaterThan(0);
    for (const { id } of [a, b]) {
      group.kill(id, false);
      group.disk(id).readOnly = false;
      group.open(id, []);
    }
    const next = await group.led();
    expect(next.node.term).toBeGreaterThan(term);
    await group.close();
  });
});

describe('messages', () => {
  it('of several proposals in one turn are one append, encoded once for all', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    await group.run(1_000);
    const appends: Uint8Array[] = [];
    const urgencies = new Set<string>();
    group.onSend = (_from, _to, bytes, urgency) => {
      const message = decodeMessage(bytes)?.message;
      if (message?.kind === 'append' && message.entries.length > 0) appends.push(bytes);
      urgencies.add(`${message?.kind} ${urgency}`);
    };
    for (let i = 0; i < 20; i++) leader.propose(`entry ${i}`);
    await group.allAt(leader.node.lastIndex);
    await group.run(1_000);
    expect(appends.length).toBe(2);
    expect(appends[0]).toBe(appends[1]);
    expect([...urgencies].sort()).toEqual([
      'append bulk',
      'append-answer urgent',
      'heartbeat urgent',
      'heartbeat-answer urgent',
    ]);
    await group.close();
  });

  it('that are damaged are dropped and counted, and the group goes on', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const follower = group.followers[0] as GroupMember;
    follower.node.receive(leader.id, Uint8Array.of(1, 5, 0, 0, 1));
    expect(follower.node.damagedMessages).toBe(1);
    await group.allAt(leader.propose('after'));
    await group.close();
  });

  it('that get lost are sent again', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    let count = 0;
    group.pass = () => ++count % 3 !== 0;
    for (let i = 0; i < 30; i++) {
      leader.propose(`entry ${i}`);
      await group.run(20);
    }
    group.pass = () => true;
    await group.allAt(leader.node.lastIndex);
    await group.close();
  });
});

describe('requests', () => {
  it('hand leadership over, and proposals are refused meanwhile', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const target = group.followers[0] as GroupMember;
    leader.propose('before');
    const done = leader.node.transferLeadership(target.id);
    expect(() => leader.propose('meanwhile')).toThrow(/handed over; member/);
    await expect(leader.node.transferLeadership(target.id)).rejects.toThrow(/already/);
    await group.until('the new leader', () => target.node.role === 'leader');
    await group.run(100);
    await done;
    await group.allAt(target.propose('after'));
    expect(textsOf(leader)).toEqual(['before', 'after']);
    await expect(leader.node.transferLeadership(leader.id)).rejects.toThrow(NotLeaderError);
    await target.node.transferLeadership(target.id);
    await group.close();
  });

  it('to hand leadership to a member that is gone fail, and the leader leads on', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const target = group.followers[0] as GroupMember;
    group.kill(target.id);
    const done = leader.node.transferLeadership(target.id);
    const failed = expect(done).rejects.toThrow(MembershipError);
    await group.run(20_000);
    await failed;
    await group.allAt(leader.propose('still here'));
    await expect(leader.node.transferLeadership(9)).rejects.toThrow(/no voter/);
    await group.close();
  });

  it('to read are answered on followers too, and refused by a leader that lost its followers', async () => {
    const group = await SteppedGroup.ofThree();
    const leader = await group.led();
    const follower = group.followers[0] as GroupMember;
    const index = leader.propose('read me');
    await group.until('the commit', () => leader.node.commitIndex === index);
    const reads = [leader.node.readIndex(), follower.node.readIndex()];
    await group.run(1_000);
    expect(await Promise.all(reads)).toEqual([index, index]);
    group.cutOff(leader.id);
    const stale = expect(leader.node.readIndex()).rejects.toThrow(NotLeaderError);
    await group.run(20_000);
    await stale;
    await group.close();
  });
});
