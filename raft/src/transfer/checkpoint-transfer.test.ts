// A member that lags behind the log gets a checkpoint and the log that follows: whole or not at all, whatever happens on the way.
import { describe, expect, it } from 'vitest';
import type { RaftMessage } from '../core/messages.ts';
import type { Entry } from '../journal/journal.ts';
import { type GroupMember, voters } from '../testing/raft-group.ts';
import { SteppedGroup } from '../testing/stepped-group.ts';
import { bareMessage, encodeMessage, type WireMessage } from '../wire/message-codec.ts';

const small = { chunkBytes: 2_000, windowBytes: 6_000 };

/** A group whose leader's log begins above everything that one follower, which was away, has. */
async function withLaggard(
  transfer: object = small,
): Promise<{ group: SteppedGroup; leader: GroupMember; laggard: GroupMember; base: number }> {
  const group = await SteppedGroup.ofThree(3, { transfer });
  const leader = await group.led();
  const laggard = group.followers[0] as GroupMember;
  await group.allAt(leader.propose('early'));
  group.cutOff(laggard.id);
  await fill(group, leader, laggard, 80);
  await group.checkpoint(leader, 'state of the leader', 20);
  await fill(group, leader, laggard, 10);
  const base = leader.node.journal.firstIndex - 1;
  expect(base).toBeGreaterThan(laggard.node.lastIndex + 5);
  return { group, leader, laggard, base };
}

async function fill(
  group: SteppedGroup,
  leader: GroupMember,
  without: GroupMember | undefined,
  count = 120,
): Promise<number> {
  let index = 0;
  for (let i = 0; i < count; i++) {
    index = leader.propose(`${i} `.padEnd(2_000, 'x'));
    if (i % 10 === 9) await group.run(5);
  }
  await group.allAt(
    index,
    group.living.filter((member) => member !== without),
  );
  return index;
}

function appendOf(term: number, { index, term: entryTerm, kind, payload }: Entry): Uint8Array {
  const head = { index, term: entryTerm, kind, bytes: payload.length };
  const message: RaftMessage = {
    kind: 'append',
    term,
    previousIndex: index - 1,
    previousTerm: entryTerm,
    entries: [head],
    commitIndex: index,
  };
  return encodeMessage({ ...bareMessage(message), payloads: [payload] });
}

function isPiece({ piece }: WireMessage): boolean {
  return piece?.kind === 'bytes';
}

describe('a follower behind the beginning of the log', () => {
  it('gets the checkpoint, and the log from its base on', async () => {
    const { group, leader, laggard, base } = await withLaggard();
    group.heal();
    await group.until('the install', () => laggard.installs === 1);
    expect(laggard.node.journal.firstIndex).toBe(base + 1);
    await group.allAt(leader.node.lastIndex);
    const checkpoint = laggard.node.checkpoints.newest();
    expect(group.stateOf(laggard)).toBe('state of the leader');
    expect(checkpoint?.manifest.index).toBeGreaterThan(base);
    await laggard.node.checkpoints.verify(checkpoint?.id as string);
    const read = laggard.node.journal.readFrom(base + 1, 1e9);
    expect(read.map(({ index, term }) => [index, term])).toEqual(
      leader.node.journal.readFrom(base + 1, 1e9).map(({ index, term }) => [index, term]),
    );
    expect(group.disk(laggard.id).list(`/member-${laggard.id}`)).not.toContain('incoming');
    // It can lead, and it opens again.
    const handing = leader.node.transferLeadership(laggard.id);
    await group.until('the transfer', () => group.leader === laggard);
    await group.run(100);
    await handing;
    group.crash(laggard.id);
    group.open(laggard.id, []);
    await group.led();
    await group.allAt((await group.led()).propose('after'));
    await group.close();
  });

  it('whose folder is new gets it too, with the members in it', async () => {
    const { group, leader, laggard } = await withLaggard();
    group.kill(laggard.id);
    group.loseFolder(laggard.id);
    group.heal();
    const again = group.open(laggard.id, voters(0, 1, 2), { isNewGroup: false });
    await group.allAt(leader.node.lastIndex);
    expect([again.installs, again.node.isRecovering]).toEqual([1, true]);
    expect(again.node.configuration.members).toEqual(voters(0, 1, 2));
    await group.until('the recovery', () => !again.node.isRecovering);
    await group.close();
  });

  it('opens with a log that ends before the checkpoint, and is refused when more than that is missing', async () => {
    const { group, leader, laggard, base } = await withLaggard();
    group.heal();
    group.pass = (_from, to, { message }) =>
      to !== laggard.id || message.kind !== 'append' || message.entries.length === 0;
    await group.until('the install', () => laggard.installs === 1);
    await group.run(500);
    group.kill(laggard.id);
    const disk = group.disk(laggard.id);
    const again = group.open(laggard.id, []);
    expect(again.node.lastIndex).toBe(base);
    expect(again.node.commitIndex).toBe(base);
    // A few entries more, durable here, and it opens with these.
    const next = leader.node.journal.readFrom(base + 1, 1)[0] as Entry;
    again.node.receive(leader.id, appendOf(leader.node.term, next));
    await group.run(10);
    group.kill(laggard.id);
    expect(group.open(laggard.id, []).node.lastIndex).toBe(base + 1);
    group.pass = () => true;
    await group.allAt(again.node.checkpoints.newest()?.manifest.index as number);
    await group.until(
      'the note to go',
      () => disk.kindOf(`/member-${laggard.id}/install`) === null,
    );
    // From here on the log may not end before the checkpoint any more.
    group.kill(laggard.id);
    const log = `/member-${laggard.id}/log`;
    for (const name of disk.list(log)) {
      if (name.endsWith('.log')) disk.bytesOf(`${log}/${name}`).fill(0, 64);
    }
    expect(() => group.open(laggard.id, [])).toThrow(/is damaged/);
    await group.close();
  });
});

