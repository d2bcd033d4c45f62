// Exporting from `lead` to `unlead`, in the calling thread: where it begins, when it ends, in whatever order it is told.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Disk, nodeDisk } from '@millrace/raft';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Exporting, type ExportingOptions, startExporting } from './exporting.ts';
import type { ExportedPosition, PartitionToExport } from './exporting-messages.ts';
import { exportingMetrics } from './exporting-metrics.ts';
import { Probe } from './probe-exporter.ts';
import { SampleLog } from './sample-log.ts';

let folder = '';
let lines: string[] = [];
/** Files of logs that are open for reading. */
let openFiles = 0;
const logs: SampleLog[] = [];
const running: Exporting[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'leadership-'));
  lines = [];
  openFiles = 0;
});
afterEach(async () => {
  for (const exporting of running.splice(0)) await exporting.close(0);
  for (const log of logs.splice(0)) await log.close();
  rmSync(folder, { recursive: true, force: true });
});

function logOf(partitionId = 1): SampleLog {
  const log = new SampleLog(partitionId, join(folder, String(partitionId)), 16 * 1024);
  logs.push(log);
  return log;
}

/** The machine's disk, with a count of what is open. */
const countingDisk: Disk = {
  ...nodeDisk,
  open: (path, mode) => {
    const file = nodeDisk.open(path, mode);
    const close = file.close.bind(file);
    openFiles++;
    file.close = () => {
      openFiles--;
      close();
    };
    return file;
  },
};

function exportingWith(probe: Probe, more: Partial<ExportingOptions> = {}): Exporting {
  const exporting = startExporting({
    exporters: [{ id: 'probe', className: 'probe', args: {} }],
    own: new Map([['probe', probe.exporterClass()]]),
    phaseFile: join(folder, 'exporting'),
    log: (level, text) => lines.push(`${level} ${text}`),
    thread: 'caller',
    disk: countingDisk,
    ...more,
  });
  running.push(exporting);
  return exporting;
}

const partitionOf = (log: SampleLog, position = -1, index = 0): PartitionToExport => {
  const at: ExportedPosition = { exporterId: 'probe', position, index };
  return {
    partitionId: log.partitionId,
    journalDir: log.dir,
    committedIndex: log.index,
    committedPosition: log.position,
    positions: position < 0 ? [] : [at],
  };
};
const commit = (exporting: Exporting, log: SampleLog) =>
  exporting.committed(log.partitionId, log.index, log.position);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });
/** Until messages, microtasks and what they lead to have had their turn. */
const settled = async () => {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

describe('a partition that leads', () => {
  test('is exported right after the given position, until it leads no more', async () => {
    const log = logOf();
    for (let i = 0; i < 4; i++) log.append(10);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    await exporting.ready;
    await settled();
    expect([probe.events, exporting.status().exporters, openFiles]).toEqual([[], [], 0]);
    exporting.lead(partitionOf(log, 20, 2));
    await exporting.opened();
    await eventually(() => expect(probe.positions).toEqual(upTo(40, 21)));
    expect(openFiles).toBe(1);
    await exporting.unlead(1);
    expect([probe.events, openFiles]).toEqual([['open', 'close'], 0]);
    log.append(5);
    commit(exporting, log);
    await settled();
    expect(probe.positions).toEqual(upTo(40, 21));
    expect([exporting.status().exporters, exportingMetrics(exporting.status())]).toEqual([[], []]);
  });

  test('is one of several: the others go on', async () => {
    const one = logOf(1);
    const two = logOf(2);
    one.append(3);
    two.append(4);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(one));
    exporting.lead(partitionOf(two));
    await exporting.opened();
    await exporting.unlead(1);
    two.append(4);
    commit(exporting, two);
    const of = (id: string) => probe.arrived.filter((each) => each.startsWith(id));
    await eventually(() => expect(of('2-')).toEqual(upTo(8).map((n) => `2-${n}`)));
    expect(exporting.status().exporters.map((each) => each.partitionId)).toEqual([2]);
  });

  test('acknowledges nothing from the moment it leads no more', async () => {
    const log = logOf();
    log.append(6);
    const probe = new Probe();
    probe.acknowledges = false;
    const exporting = exportingWith(probe);
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    exporting.lead(partitionOf(log));
    await eventually(() => expect(probe.positions).toEqual(upTo(6)));
    probe.controller?.updatePosition(4);
    await eventually(() => expect(reported).toEqual([4]));
    const ended = exporting.unlead(1);
    probe.controller?.updatePosition(6);
    await ended;
    probe.controller?.updatePosition(6);
    await settled();
    expect(reported).toEqual([4]);
  });

  test('and again, begins at what the replicas agree on, not at what was acknowledged here', async () => {
    const log = logOf();
    for (let i = 0; i < 3; i++) log.append(10);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    exporting.lead(partitionOf(log));
    await eventually(() => expect(reported).toEqual([30]));
    await exporting.unlead(1);
    exporting.lead(partitionOf(log, 10, 1));
    await eventually(() => expect(probe.positions).toEqual([...upTo(30), ...upTo(30, 11)]));
    await eventually(() => expect(reported).toEqual([30, 30]));
  });
});

