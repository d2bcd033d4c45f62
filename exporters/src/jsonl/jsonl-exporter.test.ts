// The exporter `jsonl`: the suite for all exporters, and what a file has that others have not: torn tails, doubled lines,
// rotation, a full or read-only disk.
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXPORTER_CHECKS } from '../exporter-conformance.ts';
import { ExporterStage } from '../exporter-stage.ts';
import { sampleBatch } from '../sample-records.ts';
import { JsonlExporter } from './jsonl-exporter.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jsonl-'));
  path = join(folder, 'deep', 'records.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly partitionId: number;
  readonly position: number;
}
const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
const positionsOf = (file: string): number[] =>
  linesOf(file).map((line) => (JSON.parse(line) as Line).position);

const stageOf = (options: object = {}, args: object = {}) =>
  new ExporterStage({ exporterClass: JsonlExporter, args: { path, ...args }, ...options });

async function opened(options: object = {}, args: object = {}): Promise<ExporterStage> {
  const stage = stageOf(options, args);
  await stage.open();
  return stage;
}

describe('the exporter `jsonl`', () => {
  const arrived = () =>
    linesOf(path).map((line) => {
      const { partitionId, position } = JSON.parse(line) as Line;
      return `${partitionId}-${position}`;
    });
  test.each(EXPORTER_CHECKS)('$name', ({ run }) =>
    run({ exporterClass: JsonlExporter, args: { path }, arrived }),
  );

  test('the file exists once it is open, and not before', async () => {
    const stage = stageOf();
    await stage.exporter.configure(stage.context);
    expect(existsSync(path)).toBe(false);
    await stage.exporter.open(stage);
    expect(readFileSync(path, 'utf8')).toBe('');
    await stage.close();
  });

  test('a line stands in the file as soon as export returns, acknowledged only when synced', async () => {
    const stage = await opened();
    await stage.export(sampleBatch(1, 3));
    expect(positionsOf(path)).toEqual([1, 2, 3]);
    expect(stage.acknowledged).toEqual([]);
    await stage.close();
    expect(stage.acknowledged).toEqual([3]);
  });

  test('each record is one line with all fields, also when its texts hold line breaks', async () => {
    const stage = await opened();
    await stage.export(sampleBatch(1, 3));
    await stage.close();
    const records = linesOf(path).map((line) => JSON.parse(line) as Record<string, unknown>);
    const fields =
      'authorizations brokerVersion intent key operationReference partitionId position recordType recordVersion ' +
      'rejectionReason rejectionType sourceRecordPosition timestamp value valueType';
    for (const record of records) expect(Object.keys(record).sort().join(' ')).toBe(fields);
    expect(records[1]).toMatchObject({ rejectionType: 'NOT_FOUND', key: -1, valueType: 'JOB' });
    expect(records[0]?.value).toMatchObject({ variables: { at: 1 }, customHeaders: {} });
    expect(records[2]?.value).toMatchObject({ name: 'größe\n"x"' });
  });

  test('partitions append whole lines to one file', async () => {
    const shared = new Map<string, unknown>();
    const one = await opened({ shared, partitionId: 1 });
    const two = await opened({ shared, partitionId: 2 });
    for (let at = 1; at < 50; at++) {
      await one.export(sampleBatch(at, at, 1));
      await two.export(sampleBatch(at, at, 2));
    }
    await one.close();
    await two.close();
    expect(positionsOf(path)).toHaveLength(98);
  });
});