describe('a crash of the receiver', () => {
  it.each([
    { from: 0, to: 56, by: 8, ends: 'old' },
    { from: 56, to: 76, by: 1, ends: 'either' },
    { from: 76, to: 100, by: 1, ends: 'new' },
    { from: 100, to: 130, by: 2, ends: 'new' },
  ])(
    'after $from to $to changes of the disk leaves the old state or the new one, and it ends with the new one',
    async ({ from, to, by, ends }) => {
      const { group: first, leader, laggard } = await withLaggard();
      const other = first.living.find((m) => m !== leader && m !== laggard) as GroupMember;
      await first.checkpoint(other, 'state of the leader', 20);
      const last = leader.node.lastIndex;
      await first.close();
      let before = 0;
      let after = 0;
      for (let changes = from; changes < to; changes += by) {
        const group = new SteppedGroup(changes + 1, { transfer: small });
        for (const [id, disk] of first.disks) group.disks.set(id, disk.copy());
        for (const { id } of [leader, other]) group.open(id, []);
        await group.led();
        group.open(laggard.id, []);
        const disk = group.disk(laggard.id);
        disk.powerOffAfter = changes;
        await group.run(3_000);
        group.kill(laggard.id);
        disk.crash(group.random);
        const again = group.open(laggard.id, []);
        const newest = again.node.checkpoints.newest();
        if (newest === null) {
          before++;
          expect(again.node.journal.firstIndex).toBe(1);
        } else {
          after++;
          await again.node.checkpoints.verify(newest.id);
          expect(again.node.journal.firstIndex).toBeGreaterThan(1);
        }
        await group.allAt(last);
        expect(group.stateOf(again)).toBe('state of the leader');
        await group.close();
      }
      expect([before > 0, after > 0]).toEqual([ends !== 'new', ends !== 'old']);
    },
  );
});

