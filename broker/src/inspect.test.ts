// `inspect` over real folders: sound ones, every kind of damage, and what it prints.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk, openCheckpointStore } from '@millrace/raft';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FlushBatch } from './core/state/flush-batch.ts';
import { StateDb } from './core/state/state-db.ts';
import { SampleLog } from './exporting/sample-log.ts';
import type { PartitionReport } from './inspect/inspect-messages.ts';
import { type InspectOptions, inspectTo } from './inspect.ts';
import { openLevelStore } from './store/level-store.ts';

let data = '';
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'inspect-'));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));

const partitionDir = (id: number) => join(data, 'partitions', String(id));
const logDir = (id: number) => join(partitionDir(id), 'log');

class Lines {
  readonly lines: string[] = [];
  isClosed = false;
  closesAfter = Number.POSITIVE_INFINITY;
  line(text: string): void {
    this.lines.push(text);
    if (this.lines.length >= this.closesAfter) this.isClosed = true;
  }
  async settle(): Promise<void> {}
  get text(): string {
    return this.lines.join('\n');
  }
}

async function inspected(options: InspectOptions = {}) {
  const out = new Lines();
  const errors = new Lines();
  const code = await inspectTo(data, options, out, errors);
  return { code, out, errors };
}

async function reportOf(id = 1): Promise<PartitionReport & { code: number }> {
  const { code, out } = await inspected({ json: true, partition: id });
  return { code, ...(JSON.parse(out.text) as PartitionReport) };
}

/** A partition's log: so many entries of three records, closed unless it is to look killed. */
async function makeLog(id: number, entries: number, ending: 'closed' | 'killed' = 'closed') {
  const log = new SampleLog(id, logDir(id), 8 * 1024);
  for (let i = 0; i < entries; i++) {
    log.append(3);
    await log.flush();
  }
  log.appendPositions({ exporterId: 'file', position: 2, index: 0 });
  log.appendPositions({ exporterId: 'file', position: 6, index: 2 });
  await log.flush();
  const copy = new Map<string, Buffer>();
  for (const name of readdirSync(log.dir)) copy.set(name, readFileSync(join(log.dir, name)));
  await log.close();
  if (ending === 'closed') return;
  rmSync(log.dir, { recursive: true });
  mkdirSync(log.dir);
  for (const [name, bytes] of copy) writeFileSync(join(log.dir, name), bytes);
}

async function makeCheckpoint(id: number, index: number): Promise<string> {
  const store = openCheckpointStore(nodeDisk, join(partitionDir(id), 'checkpoints'));
  const pending = store.begin({ index, term: 1, position: index * 3 });
  writeFileSync(join(pending.path, '000005.ldb'), 'x'.repeat(5000));
  return (await pending.commit('test')).path;
}

/** A state store that has applied an entry. */
async function makeState(id: number, index: number): Promise<string> {
  const path = join(partitionDir(id), 'state');
  mkdirSync(path, { recursive: true });
  const store = await openLevelStore(path);
  const db = new StateDb(store);
  db.setMeta({ lastPosition: index * 3, keyCounter: 77 });
  db.sealEntry(index);
  db.commit(index);
  await store.write(db.takeFlush() as FlushBatch);
  await store.close();
  return path;
}

const segments = (id = 1) =>
  readdirSync(logDir(id))
    .filter((name) => statSync(join(logDir(id), name)).size >= 8 * 1024)
    .sort();

/** Changes one byte in the middle of what a segment holds. */
function damage(name: string, offset: number): void {
  const path = join(logDir(1), name);
  const bytes = readFileSync(path);
  bytes[offset] = (bytes[offset] as number) ^ 0xff;
  writeFileSync(path, bytes);
}

const contents = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => {
      const path = join(each.parentPath, each.name);
      return `${path} ${statSync(path).mtimeMs} ${readFileSync(path).toString('base64')}`;
    });

