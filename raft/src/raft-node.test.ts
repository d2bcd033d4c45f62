// The driver with a lone member: what it tells, in which order, and what it does when the disk fails.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Disk } from './disk/disk.ts';
import { nodeDisk } from './disk/node-disk.ts';
import { SimulatedDisk } from './disk/simulated-disk.ts';
import { withSyncDelay } from './disk/slow-disk.ts';
import type { Entry } from './journal/journal.ts';
import { JournalError } from './journal/journal-error.ts';
import { openJournalReader } from './journal/journal-reader.ts';
import { openRaftNode } from './open-raft-node.ts';
import type { RaftNode } from './raft-node.ts';
import { journalFolder, NotLeaderError } from './raft-node-options.ts';

const voter = [{ id: 0, type: 'voter', priority: 1 }] as const;

/** A member and everything it told. */
class Watched {
  readonly told: string[] = [];
  readonly node: RaftNode;
  fault: Error | null = null;
  #waiting: { readonly holds: () => boolean; readonly resolve: () => void }[] = [];

  constructor(disk: Disk, dir = '/member') {
    const tell = (text: string) => {
      this.told.push(text);
      this.#waiting = this.#waiting.filter(({ holds, resolve }) => !holds() || resolve());
    };
    this.node = openRaftNode({
      dir,
      disk,
      memberId: 0,
      members: voter,
      segmentBytes: 64 * 1024,
      onCommitted: (index) => tell(`committed ${index}`),
      onRole: (role, term) => tell(`${role} ${term}`),
      onFault: (error) => {
        this.fault = error;
        tell(`fault ${error instanceof JournalError ? error.code : error.message}`);
      },
    });
  }

  /** Resolves when the text was told; the test's own deadline applies. */
  async until(text: string): Promise<void> {
    if (this.told.includes(text)) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ holds: () => this.told.includes(text), resolve });
    });
  }

  propose(text: string): number {
    return this.node.propose(1, new TextEncoder().encode(text)).index;
  }
}

function texts(entries: readonly Entry[]): string[] {
  return entries.map((entry) => `${entry.term}:${new TextDecoder().decode(entry.payload)}`);
}

describe('a lone member', () => {
  it('leads after its vote, commits after its sync, and keeps everything over a restart', async () => {
    const disk = new SimulatedDisk();
    const first = new Watched(disk);
    expect([first.told, first.node.role]).toEqual([[], 'follower']);
    await first.until('committed 1');
    expect(first.told).toEqual(['candidate 1', 'leader 1', 'committed 1']);
    expect([first.node.firstReadyIndex, first.node.commitIndex]).toEqual([1, 1]);
    expect([first.propose('a'), first.propose('b')]).toEqual([2, 3]);
    expect([first.node.uncommittedCount, first.node.isSyncing]).toEqual([2, true]);
    await first.node.close();
    expect(first.node.commitIndex).toBe(3);
    expect(first.told.at(-1)).toBe('follower 1');
    const second = new Watched(disk);
    await second.until('committed 4');
    expect(second.told).toEqual(['candidate 2', 'leader 2', 'committed 4']);
    expect(texts(second.node.journal.readFrom(1, 1e6))).toEqual(['1:', '1:a', '1:b', '2:']);
    await second.node.close();
  });

  it('takes proposals while a sync runs; each sync commits all that were there when it began, once', async () => {
    const disk = new SimulatedDisk();
    const member = new Watched(disk);
    await member.until('committed 1');
    const syncs: (() => void)[] = [];
    disk.beforeSync = () => new Promise((go) => syncs.push(go));
    for (const text of ['a', 'b', 'c']) member.propose(text);
    expect(member.node.commitIndex).toBe(1);
    syncs.shift()?.();
    await member.until('committed 2');
    // The next sync is under way already.
    expect([syncs.length, member.node.isSyncing, member.node.uncommittedCount]).toEqual([
      1,
      true,
      2,
    ]);
    member.propose('d');
    syncs.shift()?.();
    await member.until('committed 4');
    syncs.shift()?.();
    await member.until('committed 5');
    expect(member.told.slice(3)).toEqual(['committed 2', 'committed 4', 'committed 5']);
    expect(member.node.isSyncing).toBe(false);
    disk.beforeSync = async () => {};
    await member.node.close();
  });

  it('loses nothing that it called committed to a crash at any moment', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const disk = new SimulatedDisk();
      const member = new Watched(disk);
      await member.until('committed 1');
      disk.powerOffAfter = seed;
      try {
        for (let i = 0; i < 20; i++) {
          member.propose(`entry ${i}`);
          if (i % 3 === seed % 3) await new Promise((go) => setImmediate(go));
        }
      } catch (error) {
        expect(error instanceof JournalError || error instanceof NotLeaderError).toBe(true);
      }
      await member.node.close();
      const { commitIndex } = member.node;
      let state = seed;
      disk.crash(() => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
      });
      const again = new Watched(disk);
      expect(again.node.lastIndex).toBeGreaterThanOrEqual(commitIndex);
      const kept = texts(again.node.journal.readFrom(2, 1e6));
      expect(kept).toEqual(kept.map((_, at) => `1:entry ${at}`));
      await again.node.close();
    }
  });

  it('answers reads with the commit index once it knows it', async () => {
    const member = new Watched(new SimulatedDisk());
    await expect(member.node.readIndex()).rejects.toThrow(NotLeaderError);
    await member.until('leader 1');
    expect(await member.node.readIndex()).toBe(1);
    await member.node.close();
    await expect(member.node.readIndex()).rejects.toThrow(NotLeaderError);
  });

  it('refuses what it cannot take', async () => {
    const member = new Watched(new SimulatedDisk());
    expect(() => member.propose('too early')).toThrow(NotLeaderError);
    await member.until('leader 1');
    expect(() => member.node.propose(0, new Uint8Array(0))).toThrow(/Raft's own/);
    expect(() => member.node.propose(17, new Uint8Array(0))).toThrow(/kind 17/);
    await member.node.close();
    expect(() => member.propose('too late')).toThrow(/being closed/);
    const others = [{ id: 1, type: 'voter', priority: 1 }] as const;
    const nothing = () => {};
    expect(() =>
      openRaftNode({
        dir: '/x',
        disk: new SimulatedDisk(),
        memberId: 0,
        members: others,
        onCommitted: nothing,
        onRole: nothing,
        onFault: nothing,
      }),
    ).toThrow(/Member 0 is not one of its group \(1\)/);
  });
});