describe('whatever the order', () => {
  test('one that never led, and one that ended before it began, is ended at once', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    await exporting.unlead(1);
    exporting.lead(partitionOf(log));
    const ended = exporting.unlead(1);
    expect(exporting.unlead(1)).toBe(ended);
    await ended;
    await exporting.opened();
    await settled();
    expect([probe.events, probe.arrived]).toEqual([[], []]);
    await exporting.unlead(1);
  });

  test('the same call again lets exporters go on, one with other positions begins there', async () => {
    const log = logOf();
    for (let i = 0; i < 3; i++) log.append(10);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    exporting.lead(partitionOf(log, 10, 1));
    await eventually(() => expect(reported).toEqual([30]));
    log.append(10);
    exporting.lead(partitionOf(log, 10, 1));
    // What the partition was handed before it may have lost.
    expect(reported).toEqual([30, 30]);
    await eventually(() => expect(probe.positions).toEqual(upTo(40, 11)));
    expect(probe.events).toEqual(['open']);
    exporting.lead(partitionOf(log, 20, 2));
    await eventually(() => expect(probe.positions).toEqual([...upTo(40, 11), ...upTo(40, 21)]));
    expect(probe.events).toEqual(['open', 'close', 'open']);
  });

  test('of many calls while the first still closes only the last begins, and only then', async () => {
    const log = logOf();
    for (let i = 0; i < 6; i++) log.append(10);
    const probe = new Probe();
    const gate = Promise.withResolvers<void>();
    probe.gate = gate.promise;
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await settled();
    const ends: Promise<void>[] = [];
    for (let entries = 1; entries < 5; entries++) {
      ends.push(exporting.unlead(1));
      exporting.lead(partitionOf(log, entries * 10, entries));
      if (entries % 2 === 0) await settled();
    }
    log.append(10);
    commit(exporting, log);
    let hasEnded = false;
    void Promise.any(ends).then(() => {
      hasEnded = true;
    });
    await settled();
    expect([probe.events, hasEnded]).toEqual([['open'], false]);
    gate.resolve();
    await Promise.all(ends);
    await exporting.opened();
    await eventually(() => expect(probe.positions).toEqual([...upTo(60), ...upTo(70, 41)]));
    expect(probe.events).toEqual(['open', 'close', 'open']);
  });

  test('a wrong configuration is found before anything is led, and ends all that is asked', async () => {
    const log = logOf();
    const probe = new Probe();
    probe.failConfigureWith = 'url is no url';
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await expect(exporting.opened()).rejects.toThrow("exporter 'probe' cannot be configured");
    await expect(exporting.ready).rejects.toThrow('url is no url');
    exporting.lead(partitionOf(log));
    await exporting.unlead(1);
    expect(exporting.status().exporters).toEqual([]);
  });

  test('after the end of the broker nothing begins any more', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await exporting.opened();
    const closing = exporting.close(5000);
    await exporting.unlead(1);
    exporting.lead(partitionOf(log));
    await closing;
    await exporting.unlead(1);
    expect([probe.events, openFiles]).toEqual([['open', 'close'], 0]);
  });
});

describe('a slow exporter', () => {
  test('is given time to end its call, and is given no other', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const gate = Promise.withResolvers<void>();
    probe.gate = gate.promise;
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await settled();
    log.append(3);
    commit(exporting, log);
    let hasEnded = false;
    const ended = exporting.unlead(1).then(() => {
      hasEnded = true;
    });
    await settled();
    expect([hasEnded, probe.events]).toEqual([false, ['open']]);
    gate.resolve();
    await ended;
    expect([probe.positions, probe.events, lines]).toEqual([upTo(3), ['open', 'close'], []]);
  });

  test('that takes longer is abandoned, closed whenever it comes back, and acknowledges nothing', async () => {
    const log = logOf();
    log.append(4);
    const probe = new Probe();
    const gate = Promise.withResolvers<void>();
    probe.gate = gate.promise;
    const exporting = exportingWith(probe, { unleadDeadlineMs: 50 });
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await settled();
    await exporting.unlead(1);
    expect(openFiles).toBe(0);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^warn exporter 'probe', partition 1: did not end within 50 ms/);
    // The next time of leading does not wait for it.
    probe.gate = undefined;
    probe.acknowledges = false;
    exporting.lead(partitionOf(log, 2, 0));
    await eventually(() => expect(probe.positions).toEqual([3, 4]));
    probe.acknowledges = true;
    gate.resolve();
    await eventually(() => expect(probe.events).toEqual(['open', 'open', 'close']));
    expect(probe.positions).toEqual([3, 4, ...upTo(4)]);
    await settled();
    expect(exporting.status().exporters[0]?.position).toBe(2);
    expect(reported).toEqual([]);
  });

  test('that waits to be tried again, or cannot be opened, is ended at once', async () => {
    const log = logOf();
    log.append(4);
    const probe = new Probe();
    probe.failWith = 'the index is read-only';
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await eventually(() => expect(probe.batches).toBeGreaterThanOrEqual(4));
    await exporting.unlead(1);
    expect(probe.events).toEqual(['open', 'close']);
    probe.failOpenWith = 'connection refused';
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await exporting.unlead(1);
    const tries = probe.batches;
    await settled();
    expect([probe.batches, openFiles]).toEqual([tries, 0]);
  });

  test('runs no scheduled task after the end', async () => {
    const log = logOf();
    const probe = new Probe();
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await exporting.opened();
    let ran = 0;
    probe.controller?.schedule(0, () => void ran++);
    await exporting.unlead(1);
    probe.controller?.schedule(0, () => void ran++);
    let later = false;
    setTimeout(() => {
      later = true;
    }, 5);
    await eventually(() => expect(later).toBe(true));
    expect(ran).toBe(0);
  });
});