describe('a sound folder', () => {
  test('is summed up partition by partition, and left as it is', async () => {
    await makeLog(1, 40);
    await makeLog(3, 2);
    await makeCheckpoint(1, 10);
    const before = contents(data);
    const { code, out } = await inspected();
    expect(code).toBe(0);
    expect(out.text).toMatch(/partition 1\n {2}log .*segments/);
    expect(out.text).toMatch(
      /entries {5}1 to 42 \(40 records, 2 exporterPositions\), terms 1 to 1/,
    );
    expect(out.text).toMatch(/records {5}120, positions 1 to 120, 2023-11-14T/);
    expect(out.text).toMatch(/exporter {4}file at position 6, entry 2/);
    expect(out.text).toMatch(
      /checkpoint {2}10-1 intact: entry 10, position 30, 1 files, 5000 bytes/,
    );
    expect(out.text).toMatch(/partition 3\n/);
    expect(out.lines.at(-1)).toBe('no damage found');
    expect(contents(data)).toEqual(before);
  });

  test('gives one report per partition as JSON', async () => {
    await makeLog(1, 5);
    const report = await reportOf();
    expect(report).toMatchObject({
      code: 0,
      partitionId: 1,
      log: { firstIndex: 1, lastIndex: 7, records: 15, firstPosition: 1, lastPosition: 15 },
      checkpoints: [],
      problems: [],
    });
  });

  test('prints records, all or some, for people and as JSON', async () => {
    await makeLog(1, 5);
    const some = await inspected({ records: true, from: 5, to: 6 });
    expect(some.code).toBe(0);
    expect(some.out.lines).toHaveLength(2);
    expect(some.out.lines[0]).toMatch(
      /^#5 EVENT JOB\.CREATED 2251799813685253 type=work bpmnProcessId=orders .*<-#4 2023-11-14T\S+Z$/,
    );
    expect(some.out.lines[1]).toMatch(
      /^#6 REJECTION JOB\.COMPLETE .* NOT_FOUND: no such job <-#5 /,
    );
    const all = await inspected({ records: true, json: true });
    const positions = all.out.lines.map(
      (line) => (JSON.parse(line) as { position: number }).position,
    );
    expect(positions).toEqual(Array.from({ length: 15 }, (_, i) => i + 1));
  });

  test('prints no more than the reader wants', async () => {
    await makeLog(1, 20);
    const out = new Lines();
    out.closesAfter = 4;
    await inspectTo(data, { records: true }, out, new Lines());
    expect(out.lines.length).toBeLessThan(10);
  });

  test('says how far the state has come, and leaves its files alone', async () => {
    await makeLog(1, 5);
    await makeState(1, 6);
    const before = contents(data);
    const { code, out } = await inspected();
    expect(code).toBe(0);
    expect(out.text).toMatch(
      /state {7}applied up to entry 6, position 18, 4 keys, \d+ bytes, last key counter 77/,
    );
    expect(contents(data)).toEqual(before);
  });

  test('with leftovers of an interrupted checkpoint is sound', async () => {
    await makeLog(1, 5);
    mkdirSync(join(partitionDir(1), 'checkpoints', '5-1.pending'), { recursive: true });
    const { code, out } = await inspected();
    expect(code).toBe(0);
    expect(out.text).toMatch(/note .*5-1\.pending was left by an interrupted checkpoint/);
  });
});

