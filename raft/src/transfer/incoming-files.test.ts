// Files that arrive: only what the manifest promises becomes a checkpoint, and what is there is found again.
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { openCheckpointStore } from '../journal/checkpoint-store.ts';
import type { CheckpointOffer } from './checkpoint-offer.ts';
import { incomingFilesFolder, openIncomingFiles } from './incoming-files.ts';

const dir = '/member';
const contents = ['CURRENT', 'table of the state '.repeat(40), '', 'the end', ''];
const names = ['CURRENT', 'tables/1.ldb', 'tables/2.ldb', 'tables/more/3.ldb', 'LAST'];
const stream = new TextEncoder().encode(contents.join(''));

function offerOf(index = 50): CheckpointOffer {
  const files = contents.map((text, i) => ({
    name: names[i] as string,
    size: text.length,
    crc32: crc32(text),
  }));
  return {
    manifest: { version: 1, index, term: 3, position: 500, files, createdBy: 'a test' },
    base: 20,
    baseTerm: 2,
    configuration: null,
  };
}

function prepared(): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeFolder(dir);
  return disk;
}

it('become a checkpoint when all is there, in pieces of any size', async () => {
  for (const pieceBytes of [1, 7, 100, 10_000]) {
    const disk = prepared();
    const files = await openIncomingFiles(disk, dir, offerOf());
    while (!files.isComplete) {
      await files.write(stream.subarray(files.position, files.position + pieceBytes));
    }
    await files.seal();
    disk.crash(() => 0);
    const store = openCheckpointStore(disk, `${dir}/checkpoints`);
    store.adopt(incomingFilesFolder(dir), '50-3');
    await store.verify('50-3');
    expect(store.newest()?.manifest).toEqual(offerOf().manifest);
  }
});

it('are found again after the end of the process and after a crash', async () => {
  for (const isCrash of [false, true]) {
    for (let at = 0; at <= stream.length; at += 41) {
      const disk = prepared();
      await (await openIncomingFiles(disk, dir, offerOf())).write(stream.subarray(0, at));
      if (isCrash) disk.crash(Math.random);
      const files = await openIncomingFiles(disk, dir, offerOf());
      expect(files.position).toBeLessThanOrEqual(at);
      if (!isCrash) expect(files.position).toBe(at);
      while (!files.isComplete) await files.write(stream.subarray(files.position));
      await files.seal();
      const store = openCheckpointStore(disk, `${dir}/checkpoints`);
      store.adopt(incomingFilesFolder(dir), '50-3');
      await store.verify('50-3');
    }
  }
});

it('of another checkpoint are removed, those of a damaged file arrive again', async () => {
  const disk = prepared();
  const old = await openIncomingFiles(disk, dir, offerOf());
  await old.write(stream.subarray(0, 300));
  const files = await openIncomingFiles(disk, dir, offerOf(60));
  expect(files.position).toBe(0);
  const damaged = Uint8Array.from(stream);
  damaged[30] = 0;
  expect(await files.write(damaged)).toBe(contents[0]?.length);
  expect(await files.write(damaged.subarray(files.position))).toBe(contents[0]?.length);
  await files.write(stream.subarray(files.position));
  expect(files.isComplete).toBe(true);
});

it('of a file that is damaged again and again are given up', async () => {
  const files = await openIncomingFiles(prepared(), dir, offerOf());
  const damaged = Uint8Array.from(stream);
  damaged[30] = 0;
  await files.write(damaged);
  await files.write(damaged.subarray(files.position));
  await expect(files.write(damaged.subarray(files.position))).rejects.toThrow(
    /tables\/1.ldb .*arrived damaged 3 times/,
  );
});

it('left longer than the file or full of other bytes are not taken up', async () => {
  const disk = prepared();
  await (await openIncomingFiles(disk, dir, offerOf())).write(stream.subarray(0, 300));
  disk.bytesOf(`${incomingFilesFolder(dir)}/CURRENT`)[0] = 1;
  expect((await openIncomingFiles(disk, dir, offerOf())).position).toBe(0);
});
