import { spawnSync } from 'node:child_process';
import { readdirSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkpointsFolder, nodeDisk, openCheckpointStore } from '@millrace/raft';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { linkCheckpoint, restoreFromCheckpoint } from './checkpoint.ts';
import { checkpointPart, liveFolder } from './live-folder.ts';
import { openPartitionStore, type PartitionStore } from './partition-store.ts';
import { expectedDump, linesOf, StoreWorkload } from './store-workload.ts';

let dir: string;
let boot: string | undefined;

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'store-'));
  boot = 'first-boot';
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function open(options = {}): Promise<PartitionStore> {
  const store = await openPartitionStore({ dir, bootId: () => boot, ...options });
  onTestFinished(() => store.close());
  return store;
}

/** A checkpoint as the partition takes it. */
async function checkpoint(store: PartitionStore): Promise<number> {
  const checkpoints = openCheckpointStore(nodeDisk, checkpointsFolder(dir));
  let commit = async (): Promise<unknown> => undefined;
  const { index } = await store.takeCheckpoint((at) => {
    const pending = checkpoints.begin({ ...at, term: 1 });
    commit = () => pending.commit('test');
    return pending.path;
  });
  await commit();
  return index;
}

function checkpointTable(id: string): string {
  const folder = checkpointPart(path.join(checkpointsFolder(dir), id));
  const name = readdirSync(folder).find((file) => /\.(ldb|log)$/.test(file)) as string;
  return path.join(folder, name);
}

async function contentOf(store: PartitionStore): Promise<string[]> {
  return linesOf(store.dump());
}

test('what was flushed is there at the next opening, the rest is for the log to bring', async () => {
  const first = await open({ flushEntries: 1_000_000 });
  expect(first.origin.kind).toBe('empty');
  const workload = new StoreWorkload(first.db);
  workload.runTo(60);
  await first.flush();
  workload.runTo(90);
  expect(await contentOf(first)).toEqual(expectedDump(90));
  await first.close();

  const second = await open();
  expect(second.origin).toEqual({ kind: 'live' });
  expect([second.db.committedIndex, second.db.lastPosition]).toEqual([60, 60 * 24]);
  expect(await contentOf(second)).toEqual(expectedDump(60));
  new StoreWorkload(second.db).runTo(90);
  expect(await contentOf(second)).toEqual(expectedDump(90));
});

test('flushes start by themselves, by bytes and by entries', async () => {
  const byEntries = await open({ flushEntries: 10 });
  const workload = new StoreWorkload(byEntries.db);
  workload.runTo(9);
  byEntries.committed();
  expect(byEntries.db.inFlight).toBeUndefined();
  workload.runTo(10);
  byEntries.committed();
  expect(byEntries.db.inFlight?.index).toBe(10);
  await vi.waitFor(() => expect(byEntries.db.flushedIndex).toBe(10));
  await byEntries.close();
  const byBytes = await open({ flushBytes: 24 * 100 * 3 });
  new StoreWorkload(byBytes.db).runTo(13);
  byBytes.committed();
  expect(byBytes.db.inFlight?.index).toBe(13);
});

test('another boot: the live folder goes, the newest checkpoint comes', async () => {
  const first = await open();
  const workload = new StoreWorkload(first.db);
  workload.runTo(40);
  await checkpoint(first);
  workload.runTo(80);
  expect(await checkpoint(first)).toBe(80);
  workload.runTo(120);
  await first.flush();
  await first.close();

  boot = 'second-boot';
  const second = await open();
  expect(second.origin).toMatchObject({ kind: 'checkpoint', id: '80-1' });
  expect(await contentOf(second)).toEqual(expectedDump(80));
  new StoreWorkload(second.db).runTo(120);
  await second.flush();
  await second.close();
  const third = await open();
  expect(third.origin.kind).toBe('live');
  expect(await contentOf(third)).toEqual(expectedDump(120));
});

test('another boot without a checkpoint begins empty; so does one that cannot be told', async () => {
  for (const next of ['second-boot', undefined, undefined]) {
    const store = await open();
    expect(store.origin.kind).toBe('empty');
    new StoreWorkload(store.db).runTo(5);
    await store.flush();
    await store.close();
    boot = next;
  }
});

test('a damaged live folder is rebuilt from the checkpoint', async () => {
  for (const damage of ['no table', 'no CURRENT', 'torn MANIFEST'] as const) {
    const store = await open();
    new StoreWorkload(store.db).runTo(store.db.committedIndex + 20);
    const index = await checkpoint(store);
    await store.close();
    // An opening moves the log into a table, so that there is one to lose.
    await (await open()).close();
    const live = liveFolder(dir);
    const name = (pattern: RegExp) => readdirSync(live).find((file) => pattern.test(file)) ?? '';
    if (damage === 'no table') unlinkSync(path.join(live, name(/\.ldb$/)));
    else if (damage === 'no CURRENT') unlinkSync(path.join(live, 'CURRENT'));
    else truncateSync(path.join(live, name(/^MANIFEST/)), 3);
    const again = await open();
    expect(again.origin.kind).toBe('checkpoint');
    expect(await contentOf(again)).toEqual(expectedDump(index));
    await again.close();
  }
});