describe('damage', () => {
  test('below what is known durable is found, with file and offset', async () => {
    await makeLog(1, 60);
    const [first = ''] = segments();
    damage(first, 2000);
    const { code, out } = await inspected();
    expect(code).toBe(1);
    expect(out.text).toMatch(new RegExp(`DAMAGE .*${first}, offset \\d+: entry \\d+ is damaged`));
    expect(out.lines.at(-1)).toMatch(/^\d+ problems found$/);
    const report = await reportOf();
    expect(report.problems[0]?.offset).toBeGreaterThan(0);
    expect(report.problems[0]?.offset).toBeLessThanOrEqual(2000);
    expect(report.log.records).toBeGreaterThan(150);
  });

  test('of any byte below the durable mark is found', async () => {
    await makeLog(1, 12);
    const [first = ''] = segments();
    const path = join(logDir(1), first);
    const whole = readFileSync(path);
    const used = whole.findLastIndex((byte) => byte !== 0);
    for (let offset = 64; offset < used - 1000; offset += 211) {
      writeFileSync(path, whole);
      damage(first, offset);
      const { code } = await inspected();
      expect(code, `offset ${offset}`).toBe(1);
    }
  });

  test('in the last entry after a kill is a torn tail: mentioned, no damage', async () => {
    await makeLog(1, 6, 'killed');
    const last = segments().at(-1) ?? '';
    const bytes = readFileSync(join(logDir(1), last));
    damage(
      last,
      bytes.findLastIndex((byte) => byte !== 0),
    );
    const report = await reportOf();
    expect(report.code).toBe(0);
    expect(report.log.tornTail?.text).toMatch(/entry 8 is damaged/);
    expect((await inspected()).out.text).toMatch(/torn tail, cut at the next start/);
  });

  test('in the last entry after a clean stop is damage', async () => {
    await makeLog(1, 6);
    const last = segments().at(-1) ?? '';
    const bytes = readFileSync(join(logDir(1), last));
    damage(
      last,
      bytes.findLastIndex((byte) => byte !== 0),
    );
    expect((await reportOf()).code).toBe(1);
  });

  test('a missing segment is found', async () => {
    await makeLog(1, 80);
    expect(segments().length).toBeGreaterThan(2);
    rmSync(join(logDir(1), segments()[1] as string));
    const { code, out } = await inspected();
    expect(code).toBe(1);
    expect(out.text).toMatch(/entries \d+ to \d+ are missing before this segment/);
  });

  test('a log that begins behind every checkpoint is found', async () => {
    await makeLog(1, 80);
    rmSync(join(logDir(1), segments()[0] as string));
    const { code, out } = await inspected();
    expect(code).toBe(1);
    expect(out.text).toMatch(/no intact checkpoint holds the state before it/);
    await makeCheckpoint(1, 60);
    expect((await inspected()).code).toBe(0);
  });

  test('of a checkpoint is found', async () => {
    await makeLog(1, 20);
    const path = await makeCheckpoint(1, 10);
    writeFileSync(join(path, '000005.ldb'), `${'x'.repeat(4999)}y`);
    const { code, out } = await inspected();
    expect(code).toBe(1);
    expect(out.text).toMatch(/checkpoint {2}10-1 DAMAGED/);
    expect(out.text).toMatch(/000005\.ldb of checkpoint 10-1 is damaged/);
  });

  test('goes to the error output when records are printed', async () => {
    await makeLog(1, 60);
    damage(segments()[0] as string, 2000);
    const { code, out, errors } = await inspected({ records: true });
    expect(code).toBe(1);
    expect(out.lines.every((line) => line.startsWith('#'))).toBe(true);
    expect(errors.text).toMatch(/^partition 1: .* is damaged/);
  });

  test('of the state is found, and a state that is ahead of the log', async () => {
    await makeLog(1, 5);
    const path = await makeState(1, 60);
    expect((await inspected()).out.text).toMatch(
      /DAMAGE .*state: the state has applied entry 60, but the log ends with entry 7/,
    );
    const manifest = readdirSync(path).find((name) => name.startsWith('MANIFEST')) as string;
    writeFileSync(join(path, manifest), 'nonsense');
    const { code, out } = await inspected();
    expect(code).toBe(1);
    expect(out.text).toMatch(/DAMAGE .*state: the state cannot be read: /);
  });

  test('of the small files is found', async () => {
    await makeLog(1, 3);
    for (const name of ['vote', 'member', 'install'])
      writeFileSync(join(partitionDir(1), name), 'nonsense');
    writeFileSync(join(logDir(1), 'journal.notes'), 'nonsense');
    const report = await reportOf();
    expect(report.code).toBe(1);
    expect(report.problems.map((each) => each.file)).toEqual([
      join(logDir(1), 'journal.notes'),
      join(partitionDir(1), 'vote'),
      join(partitionDir(1), 'member'),
      join(partitionDir(1), 'install'),
    ]);
  });
});

describe('nothing to inspect', () => {
  test('is said, with what is there', async () => {
    const none = await inspected();
    expect(none.code).toBe(2);
    expect(none.errors.text).toMatch(/is no data folder of Millrace/);
    await makeLog(2, 1);
    const other = await inspected({ partition: 1 });
    expect(other.code).toBe(2);
    expect(other.errors.text).toMatch(/has no partition 1: there are 2/);
  });
});
