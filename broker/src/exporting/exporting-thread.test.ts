// Exporting on its own thread, with the real `jsonl` exporter, exporters from modules, and threads that die.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Exporting, startExporting } from './exporting.ts';
import type { ExportedPosition, ExporterConfiguration } from './exporting-messages.ts';
import { SampleLog } from './sample-log.ts';

// Several threads are started one after the other: on a busy machine each takes seconds.
vi.setConfig({ testTimeout: 60_000 });

let folder = '';
let file = '';
let lines: string[] = [];
const logs: SampleLog[] = [];
const running: Exporting[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exporting-thread-'));
  file = join(folder, 'out', 'records.jsonl');
  lines = [];
});
afterEach(async () => {
  for (const exporting of running.splice(0)) await exporting.close(0);
  for (const log of logs.splice(0)) await log.close();
  rmSync(folder, { recursive: true, force: true });
});

function logOf(partitionId = 1): SampleLog {
  const log = new SampleLog(partitionId, join(folder, String(partitionId)));
  logs.push(log);
  return log;
}

function started(
  exporter: ExporterConfiguration,
  positions: readonly ExportedPosition[] = [],
): Exporting {
  const exporting = startExporting({
    exporters: [exporter],
    phaseFile: join(folder, 'exporting'),
    log: (level, text) => lines.push(`${level} ${text}`),
  });
  running.push(exporting);
  for (const log of logs) {
    exporting.lead({
      partitionId: log.partitionId,
      journalDir: log.dir,
      committedIndex: log.index,
      committedPosition: log.position,
      positions,
    });
  }
  return exporting;
}

const jsonl = (): ExporterConfiguration => ({
  id: 'file',
  className: 'jsonl',
  args: { PATH: file },
});
const commit = (exporting: Exporting, log: SampleLog) =>
  exporting.committed(log.partitionId, log.index, log.position);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 10 });
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

interface Line {
  readonly partitionId: number;
  readonly position: number;
}
const exported = (partitionId: number): number[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line)
    .filter((record) => record.partitionId === partitionId)
    .map((record) => record.position);

function moduleOf(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, body);
  return path;
}

test("the file is there when the partition's exporters are open, and gets the records of all partitions", async () => {
  const one = logOf(1);
  const two = logOf(2);
  const exporting = started(jsonl());
  await exporting.opened();
  expect(readFileSync(file, 'utf8')).toBe('');
  for (let i = 0; i < 50; i++) {
    one.append(4);
    commit(exporting, one);
    two.append(3);
    commit(exporting, two);
  }
  await eventually(() => {
    expect(exported(1)).toEqual(upTo(200));
    expect(exported(2)).toEqual(upTo(150));
  });
  await exporting.close(5000);
  expect(exporting.status().exporters).toMatchObject([
    { partitionId: 1, position: 200, index: 50, lag: 0, state: 'closed' },
    { partitionId: 2, position: 150, index: 50, lag: 0, state: 'closed' },
  ]);
});

test('after a crash nothing is missing and lines that stand are not doubled', async () => {
  const log = logOf();
  let known: ExportedPosition[] = [];
  for (let round = 0; round < 4; round++) {
    const exporting = started(jsonl(), known);
    exporting.onPosition((_partition, exporterId, position, index) => {
      // In one round the newest positions never reach the log.
      if (round !== 2) known = [{ exporterId, position, index }];
    });
    await exporting.ready;
    for (let i = 0; i < 20; i++) log.append(5);
    commit(exporting, log);
    const { position } = log;
    await eventually(() => expect(exported(1).at(-1)).toBe(position));
    // No time to drain: as near to a crash as one process comes.
    await exporting.close(0);
    running.splice(0);
  }
  expect(exported(1)).toEqual(upTo(400));
});

test('a wrong configuration is refused before anything is made', async () => {
  logOf();
  const exporting = started({ id: 'file', className: 'jsonl', args: {} });
  await expect(exporting.ready).rejects.toThrow("exporter 'file' needs the argument 'path'");
  await exporting.close(1000);
  expect(existsSync(file)).toBe(false);
});

test('an exporter of a module of its own, and an exception that it lets go astray', async () => {
  const path = moduleOf(
    'mine.mjs',
    `import { appendFileSync } from 'node:fs';
     export default class {
       configure(context) { this.path = context.arguments.text('target'); }
       open(controller) { this.controller = controller; setTimeout(() => { throw new Error('astray'); }); }
       export(batch) {
         for (const record of batch) appendFileSync(this.path, record.intent + ' ' + record.json() + '\\n');
         this.controller.updatePosition(batch.at(-1).position);
       }
       close() {}
     }`,
  );
  const log = logOf();
  const target = join(folder, 'mine.txt');
  const exporting = started({ id: 'mine', className: path, args: { target } });
  await exporting.ready;
  await eventually(() => expect(lines.join('\n')).toMatch(/go astray: Error: astray/));
  log.append(2);
  commit(exporting, log);
  await exporting.close(5000);
  expect(readFileSync(target, 'utf8')).toMatch(
    /^CREATED \{"position":1,.*\nCREATED \{"position":2,/,
  );
});

test('a thread that dies is started again where its exporters stood', async () => {
  const path = moduleOf(
    'mortal.mjs',
    `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
     export class Mortal {
       configure(context) { this.dir = context.arguments.text('dir'); }
       open(controller) { this.controller = controller; }
       export(batch) {
         for (const record of batch) {
           if (record.position === 7 && !existsSync(this.dir + '/died')) {
             writeFileSync(this.dir + '/died', '');
             process.exit(1);
           }
           appendFileSync(this.dir + '/mortal.txt', record.position + '\\n');
         }
         this.controller.updatePosition(batch.at(-1).position);
       }
       close() {}
     }`,
  );
  const log = logOf();
  log.append(5);
  const exporting = started({ id: 'mortal', className: path, args: { dir: folder } });
  await exporting.ready;
  await eventually(() => expect(exporting.status().exporters[0]?.position).toBe(5));
  log.append(5);
  commit(exporting, log);
  const arrived = () => readFileSync(join(folder, 'mortal.txt'), 'utf8').split('\n').slice(0, -1);
  await eventually(() => expect(arrived().at(-1)).toBe('10'));
  expect(arrived().map(Number)).toEqual([1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10]);
  expect(lines.join('\n')).toMatch(/the exporting thread ended; it is started again/);
});

test('an exporter that never gives the thread back does not keep the broker from ending', async () => {
  const path = moduleOf(
    'greedy.mjs',
    'export class Greedy { configure() {} open() {} export() { for (;;); } close() {} }',
  );
  const log = logOf();
  const exporting = started({ id: 'greedy', className: path, args: {} });
  await exporting.ready;
  log.append(1);
  commit(exporting, log);
  await exporting.close(200);
  expect(exporting.status().exporters[0]?.position).toBe(-1);
});
