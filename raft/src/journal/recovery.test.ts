// What opening does with every kind of damage: nothing that was known durable is lost silently, nothing that was not makes
// the start fail. The expectations are computed the slow and obvious way.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import type { Entry } from './journal.ts';
import { CorruptLogError, JournalError, UnknownEntryError } from './journal-error.ts';
import { notesFileName } from './journal-notes.ts';
import { scanJournal } from './scan-journal.ts';
import { encodeFrameHead, frameHeadBytes } from './segment-format.ts';
import { openSegmentedJournal } from './segmented-journal.ts';

const dir = '/log';

interface Frame {
  readonly file: string;
  readonly offset: number;
  readonly end: number;
  readonly entry: Entry;
}

function framesOf(disk: SimulatedDisk): Frame[] {
  const frames: Frame[] = [];
  for (const item of scanJournal(dir, disk)) {
    if (item.kind !== 'entry') continue;
    const { file, offset, entry } = item;
    frames.push({ file, offset, end: offset + frameHeadBytes + entry.payload.length, entry });
  }
  return frames;
}

/** A log of several turns in flight, left as by a kill: no clean close. */
async function killedLog(
  sizes: readonly number[],
  options: { readonly flushEvery: number; readonly segmentBytes: number },
): Promise<{ disk: SimulatedDisk; frames: Frame[] }> {
  const disk = new SimulatedDisk();
  const { segmentBytes, flushEvery } = options;
  const journal = openSegmentedJournal({
    dir,
    disk,
    segmentBytes,
    firstSegmentBytes: segmentBytes,
  });
  for (const [at, bytes] of sizes.entries()) {
    const payload = new Uint8Array(bytes).fill(at + 1);
    journal.append({ term: 1 + (at >> 3), kind: 1, payload });
    if (at % flushEvery === flushEvery - 1) await journal.flush();
  }
  await journal.flush();
  return { disk: disk.copy(), frames: framesOf(disk) };
}

function reopen(disk: SimulatedDisk, durableFloor = 0) {
  return openSegmentedJournal({
    dir,
    disk,
    segmentBytes: 4096,
    firstSegmentBytes: 4096,
    durableFloor,
  });
}

function expectPrefix(disk: SimulatedDisk, frames: readonly Frame[], length: number): void {
  const journal = reopen(disk);
  expect(journal.lastIndex).toBe(length);
  for (const { entry } of frames.slice(0, length)) {
    const found = journal.read(entry.index) as Entry;
    expect(Buffer.compare(found.payload, entry.payload)).toBe(0);
    expect(found.term).toBe(entry.term);
  }
  // Whatever was cut does not come back, and the log goes on.
  expect(journal.append({ term: 99, kind: 1, payload: new Uint8Array(3) })).toBe(length + 1);
  const again = reopen(disk.copy());
  expect([again.lastIndex, again.cut]).toEqual([length + 1, null]);
}

const sizes = [30, 0, 7, 100, 55, 8, 61, 3, 40, 25];