describe('a transfer', () => {
  it('that ends when the log here has gone on by another way is not installed', async () => {
    const { group, leader, laggard, base } = await withLaggard();
    const other = group.living.find((m) => m !== leader && m !== laggard) as GroupMember;
    const disk = group.disk(laggard.id);
    const held: (() => void)[] = [];
    disk.beforeSync = (path) =>
      path.endsWith('incoming') ? new Promise((go) => held.push(go)) : Promise.resolve();
    group.heal();
    await group.until('the last sync', () => held.length > 0);
    // The other one's log begins at the first entry.
    const handing = leader.node.transferLeadership(other.id);
    await group.until('the other leader', () => group.leader === other);
    await group.allAt(other.node.lastIndex);
    await handing;
    expect(laggard.node.lastIndex).toBeGreaterThan(base);
    for (const go of held) go();
    disk.beforeSync = async () => {};
    await group.run(5_000);
    expect([laggard.installs, laggard.node.journal.firstIndex]).toEqual([0, 1]);
    expect(disk.list(`/member-${laggard.id}`)).not.toContain('incoming');
    await group.close();
  });

  it('goes on where it was when the connection comes back, and after a restart of the receiver', async () => {
    const { group, leader, laggard } = await withLaggard();
    group.heal();
    const positions: number[] = [];
    group.pass = (_from, to, { piece }) => {
      if (to === laggard.id && piece?.kind === 'bytes') positions.push(piece.position);
      return true;
    };
    await group.until('some pieces', () => positions.length >= 6);
    group.cutOff(laggard.id);
    await group.run(400);
    group.heal();
    await group.until('more pieces', () => positions.length >= 12);
    const reached = Math.max(...positions);
    group.kill(laggard.id);
    group.open(laggard.id, []);
    const from = positions.length;
    await group.allAt(leader.node.lastIndex);
    expect(Math.min(...positions.slice(from))).toBeGreaterThan(reached - small.windowBytes - 1);
    // Hardly anything travelled twice.
    const total = leader.node.checkpoints.newest()?.manifest.files.reduce((s, f) => s + f.size, 0);
    expect(positions.length * small.chunkBytes).toBeLessThan((total as number) * 1.5);
    await group.close();
  });

  it('begins anew with the checkpoint of a new leader', async () => {
    const { group, leader, laggard } = await withLaggard();
    const other = group.living.find((m) => m !== leader && m !== laggard) as GroupMember;
    await group.checkpoint(other, 'state of the other', 10);
    group.heal();
    let pieces = 0;
    group.pass = (_from, _to, wire) => !isPiece(wire) || ++pieces < 5;
    await group.until('some pieces', () => pieces >= 5);
    const handing = leader.node.transferLeadership(other.id);
    await group.until('the other leader', () => group.leader === other);
    group.pass = () => true;
    await group.allAt(other.node.lastIndex);
    await handing;
    expect(group.stateOf(laggard)).toBe('state of the other');
    expect(laggard.installs).toBe(1);
    await group.close();
  });

  it('keeps checkpoint and log in place while it runs, but not for one that is gone', async () => {
    const { group, leader, laggard, base } = await withLaggard({ ...small, giveUpMs: 20_000 });
    group.heal();
    group.pass = (_from, _to, wire) => !isPiece(wire);
    await group.until('the offer', () => leader.node.checkpointProgress?.to === laggard.id);
    const pinned = leader.node.checkpoints.newest()?.id;
    await fill(group, leader, laggard);
    await group.checkpoint(leader, 'a newer state');
    leader.node.checkpoints.prune(1);
    expect(leader.node.journal.firstIndex).toBe(base + 1);
    expect(leader.node.checkpoints.list().map(({ id }) => id)).toContain(pinned);
    group.kill(laggard.id);
    await group.run(60_000);
    leader.node.compact(leader.node.commitIndex);
    leader.node.checkpoints.prune(1);
    expect(leader.node.journal.firstIndex).toBeGreaterThan(base + 1);
    expect(leader.node.checkpoints.list().map(({ id }) => id)).not.toContain(pinned);
    group.pass = () => true;
    group.open(laggard.id, []);
    await group.allAt(leader.node.lastIndex);
    await group.close();
  });

  it('of a damaged checkpoint ends before it is taken for whole; an older one serves', async () => {
    const { group, leader, laggard } = await withLaggard();
    await group.checkpoint(leader, 'damaged state', 60);
    const newest = leader.node.checkpoints.newest();
    group.disk(leader.id).bytesOf(`${newest?.path}/tables/1.ldb`)[4_321] = 0;
    group.heal();
    await group.allAt(leader.node.lastIndex);
    expect(group.stateOf(laggard)).toBe('state of the leader');
    await group.close();
  });

  it('is refused by a full disk, which gets its room back, and comes again', async () => {
    const { group, leader, laggard } = await withLaggard();
    const disk = group.disk(laggard.id);
    group.heal();
    let pieces = 0;
    group.pass = (_from, to, wire) => {
      if (to === laggard.id && isPiece(wire) && ++pieces === 5) disk.capacityBytes = 1;
      return true;
    };
    let refusals = 0;
    group.onSend = (from, _to, bytes) => {
      if (from === laggard.id && bytes[1] === 11) refusals++;
    };
    await group.until('the full disk', () => pieces > 5 && refusals > 5);
    await group.run(2_000);
    expect(laggard.fault).toBeNull();
    expect(disk.list(`/member-${laggard.id}`)).not.toContain('incoming');
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await group.allAt(leader.node.lastIndex);
    await group.close();
  });

  it('keeps to its pace', async () => {
    const { group, laggard } = await withLaggard({ ...small, bytesPerSecond: 10_000 });
    group.heal();
    const beganMs = group.timers.monotonicMs();
    await group.until('the install', () => laggard.installs === 1, 100_000);
    const bytes = laggard.node.checkpoints.newest()?.manifest.files.reduce((s, f) => s + f.size, 0);
    const seconds = (group.timers.monotonicMs() - beganMs) / 1_000;
    expect((bytes as number) / seconds).toBeLessThan(11_000);
    expect((bytes as number) / seconds).toBeGreaterThan(8_000);
    await group.close();
  });

  it('leaves a slow disk to the log most of the time', async () => {
    const { group, laggard } = await withLaggard({ ...small, chunkBytes: 1_000 });
    let busyMs = 0;
    group.disk(laggard.id).beforeSync = (path) => {
      if (!path.includes('/incoming/')) return Promise.resolve();
      busyMs += 40;
      return new Promise((go) => group.timers.after(40, go));
    };
    group.heal();
    const beganMs = group.timers.monotonicMs();
    await group.until('the install', () => laggard.installs === 1, 100_000);
    const wholeMs = group.timers.monotonicMs() - beganMs;
    expect(busyMs).toBeGreaterThan(100);
    expect(wholeMs).toBeGreaterThan(2 * busyMs);
    await group.close();
  });

  it('is done one after the other when two members need one', async () => {
    const group = new SteppedGroup(5, { transfer: small });
    for (const id of [0, 1, 2, 3, 4]) group.open(id, voters(0, 1, 2, 3, 4));
    const leader = await group.led();
    const away = group.followers.slice(0, 2);
    for (const { id } of away) group.cutOff(id);
    for (let i = 0; i < 60; i++) leader.propose('z'.repeat(4_000));
    await group.allAt(leader.node.lastIndex, [leader]);
    await group.checkpoint(leader);
    group.heal();
    await group.allAt(leader.node.lastIndex);
    expect(away.map((member) => member.installs)).toEqual([1, 1]);
    await group.close();
  });
});
