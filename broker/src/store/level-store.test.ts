import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SimulatedDisk } from '@millrace/raft';
import { expect, test } from 'vitest';
import { levelBackend } from './level-backend.ts';
import { openLevelStore } from './level-store.ts';
import { memoryBackend } from './memory-backend.ts';
import { type StoreUnderTest, storeConformance } from './store.conformance.ts';
import type { LiveStore, StoreBackend } from './store-backend.ts';

function underTest(
  backend: StoreBackend,
  store: LiveStore,
  disposed: () => Promise<void>,
): StoreUnderTest {
  return {
    get: (key) => store.get(key),
    write: (batch) => store.write(batch),
    readRange: (prefix, after, limit) => store.readRange({ prefix, after, limit }),
    entries: () => store.entries(),
    reopen: async () => {
      await store.close();
      const again = await backend.open(store.dir, { createIfMissing: false });
      return underTest(backend, again, disposed);
    },
    dispose: async () => {
      await store.close();
      await disposed();
    },
  };
}

storeConformance('LevelDB', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'level-'));
  const store = await levelBackend.open(dir, { createIfMissing: true });
  return underTest(levelBackend, store, () => rm(dir, { recursive: true }));
});
storeConformance('memory', async () => {
  const backend = memoryBackend(new SimulatedDisk());
  const store = await backend.open('/data/state', { createIfMissing: true });
  return underTest(backend, store, async () => {});
});

test('a store that is not there is corrupt, not empty, when it must exist', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'level-'));
  const opening = openLevelStore(dir, { createIfMissing: false });
  await expect(opening).rejects.toMatchObject({ code: 'corrupt' });
  await rm(dir, { recursive: true });
});

test('a store that somebody else has open says so', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'level-'));
  const level = await openLevelStore(dir);
  await expect(openLevelStore(dir)).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining(`${dir}: another process uses it; end that one, or choose`),
  });
  await level.close();
  await rm(dir, { recursive: true });
});
