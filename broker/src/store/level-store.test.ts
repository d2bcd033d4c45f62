import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { MemoryBase } from '../core/state/memory-base.ts';
import { type LevelStore, openLevelStore } from './level-store.ts';
import { type StoreUnderTest, storeConformance } from './store.conformance.ts';

function levelUnderTest(level: LevelStore): StoreUnderTest {
  return {
    get: (key) => level.get(key),
    write: (batch) => level.write(batch),
    readRange: (prefix, after, limit) => level.readRange({ prefix, after, limit }),
    entries: () => level.entries(),
    reopen: async () => {
      await level.close();
      return levelUnderTest(await openLevelStore(level.dir));
    },
    dispose: async () => {
      await level.close();
      await rm(level.dir, { recursive: true });
    },
  };
}

function memoryUnderTest(base: MemoryBase): StoreUnderTest {
  return {
    get: (key) => base.get(key),
    write: (batch) => base.write(batch),
    readRange: async (prefix, after, limit) => base.readRange(prefix, after, limit),
    entries: () => base.entries(),
    reopen: async () => memoryUnderTest(base),
    dispose: async () => {},
  };
}

storeConformance('LevelDB', async () =>
  levelUnderTest(await openLevelStore(await mkdtemp(path.join(tmpdir(), 'level-')))),
);
storeConformance('memory', async () => memoryUnderTest(new MemoryBase()));

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
