// A vote survives a crash at any moment as the old or the new one, and never as anything else.
import { expect, it } from 'vitest';
import { writeCheckedFile } from '../disk/checked-file.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { openVoteStore, voteDamage } from './vote-store.ts';

const file = '/member/vote';

function prepared(): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeFolder('/member');
  return disk;
}

it('begins without a vote and keeps what was saved', () => {
  const disk = prepared();
  const store = openVoteStore(disk, file);
  expect(store.vote).toEqual({ term: 0, votedFor: null });
  store.save({ term: 3, votedFor: 2 });
  store.save({ term: 4, votedFor: null });
  disk.crash(() => 0);
  expect(openVoteStore(disk, file).vote).toEqual({ term: 4, votedFor: null });
});

it('is the old or the new one after a crash at any moment, the new one once save has returned', () => {
  let olds = 0;
  let news = 0;
  for (let seed = 0; seed < 200; seed++) {
    const disk = prepared();
    openVoteStore(disk, file).save({ term: 1, votedFor: 1 });
    const store = openVoteStore(disk, file);
    disk.powerOffAfter = seed % 7;
    let saved = false;
    try {
      store.save({ term: 2, votedFor: 9 });
      saved = true;
    } catch {
      expect(store.vote).toEqual({ term: 1, votedFor: 1 });
    }
    let state = seed + 1;
    disk.crash(() => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    });
    const { term, votedFor } = openVoteStore(disk, file).vote;
    if (term === 1) olds++;
    else news++;
    expect([term, votedFor]).toEqual(term === 1 && !saved ? [1, 1] : [2, 9]);
  }
  expect(Math.min(olds, news)).toBeGreaterThan(10);
});

it('that is damaged is refused with the remedy, unless the damage is not in it', () => {
  const disk = prepared();
  const store = openVoteStore(disk, file);
  store.save({ term: 4, votedFor: 2 });
  store.save({ term: 5, votedFor: 1 });
  const intact = Buffer.from(disk.bytesOf(file));
  let refused = 0;
  for (let at = 0; at < intact.length; at += at < 40 || at % 4096 < 40 ? 1 : 97) {
    disk.bytesOf(file)[at] = (intact[at] as number) ^ 1;
    const found = voteDamage(disk, file);
    if (found !== null) {
      refused++;
      expect(() => openVoteStore(disk, file)).toThrow(/\/member\/vote is damaged.*[Rr]estore/);
    } else expect(openVoteStore(disk.copy(), file).vote).toEqual({ term: 5, votedFor: 1 });
    disk.bytesOf(file)[at] = intact[at] as number;
  }
  // One of the three pages: that of the newest vote.
  expect(refused).toBeGreaterThan(40);
  expect(refused).toBeLessThan(150);
  disk.bytesOf(file).fill(0);
  expect(() => openVoteStore(disk, file)).toThrow(/damaged/);
});

it('needs no room on the disk to change', () => {
  const disk = prepared();
  const store = openVoteStore(disk, file);
  disk.capacityBytes = 0;
  for (let term = 1; term < 10; term++) store.save({ term, votedFor: term % 3 });
  disk.crash(() => 0);
  expect(openVoteStore(disk, file).vote).toEqual({ term: 9, votedFor: 0 });
});

it('of the first release is taken over', () => {
  const disk = prepared();
  writeCheckedFile(disk, file, { version: 1, term: 7, votedFor: 2 });
  expect(openVoteStore(disk, file).vote).toEqual({ term: 7, votedFor: 2 });
  disk.crash(() => 0);
  expect(openVoteStore(disk, file).vote).toEqual({ term: 7, votedFor: 2 });
  writeCheckedFile(disk, file, { version: 9, term: 7, votedFor: 2 });
  expect(() => openVoteStore(disk, file)).toThrow(/version 9/);
});

it('that cannot be saved leaves the old one, and is durable if it is found later all the same', () => {
  const disk = prepared();
  const store = openVoteStore(disk, file);
  store.save({ term: 1, votedFor: 1 });
  disk.syncFault = 'EIO';
  expect(() => store.save({ term: 2, votedFor: 1 })).toThrow(
    expect.objectContaining({ code: 'io' }),
  );
  disk.syncFault = null;
  expect(store.vote.term).toBe(1);
  const found = openVoteStore(disk, file).vote;
  disk.crash(() => 0);
  expect(openVoteStore(disk, file).vote).toEqual(found);
});