test('a damaged checkpoint gives way to the one before; when none is sound the start is refused', async () => {
  const store = await open();
  const workload = new StoreWorkload(store.db);
  workload.runTo(20);
  await checkpoint(store);
  workload.runTo(30);
  await checkpoint(store);
  await store.close();
  boot = 'second-boot';
  writeFileSync(checkpointTable('30-1'), 'x');
  const again = await open();
  expect(again.origin).toMatchObject({ kind: 'checkpoint', id: '20-1' });
  await again.close();
  boot = 'third-boot';
  unlinkSync(checkpointTable('20-1'));
  await expect(open()).rejects.toThrow(/no checkpoint in .* is sound.*restore the folder/);
});

test('checkpoints under load are whole, equal the state at their index, and leave the store intact', async () => {
  const store = await open({ flushEntries: 40 });
  const workload = new StoreWorkload(store.db);
  const found: number[] = [];
  const copies = path.join(dir, 'copies');
  await mkdir(copies);
  for (let round = 1; round <= 6; round++) {
    workload.runTo(round * 400 - 200);
    store.committed();
    const target = path.join(copies, String(round));
    const taking = store.takeCheckpoint(target);
    workload.runTo(round * 400);
    store.committed();
    const { index, position } = await taking;
    expect(position).toBe(index * 24);
    const opened = path.join(dir, 'opened');
    await mkdir(opened);
    writeFileSync(path.join(target, 'state', '999999.ldb'), 'not named');
    await restoreFromCheckpoint(checkpointPart(target), path.join(opened, 'state'));
    expect(readdirSync(path.join(opened, 'state'))).not.toContain('999999.ldb');
    writeFileSync(path.join(opened, 'state', 'boot-id'), 'first-boot');
    const copy = await openPartitionStore({ dir: opened, bootId: () => boot });
    expect(copy.origin.kind).toBe('live');
    expect(await contentOf(copy)).toEqual(expectedDump(index));
    // The copy is written to: the checkpoint and the live store must not notice.
    new StoreWorkload(copy.db).runTo(index + 300);
    await copy.flush();
    await copy.close();
    await rm(opened, { recursive: true });
    found.push(index);
  }
  expect(new Set(found).size).toBe(6);
  await store.flush();
  expect(await contentOf(store)).toEqual(expectedDump(2400));
  await store.close();
  expect(await contentOf(await open())).toEqual(expectedDump(2400));
}, 60_000);

test('a checkpoint that lacks a file is not restored', async () => {
  const store = await open();
  new StoreWorkload(store.db).runTo(20);
  await store.takeCheckpoint(path.join(dir, 'copy'));
  await store.close();
  const part = checkpointPart(path.join(dir, 'copy'));
  unlinkSync(path.join(part, readdirSync(part).find((file) => file.endsWith('.log')) as string));
  const target = path.join(dir, 'target');
  await expect(restoreFromCheckpoint(part, target)).rejects.toThrow('lacks the log');
  await expect(linkCheckpoint(path.join(dir, 'nowhere'), target)).rejects.toMatchObject({
    code: 'corrupt',
  });
  expect(readdirSync(dir)).not.toContain('target');
});

test('memory stays within the limits however many entries there are', async () => {
  const cacheBytes = 400_000;
  const store = await open({ cacheBytes, flushEntries: 20 });
  const workload = new StoreWorkload(store.db);
  let most = 0;
  for (let index = 20; index <= 6000; index += 20) {
    workload.runTo(index);
    await store.flush();
    const sizes = store.db.sizes();
    most = Math.max(most, sizes.cacheBytes);
    expect(sizes.dirtyKeys).toBe(0);
  }
  // A flush of 20 turns may stand above the bound before the next turn-over.
  expect(most).toBeLessThan(cacheBytes * 1.5);
  expect(store.db.sizes().residentSlots).toBeLessThan(cacheBytes / 240);
  expect(await contentOf(store)).toEqual(expectedDump(6000));
}, 60_000);

test('a full disk is reported, keeps what is committed, and is over when there is room', (context) => {
  const script = path.join(import.meta.dirname, 'full-disk.child.ts');
  const command = `mount -t tmpfs -o size=12m none ${dir} && exec ${process.execPath} ${script} ${dir}`;
  const namespace = spawnSync('unshare', ['-Urm', 'true']);
  if (namespace.status !== 0) context.skip('no namespace with a file system of its own here');
  const child = spawnSync('unshare', ['-Urm', 'sh', '-c', command], { encoding: 'utf8' });
  expect(child.stderr).toBe('');
  expect(JSON.parse(child.stdout)).toEqual({
    problem: expect.stringMatching(/the state is not written, .*No space left/),
    flushRejected: true,
    readWhileFull: true,
    recovered: true,
    same: true,
  });
}, 60_000);
