// Leadership moves between brokers whose exporters run on threads of their own: threads die in between, keep the thread to
// themselves, and the files of `jsonl` on both brokers together hold every record.
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
/** Text of the replicated positions of the one exporter and partition. */
let replicated: readonly ExportedPosition[] = [];
const brokers: Broker[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fail-over-thread-'));
  replicated = [];
});
afterEach(async () => {
  for (const { exporting, log } of brokers.splice(0)) {
    await exporting.close(0);
    await log.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 30_000, interval: 10 });
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);

class Broker {
  readonly name: string;
  readonly log: SampleLog;
  readonly exporting: Exporting;
  readonly lines: string[] = [];
  /** Whether what is acknowledged here becomes part of the replicated log. */
  replicates = true;

  constructor(name: string, exporter: ExporterConfiguration) {
    this.name = name;
    this.log = new SampleLog(1, join(folder, `log-${name}`));
    this.exporting = startExporting({
      exporters: [exporter],
      phaseFile: join(folder, `exporting-${name}`),
      log: (level, text) => this.lines.push(`${level} ${text}`),
      unleadDeadlineMs: 200,
    });
    this.exporting.onPosition((_partition, exporterId, position, index) => {
      if (this.replicates) replicated = [{ exporterId, position, index }];
    });
    brokers.push(this);
  }

  lead(): void {
    this.exporting.lead({
      partitionId: 1,
      journalDir: this.log.dir,
      committedIndex: this.log.index,
      committedPosition: this.log.position,
      positions: replicated,
    });
  }

  /** Entries of one record each; the others have them at once. */
  commit(records: number): void {
    for (let i = 0; i < records; i++) this.log.append(1);
    for (const other of brokers) other.log.follow(this.log, this.log.index, this.log.position);
    this.exporting.committed(1, this.log.index, this.log.position);
  }

  /** The positions in the file that its exporter writes. */
  get written(): number[] {
    const path = join(folder, `${this.name}.txt`);
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1).map(Number) : [];
  }

  get jsonl(): Line[] {
    return readFileSync(join(folder, `${this.name}.jsonl`), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  }
}

interface Line {
  readonly partitionId: number;
  readonly position: number;
}

/** Writes positions to NAME.txt, and takes the thread along once when there is a file die-NAME. */
function mortal(name: string): ExporterConfiguration {
  const path = join(folder, `mortal-${name}.mjs`);
  const body = `import { appendFileSync, existsSync, rmSync } from 'node:fs';
     export class Mortal {
       configure() {}
       open(controller) { this.controller = controller; }
       export(batch) {
         if (existsSync(${JSON.stringify(join(folder, `die-${name}`))})) {
           rmSync(${JSON.stringify(join(folder, `die-${name}`))});
           process.exit(1);
         }
         for (const { position } of batch)
           appendFileSync(${JSON.stringify(join(folder, `${name}.txt`))}, position + '\\n');
         this.controller.updatePosition(batch.at(-1).position);
       }
       close() {}
     }`;
  writeFileSync(path, body);
  return { id: 'mortal', className: path, args: {} };
}
const letDie = (broker: Broker) => writeFileSync(join(folder, `die-${broker.name}`), '');

test('a thread that died goes on with what is led when it is back, or with nothing', async () => {
  const one = new Broker('one', mortal('one'));
  const two = new Broker('two', mortal('two'));
  one.lead();
  one.commit(20);
  await eventually(() => expect(replicated[0]?.position).toBe(20));
  letDie(one);
  one.commit(10);
  await eventually(() => expect(one.lines.join('\n')).toMatch(/the exporting thread ended/));
  // While it is away the other broker leads.
  await one.exporting.unlead(1);
  two.lead();
  await eventually(() => expect(two.written).toEqual(upTo(30, 21)));
  letDie(two);
  two.commit(10);
  await eventually(() => expect(two.written.at(-1)).toBe(40));
  await eventually(() => expect(replicated[0]?.position).toBe(40));
  expect(one.written).toEqual(upTo(20));
  // Leadership comes and goes; only the last time counts.
  await two.exporting.unlead(1);
  for (const broker of [one, two, one]) {
    for (const each of brokers) void each.exporting.unlead(1);
    broker.lead();
  }
  one.commit(10);
  await eventually(() => expect(one.written).toEqual([...upTo(20), ...upTo(50, 41)]));
  const all = new Set([...one.written, ...two.written]);
  expect([...all].sort((a, b) => a - b)).toEqual(upTo(50));
});

test('a thread that dies while it should end a partition ends it', async () => {
  const one = new Broker('one', mortal('one'));
  one.lead();
  await one.exporting.opened();
  letDie(one);
  one.commit(10);
  await one.exporting.unlead(1);
  await eventually(() => expect(one.lines.join('\n')).toMatch(/the exporting thread ended/));
  expect([one.written, one.exporting.status().exporters]).toEqual([[], []]);
  one.lead();
  await eventually(() => expect(one.written).toEqual(upTo(10)));
});

test('an exporter that never gives the thread back does not keep a partition from ending', async () => {
  const path = join(folder, 'greedy.mjs');
  writeFileSync(
    path,
    'export class Greedy { configure() {} open() {} export() { for (;;); } close() {} }',
  );
  const one = new Broker('one', { id: 'greedy', className: path, args: {} });
  one.lead();
  await one.exporting.opened();
  one.commit(1);
  await one.exporting.unlead(1);
  expect(one.lines.join('\n')).toMatch(/^warn .* an exporter does not give it back/);
});

test('files of `jsonl` on two brokers: the first line of each partition and position is every record', async () => {
  const jsonl = (name: string): ExporterConfiguration => ({
    id: 'file',
    className: 'jsonl',
    args: { path: join(folder, `${name}.jsonl`) },
  });
  const one = new Broker('one', jsonl('one'));
  const two = new Broker('two', jsonl('two'));
  one.lead();
  one.commit(100);
  await eventually(() => expect(replicated[0]?.position).toBe(100));
  // The last positions of the old leader are lost: its records come again elsewhere.
  one.replicates = false;
  one.commit(50);
  await eventually(() => expect(one.jsonl).toHaveLength(150));
  await one.exporting.unlead(1);
  two.lead();
  two.commit(50);
  await eventually(() => expect(two.jsonl).toHaveLength(100));
  // Back again without any of the other's positions: lines that stand in its own file are not doubled.
  await two.exporting.unlead(1);
  replicated = [{ exporterId: 'file', position: 120, index: 120 }];
  one.lead();
  one.commit(10);
  await eventually(() => expect(one.jsonl.map((line) => line.position)).toEqual(upTo(210)));
  expect(two.jsonl.map((line) => line.position)).toEqual(upTo(200, 101));
  const lines = [...one.jsonl, ...two.jsonl];
  const byRecord = new Map(lines.map((line) => [`${line.partitionId}-${line.position}`, line]));
  expect(byRecord.size).toBe(210);
  for (const line of lines) expect(byRecord.get(`1-${line.position}`)).toEqual(line);
});