describe('a torn end', () => {
  it('is cut at every byte, whether zeros or garbage follow', async () => {
    const { disk, frames } = await killedLog(sizes, { flushEvery: 2, segmentBytes: 4096 });
    const { file } = frames[0] as Frame;
    const end = (frames.at(-1) as Frame).end;
    for (let at = (frames[0] as Frame).offset; at < end; at++) {
      for (const filler of [0, 0xaa]) {
        const torn = disk.copy();
        torn.bytesOf(file).fill(filler, at, end + (filler === 0 ? 0 : 40));
        // A tear after the last byte that is not zero takes nothing away.
        const intact = framesOf(torn).length;
        expect(intact).toBeGreaterThanOrEqual(frames.filter((frame) => frame.end <= at).length);
        expectPrefix(torn, frames, intact);
      }
    }
  });

  it('is refused below what a clean close has noted', async () => {
    const { disk, frames } = await killedLog(sizes, { flushEvery: 2, segmentBytes: 4096 });
    await reopen(disk).close();
    const last = frames.at(-1) as Frame;
    disk.bytesOf(last.file).fill(0, last.offset, last.end);
    expect(() => reopen(disk)).toThrow(CorruptLogError);
  });

  it('is refused below the checkpoint', async () => {
    const { disk, frames } = await killedLog(sizes, { flushEvery: 2, segmentBytes: 4096 });
    const last = frames.at(-1) as Frame;
    disk.bytesOf(last.file)[last.end - 1] = 0xff;
    expect(() => reopen(disk.copy(), 10)).toThrow(CorruptLogError);
    expect(reopen(disk, 9).lastIndex).toBe(9);
  });

  it('says what was cut', async () => {
    const { disk, frames } = await killedLog(sizes, { flushEvery: 100, segmentBytes: 4096 });
    const hole = frames[6] as Frame;
    disk.bytesOf(hole.file).fill(0, hole.offset, hole.end);
    const { cut } = reopen(disk);
    expect(cut).toMatchObject({ file: hole.file, offset: hole.offset, index: 7, intactFrames: 3 });
    expect(cut?.bytes).toBeGreaterThan(60);
  });
});

describe('a flipped bit', () => {
  it('at any place is cut above the highest mark, refused below it, and harmless between frames', async () => {
    for (const flushEvery of [1, 3, 100]) {
      const { disk, frames } = await killedLog(sizes, { flushEvery, segmentBytes: 4096 });
      const { file } = frames[0] as Frame;
      for (let at = (frames[0] as Frame).offset; at < (frames.at(-1) as Frame).end; at++) {
        const damaged = disk.copy();
        damaged.bytesOf(file)[at] = (disk.bytesOf(file)[at] as number) ^ (1 << (at % 8));
        const hit = frames.find((frame) => frame.offset <= at && at < frame.end);
        const others = frames.filter((frame) => frame !== hit);
        const mark = Math.max(...others.map((frame) => frame.entry.durable));
        if (hit === undefined) expectPrefix(damaged, frames, frames.length);
        else if (hit.entry.index <= mark) {
          expect(() => reopen(damaged)).toThrow(CorruptLogError);
        } else expectPrefix(damaged, frames, hit.entry.index - 1);
      }
    }
  });

  it('is refused with file, offset, index and remedy', async () => {
    const { disk, frames } = await killedLog(sizes, { flushEvery: 1, segmentBytes: 4096 });
    const hit = frames[3] as Frame;
    disk.bytesOf(hit.file)[hit.end - 1] = 0;
    const before = Buffer.from(disk.bytesOf(hit.file));
    const refusal = { file: hit.file, offset: hit.offset, index: 4, code: 'corrupt' };
    expect(() => reopen(disk)).toThrow(expect.objectContaining(refusal));
    expect(() => reopen(disk)).toThrow(/damaged at entry 4 .*durable.*[Rr]estore/);
    expect(before.equals(disk.bytesOf(hit.file))).toBe(true);
  });
});

/** Whatever happened to the files: refused, or a prefix that holds all that an intact frame calls durable. */
function expectRefusedOrPrefix(
  disk: SimulatedDisk,
  frames: readonly Frame[],
): 'refused' | 'opened' {
  const mark = Math.max(0, ...framesOf(disk).map((frame) => frame.entry.durable));
  let journal: ReturnType<typeof reopen>;
  try {
    journal = reopen(disk);
  } catch (error) {
    expect(error).toBeInstanceOf(JournalError);
    expect((error as JournalError).code).toBe('corrupt');
    return 'refused';
  }
  expect(journal.lastIndex).toBeGreaterThanOrEqual(mark);
  expectPrefix(disk, frames, journal.lastIndex);
  return 'opened';
}

