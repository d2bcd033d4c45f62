// Exporting over real logs, in the calling thread: order, pace, failures, pauses, positions, restarts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Exporting, type ExportingOptions, startExporting } from './exporting.ts';
import type { ExportedPosition, PartitionToExport } from './exporting-messages.ts';
import { exportingMetrics } from './exporting-metrics.ts';
import { Probe } from './probe-exporter.ts';
import { SampleLog } from './sample-log.ts';

let folder = '';
const logs: SampleLog[] = [];
const running: Exporting[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'exporting-'));
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

const partitionOf = (log: SampleLog, positions: ExportedPosition[] = []): PartitionToExport => ({
  partitionId: log.partitionId,
  journalDir: log.dir,
  committedIndex: log.index,
  committedPosition: log.position,
  positions,
});

async function started(
  probes: Readonly<Record<string, Probe>>,
  partitions: readonly PartitionToExport[],
  more: Partial<ExportingOptions> = {},
): Promise<Exporting> {
  const exporting = startExporting({
    exporters: Object.keys(probes).map((id) => ({ id, className: id, args: {} })),
    own: new Map(Object.entries(probes).map(([id, probe]) => [id, probe.exporterClass()])),
    phaseFile: join(folder, 'exporting'),
    log: () => {},
    thread: 'caller',
    ...more,
  });
  running.push(exporting);
  for (const partition of partitions) exporting.lead(partition);
  await exporting.opened();
  return exporting;
}

/** The lowest log entry that an exporter still needs, by what it reported. */
const neededIndex = (exporting: Exporting): number =>
  Math.min(...exporting.status().exporters.map(({ index }) => index + 1));

const commit = (exporting: Exporting, log: SampleLog) =>
  exporting.committed(log.partitionId, log.index, log.position);
const upTo = (n: number, from = 1) => Array.from({ length: n - from + 1 }, (_, i) => from + i);
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

describe('records', () => {
  test('of every partition arrive in order, those from before the start and those from later', async () => {
    const one = logOf(1);
    const two = logOf(2);
    for (let i = 0; i < 40; i++) one.append(7);
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(one), partitionOf(two)]);
    for (let i = 0; i < 30; i++) {
      two.append(3);
      one.append(1);
      commit(exporting, two);
      commit(exporting, one);
    }
    await eventually(() => expect(probe.arrived).toHaveLength(400));
    const of = (id: string) => probe.arrived.filter((each) => each.startsWith(id));
    expect(of('1-')).toEqual(upTo(310).map((n) => `1-${n}`));
    expect(of('2-')).toEqual(upTo(90).map((n) => `2-${n}`));
  });

  test('beyond what is committed do not arrive', async () => {
    const log = logOf();
    log.append(5);
    const partition = partitionOf(log);
    log.append(5);
    const probe = new Probe();
    const exporting = await started({ probe }, [partition]);
    await exporting.close(1000);
    expect(probe.positions).toEqual(upTo(5));
  });

  test('that the filter drops do not arrive, and the position moves over them', async () => {
    const log = logOf();
    for (let i = 0; i < 4; i++) log.append(3);
    const rejections = new Probe();
    rejections.filter = { recordTypes: ['COMMAND_REJECTION'] };
    const none = new Probe();
    none.filter = { valueTypes: ['INCIDENT'] };
    const nothing = new Probe();
    nothing.filter = { valueTypes: [] };
    const exporting = await started({ rejections, none, nothing }, [partitionOf(log)]);
    await exporting.close(1000);
    expect(rejections.positions).toEqual([3, 6, 9, 12]);
    expect([none.arrived, nothing.arrived]).toEqual([[], []]);
    for (const each of exporting.status().exporters) {
      expect(each).toMatchObject({ position: 12, index: 4, lag: 0, state: 'closed' });
    }
  });
});