describe('phases', () => {
  test('a partition that begins to lead while exporting is paused is opened and waits', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    await exporting.ready;
    await exporting.setPhase('paused');
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await settled();
    expect([probe.events, probe.arrived]).toEqual([['open'], []]);
    await exporting.unlead(1);
    exporting.lead(partitionOf(log));
    await exporting.setPhase('exporting');
    await eventually(() => expect(probe.positions).toEqual(upTo(3)));
  });

  test('a pause waits for the call of a partition that just stopped leading', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const gate = Promise.withResolvers<void>();
    probe.gate = gate.promise;
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await settled();
    const ended = exporting.unlead(1);
    let isPaused = false;
    const pausing = exporting.setPhase('paused').then(() => {
      isPaused = true;
    });
    await settled();
    expect(isPaused).toBe(false);
    gate.resolve();
    await Promise.all([pausing, ended]);
  });

  test('while soft paused each time of leading stays where it began', async () => {
    const log = logOf();
    for (let i = 0; i < 3; i++) log.append(10);
    const probe = new Probe();
    const exporting = exportingWith(probe);
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    await exporting.ready;
    await exporting.setPhase('soft-paused');
    exporting.lead(partitionOf(log, 10, 1));
    await eventually(() => expect(probe.positions).toEqual(upTo(30, 11)));
    await exporting.unlead(1);
    exporting.lead(partitionOf(log, 10, 1));
    await eventually(() => expect(probe.positions).toEqual([...upTo(30, 11), ...upTo(30, 11)]));
    expect(exporting.status().exporters[0]).toMatchObject({ position: 10, index: 1 });
    expect(reported).toEqual([]);
    await exporting.setPhase('exporting');
    expect(reported).toEqual([30]);
  });
});

describe('a log that changes under the reader', () => {
  /** Exports a first batch, which ends when the gate opens, of a log that needs several. */
  async function halfWay(gate: Promise<void>): Promise<[Exporting, SampleLog, Probe]> {
    const log = logOf();
    for (let i = 0; i < 100; i++) log.append(10, 1000);
    await log.flush();
    const probe = new Probe();
    probe.gate = gate;
    const exporting = exportingWith(probe);
    exporting.lead(partitionOf(log));
    await exporting.opened();
    await settled();
    return [exporting, log, probe];
  }

  test('because another leader sends its own, says nothing when the end comes a moment later', async () => {
    const gate = Promise.withResolvers<void>();
    const [exporting, log, probe] = await halfWay(gate.promise);
    log.reset(200);
    gate.resolve();
    await eventually(() => expect(probe.arrived).not.toEqual([]));
    await settled();
    expect(exporting.status().exporters[0]?.state).not.toBe('stopped');
    await exporting.unlead(1);
    expect([lines, openFiles]).toEqual([[], 0]);
  });

  test('with no end to come, says so', async () => {
    const gate = Promise.withResolvers<void>();
    const [exporting, log] = await halfWay(gate.promise);
    log.reset(200);
    gate.resolve();
    await eventually(() =>
      expect(exporting.status().exporters[0]).toMatchObject({ state: 'stopped' }),
    );
    expect(lines.join('\n')).toMatch(/^error .*but the log begins at entry 200/);
    // The next time of leading is another matter.
    await exporting.unlead(1);
    log.position = 5000;
    log.append(3);
    exporting.lead(partitionOf(log, 5000, 199));
    await eventually(() =>
      expect(exporting.status().exporters[0]).toMatchObject({ state: 'exporting', lastError: '' }),
    );
  });

  test('by damage, says so and tries on', async () => {
    const gate = Promise.withResolvers<void>();
    const [exporting, log, probe] = await halfWay(gate.promise);
    const names = nodeDisk.list(log.dir).filter((name) => name.endsWith('.log'));
    for (const name of names.slice(-10)) writeFileSync(join(log.dir, name), 'damaged');
    gate.resolve();
    await eventually(() =>
      expect(exporting.status().exporters[0]).toMatchObject({ state: 'retrying' }),
    );
    expect(probe.arrived).not.toEqual([]);
    expect(lines[0]).toMatch(/^warn exporter 'probe', partition 1: failed 1 times in a row/);
    await exporting.unlead(1);
    expect(openFiles).toBe(0);
  });
});