describe('pages', () => {
  const log = fc.record({
    sizes: fc.array(fc.oneof(fc.nat(60), fc.nat(3000)), { minLength: 5, maxLength: 40 }),
    flushEvery: fc.integer({ min: 1, max: 9 }),
    segmentBytes: fc.constantFrom(16384, 65536),
  });

  it('that are swapped, zeroed or repeated never make a durable entry disappear silently', async () => {
    const outcomes = { refused: 0, opened: 0 };
    const change = fc.constantFrom('swap', 'zero', 'repeat');
    await fc.assert(
      fc.asyncProperty(log, change, fc.nat(), fc.nat(), async (options, how, one, two) => {
        const { disk, frames } = await killedLog(options.sizes, options);
        const frame = frames[one % frames.length] as Frame;
        const bytes = disk.bytesOf(frame.file);
        const pages = Math.ceil(bytes.length / 4096);
        const a = frame.offset - (frame.offset % 4096);
        const b = (two % pages) * 4096;
        const pageA = bytes.slice(a, a + 4096);
        const pageB = bytes.slice(b, b + 4096);
        if (how !== 'repeat') bytes.set(how === 'swap' ? pageB : new Uint8Array(pageA.length), a);
        if (how !== 'zero') bytes.set(pageA.subarray(0, pageB.length), b);
        outcomes[expectRefusedOrPrefix(disk, frames)]++;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(outcomes.refused, outcomes.opened)).toBeGreaterThan(10);
  });

  it('of a segment that is missing are missed', async () => {
    const { disk, frames } = await killedLog(new Array(40).fill(900), {
      flushEvery: 3,
      segmentBytes: 8192,
    });
    const files = [...new Set(frames.map((frame) => frame.file))];
    expect(files.length).toBeGreaterThan(3);
    for (const [at, file] of files.entries()) {
      const damaged = disk.copy();
      damaged.remove(file);
      if (at === 0) expect(reopen(damaged).firstIndex).toBeGreaterThan(1);
      else if (at < files.length - 1) expect(() => reopen(damaged)).toThrow(CorruptLogError);
    }
    const headless = disk.copy();
    headless.bytesOf(files[1] as string)[3] = 0xff;
    expect(() => reopen(headless)).toThrow(/header of the segment is damaged/);
  });
});

describe('what is not known', () => {
  it('stops the start, and never when it is only payload', async () => {
    const { disk, frames } = await killedLog(sizes, { flushEvery: 2, segmentBytes: 4096 });
    const frame = frames[4] as Frame;
    const bytes = Buffer.from(disk.bytesOf(frame.file).buffer);
    const salt = bytes.readUInt32LE(8);
    const { index, term, durable, payload } = frame.entry;
    encodeFrameHead(bytes.subarray(frame.offset), salt, index, term, 77, durable, payload);
    const where = { file: frame.file, offset: frame.offset, entryKind: 77 };
    expect(() => reopen(disk)).toThrow(UnknownEntryError);
    expect(() => reopen(disk)).toThrow(expect.objectContaining(where));
  });

  it('a payload that looks like a frame is not taken for one', async () => {
    const disk = new SimulatedDisk();
    const journal = openSegmentedJournal({ dir, disk, newSalt: 1234, segmentBytes: 4096 });
    const forged = Buffer.alloc(frameHeadBytes);
    encodeFrameHead(forged, 4321, 50, 1, 1, 49, new Uint8Array(0));
    journal.append({ term: 1, kind: 1, payload: forged });
    await journal.flush();
    const [only] = framesOf(disk);
    disk.bytesOf(only?.file as string)[only?.offset as number] = 0xff;
    expect(reopen(disk).lastIndex).toBe(0);
  });

  it('damaged notes are refused, and may be deleted', async () => {
    const { disk } = await killedLog(sizes, { flushEvery: 2, segmentBytes: 4096 });
    const notes = `${dir}/${notesFileName}`;
    disk.bytesOf(notes)[5] = 0;
    expect(() => reopen(disk)).toThrow(/journal.notes is damaged.*delete this file/);
    disk.remove(notes);
    expect(reopen(disk).lastIndex).toBe(10);
  });
});