describe('each exporter goes at its own pace', () => {
  test('a slow one holds up nobody', async () => {
    const log = logOf();
    for (let i = 0; i < 10; i++) log.append(10);
    const slow = new Probe();
    const gate = Promise.withResolvers<void>();
    slow.gate = gate.promise;
    const quick = new Probe();
    const exporting = await started({ slow, quick }, [partitionOf(log)]);
    await eventually(() => expect(quick.positions).toEqual(upTo(100)));
    log.append(5);
    commit(exporting, log);
    await eventually(() => expect(quick.positions).toEqual(upTo(105)));
    expect(slow.arrived).toEqual([]);
    expect(neededIndex(exporting)).toBe(1);
    gate.resolve();
    await eventually(() => expect(slow.positions).toEqual(upTo(105)));
  });

  test('a failing one is given the same records again until it takes them', async () => {
    const log = logOf();
    log.append(10);
    const failing = new Probe();
    failing.failWith = 'the index is read-only';
    const quick = new Probe();
    const exporting = await started({ failing, quick }, [partitionOf(log)]);
    await eventually(() => expect(failing.batches).toBeGreaterThanOrEqual(3));
    await eventually(() =>
      expect(exporting.status().exporters).toMatchObject([
        { state: 'retrying', lastError: 'the index is read-only', position: -1, lag: 10 },
        { state: 'exporting', lastError: '', position: 10, lag: 0 },
      ]),
    );
    failing.failWith = undefined;
    await eventually(() => expect(failing.positions).toEqual(upTo(10)));
    await exporting.close(1000);
    const [status] = exporting.status().exporters;
    expect(status).toMatchObject({ lastError: '', position: 10, exportedRecords: 10 });
    expect(status?.failures).toBeGreaterThanOrEqual(3);
  });

  test('one that cannot be opened is tried again and does not keep the broker from starting', async () => {
    const log = logOf();
    log.append(4);
    const probe = new Probe();
    probe.failOpenWith = 'connection refused';
    const exporting = await started({ probe }, [partitionOf(log)]);
    expect(exporting.status().exporters[0]).toMatchObject({
      state: 'retrying',
      lastError: 'connection refused',
    });
    probe.failOpenWith = undefined;
    await eventually(() => expect(probe.positions).toEqual(upTo(4)));
  });

  test('one that lost what it took begins again after the last acknowledged position', async () => {
    const log = logOf();
    log.append(4);
    log.append(4);
    const probe = new Probe();
    probe.acknowledges = false;
    await started({ probe }, [partitionOf(log)]);
    await eventually(() => expect(probe.positions).toEqual(upTo(8)));
    probe.controller?.updatePosition(3);
    probe.controller?.reopen(new Error('sync failed'));
    await eventually(() => expect(probe.positions).toEqual([...upTo(8), ...upTo(8, 4)]));
    expect(probe.events).toEqual(['open', 'close', 'open']);
  });

  test('scheduled tasks wait for a running export and can be cancelled', async () => {
    const log = logOf();
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(log)]);
    const gate = Promise.withResolvers<void>();
    probe.gate = gate.promise;
    log.append(1);
    commit(exporting, log);
    const ran: number[] = [];
    probe.controller?.schedule(0, () => void ran.push(probe.arrived.length));
    probe.controller?.schedule(0, () => void ran.push(-1)).cancel();
    probe.controller?.schedule(1, () => {
      throw new Error('in a task');
    });
    setImmediate(() => setImmediate(() => gate.resolve()));
    await eventually(() => expect(ran).toHaveLength(1));
    await eventually(() => expect(exporting.status().exporters[0]?.failures).toBe(1));
    expect(ran).not.toContain(-1);
  });
});

describe('pause', () => {
  test('stops exporting, survives a restart, and resume goes on where it stopped', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(log)]);
    await eventually(() => expect(probe.positions).toEqual(upTo(3)));
    await exporting.setPhase('paused');
    log.append(3);
    commit(exporting, log);
    await exporting.close(1000);
    expect(probe.positions).toEqual(upTo(3));
    const again = new Probe();
    const positions = [{ exporterId: 'again', position: 3, index: 1 }];
    const second = await started({ again }, [partitionOf(log, positions)]);
    expect(second.status().phase).toBe('paused');
    expect(again.arrived).toEqual([]);
    await second.setPhase('exporting');
    await eventually(() => expect(again.positions).toEqual([4, 5, 6]));
  });

  test('is done only when the running call has ended', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const gate = Promise.withResolvers<void>();
    const exporting = await started({ probe }, [partitionOf(log)]);
    await eventually(() => expect(probe.arrived).toHaveLength(3));
    probe.gate = gate.promise;
    log.append(3);
    commit(exporting, log);
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    let paused = false;
    const pausing = exporting.setPhase('paused').then(() => {
      paused = true;
    });
    await new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(paused).toBe(false);
    gate.resolve();
    await pausing;
    expect(probe.arrived).toHaveLength(6);
  });

  test('a soft one exports on, but no position moves until it is over', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(log)]);
    await eventually(() => expect(exporting.status().exporters[0]?.position).toBe(3));
    await exporting.setPhase('soft-paused');
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    log.append(3);
    commit(exporting, log);
    await eventually(() => expect(exporting.status().exporters[0]?.exportedRecords).toBe(6));
    expect(exporting.status().exporters[0]).toMatchObject({ position: 3, handedPosition: 6 });
    expect([reported, neededIndex(exporting)]).toEqual([[], 2]);
    await exporting.setPhase('exporting');
    expect([reported, neededIndex(exporting)]).toEqual([[6], 3]);
  });
});