describe('a disk that fails', () => {
  it('in a sync ends the leadership; nothing unsynced is called committed; opened again it goes on', async () => {
    const disk = new SimulatedDisk();
    const member = new Watched(disk);
    await member.until('committed 1');
    disk.syncFault = 'EIO';
    member.propose('lost?');
    await member.until('fault io');
    expect(member.told.slice(3)).toEqual(['follower 1', 'fault io']);
    expect(() => member.propose('more')).toThrow(NotLeaderError);
    await member.node.close();
    disk.syncFault = null;
    const again = new Watched(disk);
    await again.until('committed 3');
    expect(again.fault).toBeNull();
    await again.node.close();
  });

  it('that is full refuses proposals and keeps the leader, who goes on when there is space', async () => {
    const disk = new SimulatedDisk();
    const member = new Watched(disk);
    await member.until('committed 1');
    const text = 'x'.repeat(5000);
    disk.capacityBytes = 1;
    const isFull = () => {
      try {
        member.propose(text);
        return false;
      } catch (error) {
        expect(error).toMatchObject({ code: 'disk-full' });
        return true;
      }
    };
    while (!isFull());
    const { lastIndex } = member.node;
    expect([isFull(), member.node.role, member.node.lastIndex]).toEqual([
      true,
      'leader',
      lastIndex,
    ]);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(member.propose('fits')).toBe(lastIndex + 1);
    await member.until(`committed ${lastIndex + 1}`);
    expect(member.fault).toBeNull();
    await member.node.close();
  });

  it('for the vote keeps the member from leading', async () => {
    const disk = new SimulatedDisk();
    const member = new Watched(disk);
    disk.readOnly = true;
    await member.until('fault read-only');
    expect(member.told).toEqual(['follower 1', 'fault read-only']);
    await member.node.close();
    disk.readOnly = false;
    const again = new Watched(disk);
    await again.until('committed 1');
    await again.node.close();
  });

  it('is not blamed for a callback that throws, but the member stops all the same', async () => {
    const faults: string[] = [];
    const node = openRaftNode({
      dir: '/member',
      disk: new SimulatedDisk(),
      memberId: 0,
      members: voter,
      onCommitted() {
        throw new Error('a fault in the partition');
      },
      onRole() {},
      onFault: (error) => faults.push(error.message),
    });
    while (faults.length === 0) await new Promise((go) => setImmediate(go));
    expect([faults, node.role]).toEqual([['a fault in the partition'], 'follower']);
    await node.close();
  });
});

describe('checkpoints and compaction', () => {
  it('compacts behind the newest checkpoint only, and starts from checkpoint and tail', async () => {
    const disk = new SimulatedDisk();
    const member = new Watched(disk);
    await member.until('committed 1');
    for (let i = 0; i < 100; i++) member.propose('x'.repeat(5000));
    await member.until('committed 101');
    expect(member.node.compact(90)).toBe(1);
    const pending = member.node.checkpoints.begin({ index: 60, term: 1, position: 600 });
    const file = disk.open(`${pending.path}/state`, 'create');
    file.write(new Uint8Array(10), 0);
    await pending.commit('a test');
    const firstIndex = member.node.compact(90);
    expect(firstIndex).toBeGreaterThan(20);
    expect(firstIndex).toBeLessThanOrEqual(61);
    await member.node.close();
    const again = new Watched(disk);
    expect([again.node.commitIndex, again.node.journal.firstIndex]).toEqual([60, firstIndex]);
    await again.until('committed 102');
    await again.node.close();
    disk.remove('/member/checkpoints');
    expect(() => new Watched(disk)).toThrow(/no checkpoint holds the state before it/);
  });

  it('begins behind a checkpoint when there is no log', async () => {
    const disk = new SimulatedDisk();
    const member = new Watched(disk);
    await member.until('committed 1');
    await member.node.checkpoints.begin({ index: 500, term: 7, position: 1 }).commit('a backup');
    await member.node.close();
    disk.remove('/member/log');
    const again = new Watched(disk);
    await again.until('committed 501');
    expect([again.node.term, again.node.firstReadyIndex]).toEqual([8, 501]);
    await again.node.close();
  });
});

it('works on the real disk, beside a slow sync and a reader of its files', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'raft-node-'));
  try {
    const member = new Watched(withSyncDelay(nodeDisk, 2), dir);
    await member.until('committed 1');
    const reader = openJournalReader(journalFolder(dir));
    let read = 1;
    for (let i = 2; i <= 300; i++) {
      member.propose('x'.repeat(1000));
      if (member.node.uncommittedCount >= 8) await member.until(`committed ${i}`);
      const { commitIndex } = member.node;
      while (read <= commitIndex) read += reader.readFrom(read, commitIndex, 10_000).length;
    }
    await member.node.close();
    expect(member.node.commitIndex).toBe(300);
    reader.close();
    const again = new Watched(nodeDisk, dir);
    await again.until('committed 301');
    await again.node.close();
  } finally {
    fs.rmSync(dir, { recursive: true, force: true });
  }
});
