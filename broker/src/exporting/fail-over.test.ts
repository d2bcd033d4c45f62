// Leadership moves between two hosts that share nothing but the replicated positions and the committed part of the log,
// under load, with exporters that are slow, fail and lose what they took: no record is missing, none that was not committed
// is ever seen.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  ExportedRecord,
  Exporter,
  ExporterClass,
  ExporterContext,
  ExporterController,
} from '@millrace/exporters';
import { systemTimers, type Timers } from '@millrace/raft';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { type Exporting, startExporting } from './exporting.ts';
import type { ExportedPosition } from './exporting-messages.ts';
import { SampleLog } from './sample-log.ts';

/** Back-off, reports and grace take a fiftieth of their time here. */
const HASTE = 50;
const quickTimers: Timers = {
  ...systemTimers,
  monotonicMs: () => systemTimers.monotonicMs() * HASTE,
  after: (ms, callback) => systemTimers.after(ms / HASTE, callback),
};
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise<void>((resolve) => setImmediate(resolve));
};

interface Host {
  readonly log: SampleLog;
  readonly exporting: Exporting;
  /** Whether it was told to lead and not yet that this is over. */
  isLed: boolean;
  /** Why something that must not be logged was. */
  readonly complaints: string[];
}

/** Two replicas of one partition, and the truth about its records. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'fail-over-'));
  readonly hosts: readonly [Host, Host];
  readonly faults: string[] = [];
  /** By position, the text in the record that was committed there. */
  readonly truth = new Map<number, string>();
  /** Positions whose export succeeded anywhere. */
  readonly arrived = new Set<number>();
  leader = 0;
  committedIndex = 0;
  committedPosition = 0;
  replicated: ExportedPosition | undefined;
  proposed: ExportedPosition | undefined;
  #tags = 0;
  #uncommitted: { readonly position: number; readonly tag: string }[] = [];
  #random: number;

  constructor(seed: number) {
    this.#random = seed + 1;
    this.hosts = [this.#host(0), this.#host(1)];
    this.lead(0);
  }

  /** from 0 to 1 */
  random(): number {
    this.#random = (this.#random * 48271) % 2147483647;
    return this.#random / 2147483647;
  }

  #host(number: number): Host {
    const complaints: string[] = [];
    const exporting = startExporting({
      exporters: [{ id: 'x', className: 'x', args: {} }],
      own: new Map([['x', exporterOf(this)]]),
      phaseFile: join(this.folder, `exporting-${number}`),
      log: (level, text) => {
        if (level === 'error') complaints.push(text);
      },
      thread: 'caller',
      timers: quickTimers,
      random: () => this.random(),
      unleadDeadlineMs: 100 * HASTE,
    });
    exporting.onPosition((_partition, exporterId, position, index) => {
      if (!this.hosts[number]?.isLed) this.faults.push(`host ${number} acknowledged too late`);
      if (this.leader === number) this.proposed = { exporterId, position, index };
    });
    const log = new SampleLog(1, join(this.folder, `log-${number}`), 4 * 1024);
    return { log, exporting, isLed: false, complaints };
  }

  get #log(): SampleLog {
    return this.#leading.log;
  }

  get #leading(): Host {
    return this.hosts[this.leader] as Host;
  }

  /** The leader writes an entry; nobody else has it yet. */
  append(records: number): void {
    const tag = `<${++this.#tags}>`;
    const before = this.#log.position;
    this.#log.append(records, 1 + (this.#tags % 40), tag);
    for (let i = 1; i <= records; i++) this.#uncommitted.push({ position: before + i, tag });
  }

  /** All that the leader has is committed; the other replica may lag behind. */
  commit(): void {
    for (const { position, tag } of this.#uncommitted.splice(0)) this.truth.set(position, tag);
    this.committedIndex = this.#log.index;
    this.committedPosition = this.#log.position;
    this.#leading.exporting.committed(1, this.committedIndex, this.committedPosition);
  }

  /** What the exporter acknowledged last becomes part of the log, and the log may be compacted. */
  replicatePosition(): void {
    const { proposed } = this;
    if (proposed === undefined) return;
    this.proposed = undefined;
    if (proposed.position < (this.replicated?.position ?? -1)) this.faults.push('it went back');
    for (let position = 1; position <= proposed.position; position++) {
      if (!this.arrived.has(position)) this.faults.push(`${position} is missing`);
    }
    this.#log.appendPositions(proposed);
    this.commit();
    this.replicated = proposed;
    this.#log.compactBefore(proposed.index + 1);
  }

  /** The follower gets what is committed, or the leader's log from its beginning when that is gone. */
  catchUp(): void {
    const { log } = this.hosts[1 - this.leader] as Host;
    log.truncateAfter(Math.min(log.index, this.committedIndex), log.position);
    if (log.index + 1 < this.#log.firstIndex) log.reset(this.#log.firstIndex);
    log.follow(this.#log, this.committedIndex, this.committedPosition);
  }

  /** The follower takes over; what is not committed is gone. @param isToldLate the old leader's host hears of it later */
  moveLeadership(isToldLate: boolean): void {
    const old = this.#leading;
    this.catchUp();
    this.#uncommitted = [];
    this.proposed = undefined;
    if (!isToldLate) this.unlead(this.leader);
    old.log.truncateAfter(this.committedIndex, this.committedPosition);
    this.leader = 1 - this.leader;
    this.lead(this.leader);
  }

  lead(number: number): void {
    const host = this.hosts[number] as Host;
    // Notices come in order: the end of the time before was told first.
    if (host.isLed && this.random() < 0.5) this.unlead(number);
    host.isLed = true;
    host.exporting.lead({
      partitionId: 1,
      journalDir: host.log.dir,
      committedIndex: this.committedIndex,
      committedPosition: this.committedPosition,
      positions: this.replicated === undefined ? [] : [this.replicated],
    });
  }

  unlead(number: number): void {
    const host = this.hosts[number] as Host;
    host.isLed = false;
    void host.exporting.unlead(1);
  }

  /** Word of an earlier loss of leadership arrives. */
  tellLate(): void {
    const other = 1 - this.leader;
    if (this.hosts[other]?.isLed) this.unlead(other);
  }

  async allExported(): Promise<void> {
    this.append(1);
    this.commit();
    const look = () => {
      this.replicatePosition();
      expect(this.replicated?.position).toBe(this.committedPosition);
    };
    await vi.waitFor(look, { timeout: 30_000, interval: 2 });
  }

  async close(): Promise<void> {
    for (const { exporting, log } of this.hosts) {
      await exporting.close(1000 * HASTE);
      await log.close();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Checks what it gets, is slow, fails at times and acknowledges when it likes. */
function exporterOf(world: World): ExporterClass {
  return class implements Exporter {
    #controller: ExporterController | undefined;
    #next = 0;
    configure(_context: ExporterContext): void {}
    open(controller: ExporterController): void {
      if (world.random() < 0.05) throw new Error('connection refused');
      this.#controller = controller;
      this.#next = Math.max(1, controller.lastPosition() + 1);
    }
    async export(batch: readonly ExportedRecord[]): Promise<void> {
      await turns(Math.floor(world.random() * 4));
      for (const [i, record] of batch.entries()) {
        const { position } = record;
        if (position !== this.#next + i)
          world.faults.push(`${position} came, not ${this.#next + i}`);
        const tag = world.truth.get(position);
        if (tag === undefined || !record.json().includes(`"${tag}`))
          world.faults.push(`${position} is not what was committed`);
      }
      if (world.random() < 0.05) throw new Error('try again');
      for (const { position } of batch) world.arrived.add(position);
      this.#next += batch.length;
      const last = this.#next - 1;
      const controller = this.#controller;
      if (world.random() < 0.03) controller?.reopen(new Error('lost what I took'));
      else if (world.random() < 0.6) controller?.updatePosition(last);
      else controller?.schedule(world.random() * 500, () => controller.updatePosition(last));
    }
    close(): void {
      if (this.#next > 1) this.#controller?.updatePosition(this.#next - 1);
    }
  };
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append'), of: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('commit'), of: fc.constant(0) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('replicate'), of: fc.constant(0) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('catch up'), of: fc.constant(0) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('move'), of: fc.integer({ min: 0, max: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tell late'), of: fc.constant(0) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lead again'), of: fc.constant(0) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('wait'), of: fc.integer({ min: 1, max: 60 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

async function take(world: World, { do: what, of }: Step): Promise<void> {
  if (what === 'append') world.append(of);
  else if (what === 'commit') world.commit();
  else if (what === 'replicate') world.replicatePosition();
  else if (what === 'catch up') world.catchUp();
  else if (what === 'move') world.moveLeadership(of === 1);
  else if (what === 'tell late') world.tellLate();
  else if (what === 'lead again') world.lead(world.leader);
  else await turns(of);
}

test('no record is missing, whenever leadership moves and whenever that is told', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 30, maxLength: 150 }),
      fc.nat(1_000_000),
      async (steps, seed) => {
        const world = new World(seed);
        try {
          for (const each of steps) await take(world, each);
          await world.allExported();
          world.moveLeadership(false);
          await world.allExported();
          expect(world.faults).toEqual([]);
          expect(world.arrived.size).toBe(world.truth.size);
          expect(world.hosts.flatMap((host) => host.complaints)).toEqual([]);
        } finally {
          await world.close();
        }
      },
    ),
    { numRuns: 25, endOnFailure: true },
  );
}, 60_000);