describe('after a crash', () => {
  test('a torn last line is cut, at whatever byte it was torn', async () => {
    const stage = await opened();
    await stage.export(sampleBatch(1, 2));
    await stage.close();
    const whole = readFileSync(path);
    const second = whole.indexOf('\n') + 1;
    for (let length = 1; length < whole.length; length += 37) {
      writeFileSync(path, whole.subarray(0, length));
      const again = await opened({ lastPosition: 0 });
      const left = length < second ? [] : [1];
      expect(positionsOf(path)).toEqual(left);
      await again.export(sampleBatch(1, 2));
      await again.close();
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
  });

  test('zero bytes in place of data are cut with what follows', async () => {
    const stage = await opened();
    await stage.export(sampleBatch(1, 4));
    await stage.close();
    const whole = readFileSync(path);
    const broken = Buffer.from(whole);
    broken.fill(0, whole.indexOf('\n') + 20, whole.indexOf('\n') + 60);
    writeFileSync(path, broken);
    const again = await opened({ lastPosition: 0 });
    expect(positionsOf(path)).toEqual([1]);
    await again.export(sampleBatch(1, 4));
    await again.close();
    expect(readFileSync(path).equals(whole)).toBe(true);
  });

  test('lines that stand beyond the acknowledged position are not written twice', async () => {
    const shared = new Map<string, unknown>();
    const one = await opened({ shared, partitionId: 1 });
    const two = await opened({ shared, partitionId: 2 });
    await one.export(sampleBatch(1, 6, 1));
    await two.export(sampleBatch(1, 9, 2));
    await one.close();
    await two.close();
    const again = await opened({ partitionId: 1, lastPosition: 2 });
    await again.export(sampleBatch(3, 4, 1));
    await again.export(sampleBatch(5, 8, 1));
    await again.close();
    expect(positionsOf(path)).toEqual([1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 7, 8]);
  });

  test('another record under the same position is written: the data may have begun anew', async () => {
    mkdirSync(join(folder, 'deep'));
    const [line = ''] = sampleBatch(1, 1).map((each) => each.json());
    writeFileSync(path, `${line.replace('"timestamp":1', '"timestamp":2')}\n`);
    const stage = await opened();
    await stage.export(sampleBatch(1, 2));
    await stage.close();
    expect(positionsOf(path)).toEqual([1, 1, 2]);
  });

  test('a line that was rotated away just before the crash is found', async () => {
    const stage = await opened({}, { maxBytes: 1024 });
    await stage.export(sampleBatch(1, 3));
    await stage.export(sampleBatch(4, 4));
    await stage.close();
    expect(positionsOf(`${path}.1`)).toEqual([1, 2, 3]);
    const again = await opened({ lastPosition: 1 }, { maxBytes: 1024 });
    await again.export(sampleBatch(2, 5));
    await again.close();
    const all = readdirSync(join(folder, 'deep'))
      .sort()
      .reverse()
      .flatMap((name) => positionsOf(join(folder, 'deep', name)));
    expect(all).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('the file', () => {
  test('is rotated before it grows too large, and the oldest goes', async () => {
    const stage = await opened({}, { MAX_BYTES: '4096', keep: 2 });
    for (let at = 1; at <= 60; at++) await stage.export(sampleBatch(at, at));
    await stage.close();
    expect(readdirSync(join(folder, 'deep')).sort()).toEqual([
      'records.jsonl',
      'records.jsonl.1',
      'records.jsonl.2',
    ]);
    for (const suffix of ['', '.1', '.2']) {
      expect(statSync(path + suffix).size).toBeLessThanOrEqual(4096);
    }
    const kept = ['.2', '.1', ''].flatMap((suffix) => positionsOf(path + suffix));
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => 61 - kept.length + i));
  });

  test('is begun anew when somebody moves it away', async () => {
    const stage = await opened();
    await stage.export(sampleBatch(1, 2));
    renameSync(path, `${path}.moved`);
    await stage.runTasks();
    await expect.poll(() => existsSync(path)).toBe(true);
    await stage.export(sampleBatch(3, 4));
    await stage.close();
    expect([...positionsOf(`${path}.moved`), ...positionsOf(path)]).toEqual([1, 2, 3, 4]);
  });

  test('of somebody else is left alone', async () => {
    mkdirSync(join(folder, 'deep'));
    writeFileSync(path, 'precious text without line end');
    const stage = stageOf();
    await expect(stage.open()).rejects.toThrow(/is no file of exported records/);
    expect(readFileSync(path, 'utf8')).toBe('precious text without line end');
  });

  test('cannot be made: the failure names the path, and it works once the obstacle is gone', async () => {
    writeFileSync(join(folder, 'deep'), 'a file where a folder should be');
    const stage = stageOf();
    await expect(stage.open()).rejects.toThrow(/deep/);
    rmSync(join(folder, 'deep'));
    await stage.exporter.open(stage);
    await stage.export(sampleBatch(1, 1));
    await stage.close();
    expect(positionsOf(path)).toEqual([1]);
  });

  test('that is full leaves no part of a line: the batch fails and nothing is acknowledged', async () => {
    path = '/dev/full';
    const stage = stageOf();
    await stage.open();
    await expect(stage.export(sampleBatch(1, 1))).rejects.toThrow(/ENOSPC/);
    expect(stage.acknowledged).toEqual([]);
  });

  test('lines of another writer in the same file do no harm', async () => {
    const stage = await opened();
    await stage.export(sampleBatch(1, 1));
    appendFileSync(path, '{"note":"by hand"}\n');
    await stage.export(sampleBatch(2, 2));
    await stage.close();
    const again = await opened({ lastPosition: 0 });
    await again.export(sampleBatch(1, 3));
    await again.close();
    expect(linesOf(path)).toHaveLength(4);
  });

  test('needs a path', async () => {
    const stage = new ExporterStage({ exporterClass: JsonlExporter, args: {} });
    await expect(stage.open()).rejects.toThrow(/needs the argument 'path'/);
  });
});
