// A checkpoint is whole or not there, after a crash at any moment.
import { expect, it } from 'vitest';
import type { Disk } from '../disk/disk.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import {
  type CheckpointStore,
  openCheckpointStore,
  type PendingCheckpoint,
} from './checkpoint-store.ts';

const dir = '/member/checkpoints';

function put(disk: Disk, path: string, text: string): void {
  const file = disk.open(path, 'create');
  file.write(new TextEncoder().encode(text), 0);
  file.close();
}

function begun(disk: Disk, store: CheckpointStore, index: number): PendingCheckpoint {
  const pending = store.begin({ index, term: 2, position: index * 10 });
  put(disk, `${pending.path}/000001.ldb`, `table of ${index}`.repeat(100));
  disk.makeFolder(`${pending.path}/more`);
  put(disk, `${pending.path}/more/CURRENT`, 'MANIFEST');
  return pending;
}

it('is seen once it is committed, with its manifest', async () => {
  const disk = new SimulatedDisk();
  const store = openCheckpointStore(disk, dir);
  expect(store.newest()).toBeNull();
  const pending = begun(disk, store, 7);
  expect(store.newest()).toBeNull();
  const made = await pending.commit('a test');
  disk.crash(() => 0);
  const found = openCheckpointStore(disk, dir);
  expect(found.newest()).toEqual(made);
  expect(made).toMatchObject({ id: '7-2', path: `${dir}/7-2` });
  expect(made.manifest).toMatchObject({ index: 7, term: 2, position: 70, createdBy: 'a test' });
  expect(made.manifest.files.map((file) => [file.name, file.size])).toEqual([
    ['000001.ldb', 1000],
    ['more/CURRENT', 8],
  ]);
  await found.verify('7-2');
  expect(() => found.begin({ index: 7, term: 2, position: 70 })).toThrow(
    /already a checkpoint 7-2/,
  );
});

it('newest is the one with the highest index; the others can be pruned', async () => {
  const disk = new SimulatedDisk();
  const store = openCheckpointStore(disk, dir);
  for (const index of [9, 10, 8]) await begun(disk, store, index).commit('a test');
  expect(store.list().map((checkpoint) => checkpoint.id)).toEqual(['8-2', '9-2', '10-2']);
  expect(store.newest()?.id).toBe('10-2');
  expect(store.prune(2)).toEqual(['8-2']);
  expect(store.prune(2)).toEqual([]);
  expect(store.list().map((checkpoint) => checkpoint.id)).toEqual(['9-2', '10-2']);
});

it('given up leaves nothing', async () => {
  const disk = new SimulatedDisk();
  const store = openCheckpointStore(disk, dir);
  begun(disk, store, 5).abort();
  expect(disk.list(dir)).toEqual([]);
  begun(disk, store, 6);
  openCheckpointStore(disk, dir);
  expect(disk.list(dir)).toEqual([]);
});

it('that cannot be written is removed and says why', async () => {
  const disk = new SimulatedDisk();
  const store = openCheckpointStore(disk, dir);
  const pending = begun(disk, store, 5);
  disk.syncFault = 'EIO';
  await expect(pending.commit('a test')).rejects.toMatchObject({ code: 'io' });
  disk.syncFault = null;
  expect(disk.list(dir)).toEqual([]);
  const next = begun(disk, store, 5);
  disk.capacityBytes = 1;
  await expect(next.commit('a test')).rejects.toMatchObject({ code: 'disk-full' });
});

it('damage is found by verify, and named', async () => {
  const disk = new SimulatedDisk();
  const store = openCheckpointStore(disk, dir);
  const { path } = await begun(disk, store, 5).commit('a test');
  disk.bytesOf(`${path}/000001.ldb`)[3] = 0;
  await expect(store.verify('5-2')).rejects.toThrow(/000001.ldb of checkpoint 5-2 is damaged/);
  disk.remove(`${path}/more/CURRENT`);
  disk.remove(`${path}/000001.ldb`);
  await expect(store.verify('5-2')).rejects.toThrow(/lacks the file/);
  disk.bytesOf(`${path}/manifest.json`)[30] = 0;
  expect(store.newest()).toBeNull();
  await expect(store.verify('5-2')).rejects.toMatchObject({ code: 'corrupt' });
  await begun(disk, store, 6).commit('a test');
  expect(store.prune(1)).toEqual(['5-2']);
});

it('is whole or not there after a crash at any moment, and earlier ones stay', async () => {
  let seen = 0;
  for (let seed = 0; seed < 300; seed++) {
    let state = seed + 1;
    const random = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const disk = new SimulatedDisk();
    const store = openCheckpointStore(disk, dir);
    await begun(disk, store, 1).commit('a test');
    disk.powerOffAfter = seed % 25;
    let committed = false;
    try {
      await begun(disk, store, 2).commit('a test');
      committed = true;
      store.prune(1);
    } catch {
      // The power went off.
    }
    disk.crash(random);
    const after = openCheckpointStore(disk, dir);
    const ids = after.list().map((checkpoint) => checkpoint.id);
    for (const id of ids) await after.verify(id);
    expect(ids.at(-1)).toBe(committed || ids.includes('2-2') ? '2-2' : '1-2');
    expect(disk.list(dir)).toEqual(ids);
    if (ids.includes('2-2')) seen++;
  }
  expect(seen).toBeGreaterThan(20);
  expect(seen).toBeLessThan(300);
});
