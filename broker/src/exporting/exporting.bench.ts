// How fast the exporting thread writes a log to a `jsonl` file, how soon a committed record stands there, and what starting
// it costs. One JSON line each: `node broker/src/exporting/exporting.bench.ts [thousands of records]`.
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startExporting } from './exporting.ts';
import { SampleLog } from './sample-log.ts';

const thousands = Number(process.argv[2] ?? 500);
const folder = mkdtempSync(join(tmpdir(), 'exporting-bench-'));
const path = join(folder, 'records.jsonl');
const log = new SampleLog(1, join(folder, 'log'), 64 * 1024 * 1024);
const open = () =>
  startExporting({
    exporters: [{ id: 'file', className: 'jsonl', args: { path } }],
    phaseFile: join(folder, 'exporting'),
    log: (level, text) => console.error(level, text),
  });

// Latency: one entry at a time into an idle thread.
const memoryBefore = process.memoryUsage().rss;
let begun = performance.now();
const exporting = open();
exporting.lead({
  partitionId: 1,
  journalDir: log.dir,
  committedIndex: 0,
  committedPosition: 0,
  positions: [],
});
await exporting.opened();
const readyMs = performance.now() - begun;
const memoryMb = (process.memoryUsage().rss - memoryBefore) / 1e6;
console.log(JSON.stringify({ scenario: 'exporting-start', readyMs, memoryMb }));

const waits: number[] = [];
for (let i = 0; i < 300; i++) {
  log.append(10, 100);
  const size = statSync(path).size;
  begun = performance.now();
  exporting.committed(1, log.index, log.position);
  while (statSync(path).size === size) await new Promise((resolve) => setImmediate(resolve));
  waits.push(performance.now() - begun);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
waits.sort((a, b) => a - b);
const latency = { p50Ms: waits[150], p99Ms: waits[296] };
console.log(JSON.stringify({ scenario: 'exporting-latency', ...latency }));

// Throughput: a long log that is there already.
const before = log.position;
for (let i = 0; i < thousands; i++) log.append(1000, 200);
await log.flush();
begun = performance.now();
const cpuBefore = process.cpuUsage();
exporting.committed(1, log.index, log.position);
await exporting.close(120_000);
const seconds = (performance.now() - begun) / 1000;
const cpu = process.cpuUsage(cpuBefore);
const records = log.position - before;
const cpuMicros = (cpu.user + cpu.system) / records;
const perSecond = Math.round(records / seconds);
const megabytes = statSync(path).size / 1e6;
console.log(
  JSON.stringify({
    scenario: 'exporting-jsonl',
    records,
    seconds,
    perSecond,
    cpuMicros,
    megabytes,
  }),
);
await log.close();
rmSync(folder, { recursive: true });
