import { checkpointsFolder, openCheckpointStore, SimulatedDisk } from '@millrace/raft';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { checkpointPart } from './live-folder.ts';
import { memoryBackend } from './memory-backend.ts';
import { openPartitionStore, type PartitionStore } from './partition-store.ts';
import { expectedDump, linesOf, StoreWorkload } from './store-workload.ts';

const DIR = '/data/1';
const BATCHES = `${DIR}/state/batches`;

let disk: SimulatedDisk;
let boot: string;

beforeEach(() => {
  disk = new SimulatedDisk();
  boot = 'first-boot';
});

function open(options = {}): Promise<PartitionStore> {
  return openPartitionStore({
    dir: DIR,
    backend: memoryBackend(disk),
    bootId: () => boot,
    ...options,
  });
}

async function checkpoint(store: PartitionStore): Promise<number> {
  const checkpoints = openCheckpointStore(disk, checkpointsFolder(DIR));
  let commit = async (): Promise<unknown> => undefined;
  const { index } = await store.takeCheckpoint((at) => {
    const pending = checkpoints.begin({ ...at, term: 1 });
    commit = () => pending.commit('test');
    return pending.path;
  });
  await commit();
  return index;
}

const contentOf = (store: PartitionStore) => linesOf(store.dump());

describe('a store in memory', () => {
  test('keeps over the end of a process what was flushed, and its checkpoint over the end of the machine', async () => {
    const first = await open({ flushEntries: 1_000_000 });
    const workload = new StoreWorkload(first.db);
    workload.runTo(300);
    expect(await checkpoint(first)).toBe(300);
    workload.runTo(340);
    await first.flush();
    workload.runTo(360);
    // Not closed: the process has ended.
    const second = await open();
    expect(second.origin).toEqual({ kind: 'live' });
    expect(await contentOf(second)).toEqual(expectedDump(340));

    disk.crash(() => 0.3);
    boot = 'second-boot';
    const third = await open();
    expect(third.origin).toMatchObject({ kind: 'checkpoint', id: '300-1' });
    expect(await contentOf(third)).toEqual(expectedDump(300));
    expect(disk.list(checkpointPart(`${checkpointsFolder(DIR)}/300-1`)).length).toBeGreaterThan(2);
  });

  test('a torn end is the end, damage before it calls for the checkpoint', async () => {
    const store = await open();
    const workload = new StoreWorkload(store.db);
    workload.runTo(20);
    await checkpoint(store);
    for (const index of [30, 40, 50]) {
      workload.runTo(index);
      await store.flush();
    }
    await store.close();
    const bytes = disk.bytesOf(BATCHES);
    bytes[bytes.length - 1]! ^= 1;
    const torn = await open();
    expect(torn.origin).toEqual({ kind: 'live' });
    expect(await contentOf(torn)).toEqual(expectedDump(40));
    new StoreWorkload(torn.db).runTo(60);
    await torn.flush();
    await torn.close();
    expect(await contentOf(await open())).toEqual(expectedDump(60));
    disk.bytesOf(BATCHES)[10]! ^= 1;
    const damaged = await open();
    expect(damaged.origin).toMatchObject({ kind: 'checkpoint', id: '20-1' });
    expect(await contentOf(damaged)).toEqual(expectedDump(20));
  });

  test('a full disk is reported, keeps what is committed, and is over when there is room', async () => {
    const problems: (string | undefined)[] = [];
    const store = await open({
      onProblem: (problem: string | undefined) => problems.push(problem),
    });
    const workload = new StoreWorkload(store.db);
    workload.runTo(20);
    await store.flush();
    disk.capacityBytes = 0;
    workload.runTo(60);
    await expect(store.flush()).rejects.toThrow('ENOSPC');
    expect(await contentOf(store)).toEqual(expectedDump(60));
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    await vi.waitFor(() => expect(store.problem).toBe(undefined));
    await store.flush();
    expect(problems).toEqual([expect.stringContaining('ENOSPC'), undefined]);
    await store.close();
    expect(await contentOf(await open())).toEqual(expectedDump(60));
  });

  test('a disk that fails while a checkpoint is restored is not taken for damage', async () => {
    const store = await open();
    new StoreWorkload(store.db).runTo(20);
    await checkpoint(store);
    await store.close();
    boot = 'second-boot';
    disk.writeFault = 'EIO';
    await expect(open()).rejects.toMatchObject({
      code: 'io',
      message: expect.stringContaining('could be restored'),
    });
    disk.writeFault = null;
    expect(await contentOf(await open())).toEqual(expectedDump(20));
  });

  test('a copy that lacks a file, or has a damaged one, is not restored', async () => {
    const backend = memoryBackend(disk);
    const store = await open();
    new StoreWorkload(store.db).runTo(300);
    await store.takeCheckpoint('/copy');
    const part = checkpointPart('/copy');
    const [first, second] = disk.list(part) as [string, string];
    disk.bytesOf(`${part}/${first}`)[20]! ^= 4;
    await expect(backend.restore(part, '/target')).rejects.toMatchObject({ code: 'corrupt' });
    disk.bytesOf(`${part}/${first}`)[20]! ^= 4;
    await backend.restore(part, '/target');
    disk.remove('/target');
    disk.remove(`${part}/${second}`);
    await expect(backend.restore(part, '/target')).rejects.toThrow(`lacks the file ${second}`);
    await expect(backend.restore('/nowhere', '/target')).rejects.toThrow('lacks the file');
    expect(disk.kindOf('/target')).toBe(null);
  });
});

describe('a log that begins above the live state', () => {
  test('calls for the newest checkpoint', async () => {
    const store = await open();
    const workload = new StoreWorkload(store.db);
    workload.runTo(20);
    await store.flush();
    workload.runTo(80);
    await checkpoint(store);
    await store.close();
    const live = await open({ logFirstIndex: 81 });
    expect(live.origin).toEqual({ kind: 'live' });
    await live.close();
    // As if the folder were the one that was flushed at entry 20.
    disk.remove(`${DIR}/state`);
    const old = await openPartitionStore({
      dir: '/data/2',
      backend: memoryBackend(disk),
      bootId: () => boot,
    });
    new StoreWorkload(old.db).runTo(20);
    await old.flush();
    disk.rename('/data/2/state', `${DIR}/state`);
    const near = await open({ logFirstIndex: 21 });
    expect(near.origin).toEqual({ kind: 'live' });
    await near.close();
    const again = await open({ logFirstIndex: 22 });
    expect(again.origin).toEqual({
      kind: 'checkpoint',
      id: '80-1',
      reason: 'it holds entry 20, and the log begins with entry 22',
    });
    expect(await contentOf(again)).toEqual(expectedDump(80));
  });

  test('is refused when no checkpoint reaches it', async () => {
    await expect(open({ logFirstIndex: 2 })).rejects.toThrow(/restore the folder .*there is none/);
    const store = await open({ logFirstIndex: 1 });
    new StoreWorkload(store.db).runTo(20);
    await checkpoint(store);
    await store.close();
    await expect(open({ logFirstIndex: 22 })).rejects.toThrow('20-1 ends before the log');
  });
});