describe('positions', () => {
  test('are reported once they change, and their own log entries do not start a circle', async () => {
    const log = logOf();
    log.append(3);
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(log)]);
    const reported: ExportedPosition[] = [];
    exporting.onPosition((partitionId, exporterId, position, index) => {
      reported.push({ exporterId, position, index });
      log.appendPositions({ exporterId, position, index });
      exporting.committed(partitionId, log.index, log.position);
    });
    log.append(2);
    commit(exporting, log);
    await eventually(() => expect(reported.at(-1)?.position).toBe(5));
    const before = reported.length;
    await eventually(() => expect(neededIndex(exporting)).toBe(log.index + 1));
    await exporting.close(1000);
    expect(reported).toHaveLength(before);
  });

  test('a restart goes on exactly after the acknowledged position, also inside an entry', async () => {
    const log = logOf();
    for (let i = 0; i < 5; i++) log.append(10);
    for (const [position, index] of [
      [10, 1],
      [14, 1],
      [49, 4],
      [50, 5],
    ] as const) {
      const probe = new Probe();
      const partition = partitionOf(log, [{ exporterId: 'probe', position, index }]);
      const exporting = await started({ probe }, [partition]);
      await exporting.close(1000);
      expect(probe.positions).toEqual(upTo(50, position + 1));
    }
  });

  test('an exporter whose records were compacted away stops and says what is missing', async () => {
    const log = logOf();
    for (let i = 0; i < 100; i++) log.append(5, 200);
    await log.flush();
    log.compactBefore(60);
    expect(log.firstIndex).toBeGreaterThan(10);
    const behind = new Probe();
    const fresh = new Probe();
    const known = [{ exporterId: 'behind', position: 10, index: 2 }];
    const exporting = await started({ behind, fresh }, [partitionOf(log, known)]);
    await eventually(() => expect(fresh.positions.at(-1)).toBe(500));
    expect(fresh.positions[0]).toBe((log.firstIndex - 1) * 5 + 1);
    await eventually(() =>
      expect(exporting.status().exporters[0]).toMatchObject({ state: 'stopped', position: 10 }),
    );
    expect(exporting.status().exporters[0]?.lastError).toMatch(
      /needs log entry 3 \(it has everything up to position 10\), but the log begins at entry/,
    );
    expect(behind.arrived).toEqual([]);
    await eventually(() => expect(neededIndex(exporting)).toBe(3));
    await exporting.close(5000);
    expect(exporting.status().exporters[0]?.state).toBe('stopped');
  });

  test('without exporters nothing is needed and nothing runs', async () => {
    const exporting = await started({}, [partitionOf(logOf())]);
    exporting.committed(1, 5, 5);
    expect(exporting.status().exporters).toEqual([]);
    await exporting.setPhase('paused');
    await exporting.close(1000);
  });
});

describe('start and end', () => {
  test('a wrong configuration is refused with the name of the exporter', async () => {
    const probe = new Probe();
    probe.failConfigureWith = 'url is no url';
    const log = logOf();
    await expect(started({ probe }, [partitionOf(log)])).rejects.toThrow(
      "exporter 'probe' cannot be configured: url is no url",
    );
    const exporters = [{ id: 'file', className: 'jsonl', args: { paht: 'x' } }];
    await expect(started({}, [partitionOf(log)], { exporters })).rejects.toThrow(
      "exporter 'file' does not know the argument 'paht'",
    );
    expect(probe.events).toEqual([]);
  });

  test('closing exports everything that is committed first', async () => {
    const log = logOf();
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(log)]);
    const reported: number[] = [];
    exporting.onPosition((_partition, _exporter, position) => reported.push(position));
    for (let i = 0; i < 500; i++) {
      log.append(20);
      commit(exporting, log);
    }
    await exporting.close(20_000);
    expect(probe.positions).toEqual(upTo(10_000));
    expect(probe.events).toEqual(['open', 'close']);
    expect(reported.at(-1)).toBe(10_000);
  });

  test('closing does not wait for ever', async () => {
    const log = logOf();
    log.append(1);
    const stuck = new Probe();
    stuck.gate = new Promise(() => {});
    const exporting = await started({ stuck }, [partitionOf(log)]);
    const before = performance.now();
    await exporting.close(100);
    expect(performance.now() - before).toBeLessThan(5000);
    expect(stuck.arrived).toEqual([]);
  });

  test('figures are there for a metrics library', async () => {
    const log = logOf();
    log.append(6);
    const probe = new Probe();
    const exporting = await started({ probe }, [partitionOf(log)]);
    await exporting.close(1000);
    const samples = exportingMetrics(exporting.status());
    const value = (name: string, labels: object) =>
      samples.find(
        (each) =>
          each.name === name && Object.entries(labels).every(([k, v]) => each.labels[k] === v),
      )?.value;
    const labels = { exporter: 'probe', partition: '1' };
    const exported = { ...labels, action: 'exported' };
    expect(value('zeebe_exporter_events_total', exported)).toBe(6);
    expect(value('zeebe_exporter_last_updated_exported_position', labels)).toBe(6);
    expect(value('millrace_exporter_configured', labels)).toBe(1);
    expect(value('zeebe_exporter_state', { partition: '1' })).toBe(0);
  });
});
