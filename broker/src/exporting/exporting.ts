// The broker's end of exporting: starts the thread, tells it what is led here and what is committed, hears how far exporters
// have got.
//
// Guarantees: no thread without exporters; exporters run for a partition from `lead` to `unlead` only, one time after the
// other, in whatever order and however quickly these are called; each time begins exactly where `lead` says; nothing that an
// exporter acknowledges is handed out once `unlead` was called. `committed` costs the broker next to nothing however often it
// is called; the phase survives a restart; a thread that dies is started again with what is led then, where its exporters
// stood. Positions are handed to `onPosition` at most once a second and only when they changed.
// Leaves to others: replicating the positions, and keeping the log from the lowest of them (the partition).
import { type Cancel, type Disk, systemTimers, type Timers } from '@millrace/raft';
import { backOffMs } from './back-off.ts';
import { type Connection, connectHere, connectWorker } from './exporting-connection.ts';
import type {
  Committed,
  ExporterConfiguration,
  ExporterReport,
  ExportingPhase,
  ExportingStart,
  FromExporting,
  Log,
  PartitionToExport,
  ToExporting,
} from './exporting-messages.ts';
import { LedPartition } from './led-partition.ts';
import type { OwnExporters } from './load-exporter.ts';
import { readPhase, writePhase } from './phase-file.ts';
import { within } from './within.ts';

/** The thread hears of commits at most this often: an idle one at once, a busy one in larger steps. */
const COMMITTED_INTERVAL_MS = 4;
/** How long a call of an exporter may go on after its partition stopped leading. */
const UNLEAD_DEADLINE_MS = 5000;
/** A thread that does not answer at all (an exporter that never gives it back) is not waited for much longer than that. */
const ANSWER_MS = 500;

export interface ExportingOptions {
  readonly exporters: readonly ExporterConfiguration[];
  /** Where the phase is kept. */
  readonly phaseFile: string;
  readonly log: Log;
  /** ms that a running call of an exporter gets when its partition stops leading; 5 s unless said otherwise. */
  readonly unleadDeadlineMs?: number;
  /** `worker`, the default, or in the calling thread, for tests, embedding and simulation. */
  readonly thread?: 'worker' | 'caller';
  /** Exporters of the program's own, by name; only in the calling thread. */
  readonly own?: OwnExporters;
  /** Where the logs lie; only in the calling thread, the machine's own disk unless given. */
  readonly disk?: Disk;
  readonly timers?: Timers;
  /** from 0 to 1 */
  readonly random?: () => number;
}

export type PositionListener = (
  partitionId: number,
  exporterId: string,
  position: number,
  index: number,
) => void;

export interface ExporterStatus extends ExporterReport {
  /** Committed records that are not acknowledged yet. */
  readonly lag: number;
}

export interface ExportingStatus {
  readonly phase: ExportingPhase;
  /** Of the partitions that are led here; at most about a second old. */
  readonly exporters: readonly ExporterStatus[];
}

export interface Exporting {
  /**
   * Resolves when every configuration was found right. Rejects with a text for the operator when one is wrong; then nothing
   * runs, and the calls below do nothing.
   */
  readonly ready: Promise<void>;
  /**
   * The partition leads here: its exporters begin right after the given positions, as soon as what ran before on this partition
   * has ended. Called again without `unlead` it is the newest call that counts; one with the same positions as the call before
   * lets exporters go on.
   */
  lead(partition: PartitionToExport): void;
  /**
   * Resolves when the exporters of every partition that is led by now were opened (or failed to open once: that is repeated, see
   * status). Rejects as `ready` does.
   */
  opened(): Promise<void>;
  /**
   * The partition does not lead here any more: its exporters are closed once their running calls have ended or the deadline has
   * passed. From the call on none of its positions is handed out.
   * @returns resolves when no file of its log is open here and none will be; never rejects
   */
  unlead(partitionId: number): Promise<void>;
  /**
   * Everything up to this log index, whose last record has this position, is committed and may be exported. Ignored for a
   * partition that is not led.
   */
  committed(partitionId: number, index: number, position: number): void;
  onPosition(listener: PositionListener): void;
  /** Resolves when the phase is on disk and no call of an exporter runs that it forbids. */
  setPhase(phase: ExportingPhase): Promise<void>;
  status(): ExportingStatus;
  /** Exports what is committed, closes the exporters, hands out the last positions; gives up after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws Error when the phase file cannot be read */
export function startExporting(options: ExportingOptions): Exporting {
  return new RunningExporting(options);
}

class RunningExporting implements Exporting {
  readonly ready: Promise<void>;
  readonly #options: ExportingOptions;
  readonly #timers: Timers;
  readonly #random: () => number;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #led = new Map<number, LedPartition>();
  #leaderships = 0;
  /** By time of leading: who waits for its end. */
  readonly #unleadWaiters = new Map<number, () => void>();
  /** By partition: the end of the newest time of leading that is to end. */
  readonly #endings = new Map<number, Promise<void>>();
  /** Partitions with commits that the thread was not told of yet. */
  readonly #news = new Set<LedPartition>();
  #listener: PositionListener | undefined;
  #phase: ExportingPhase;
  #phaseWaiters: { phase: ExportingPhase; resolve: () => void }[] = [];
  #connection: Connection | undefined;
  #cancelCommitted: Cancel | undefined;
  #cancelRestart: Cancel | undefined;
  #restarts = 0;
  #wasReady = false;
  #isRefused = false;
  #isClosing = false;

  constructor(options: ExportingOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#random = options.random ?? Math.random;
    this.#phase = readPhase(options.phaseFile);
    this.ready = this.#ready.promise;
    // Whoever waits gets the rejection; it must not end the process when nobody does yet.
    this.ready.catch(() => {});
    if (options.exporters.length === 0) this.#ready.resolve();
    else this.#connect();
  }

  #connect(): void {
    const { exporters, thread, own, disk } = this.#options;
    const led = [...this.#led.values()].map((each) => each.asNow());
    const start: ExportingStart = { exporters, phase: this.#phase, led };
    const owner = {
      receive: (message: FromExporting) => this.#receive(message),
      failed: (error: Error) =>
        this.#options.log('error', `the exporting thread failed: ${String(error)}`),
      ended: () => this.#ended(),
    };
    this.#connection =
      thread === 'caller'
        ? connectHere(start, owner, { own, disk, timers: this.#timers, random: this.#random })
        : connectWorker(start, owner);
  }

  /** The thread is gone: by our own doing, or it died and is started again. */
  #ended(): void {
    this.#connection = undefined;
    this.#news.clear();
    for (const waiter of this.#phaseWaiters.splice(0)) waiter.resolve();
    for (const resolve of this.#unleadWaiters.values()) resolve();
    this.#unleadWaiters.clear();
    if (this.#isClosing || this.#isRefused) {
      this.#closed.resolve();
      return;
    }
    if (!this.#wasReady) {
      this.#refuse('the exporting thread ended before it was ready; the log says why');
      return;
    }
    this.#restarts++;
    const waitMs = backOffMs(this.#restarts, this.#random());
    this.#options.log('error', `the exporting thread ended; it is started again in ${waitMs} ms`);
    this.#cancelRestart = this.#timers.after(waitMs, () => this.#connect());
  }

  #receive(message: FromExporting): void {
    switch (message.kind) {
      case 'ready':
        this.#wasReady = true;
        this.#ready.resolve();
        return;
      case 'refused':
        return this.#refuse(message.message);
      case 'opened': {
        const led = this.#led.get(message.partitionId);
        if (led?.leadership === message.leadership) led.opened.resolve();
        return;
      }
      case 'unled':
        this.#unleadWaiters.get(message.leadership)?.();
        this.#unleadWaiters.delete(message.leadership);
        return;
      case 'reports':
        for (const report of message.reports) this.#reported(report);
        return;
      case 'phase-set':
        return this.#phaseSet(message.phase);
      case 'log':
        return this.#options.log(message.level, message.text);
      case 'closed':
        this.#closed.resolve();
    }
  }

  #refuse(text: string): void {
    this.#isRefused = true;
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.terminate();
    this.#closed.resolve();
    for (const partitionId of [...this.#led.keys()]) void this.unlead(partitionId);
    this.#ready.reject(new Error(text));
  }

  #reported(report: ExporterReport): void {
    const led = this.#led.get(report.partitionId);
    if (led?.leadership !== report.leadership) return;
    led.reported(report);
    this.#handOut(led);
  }

  #handOut(led: LedPartition): void {
    for (const { exporterId, position, index } of led.takeNews()) {
      this.#listener?.(led.partitionId, exporterId, position, index);
    }
  }

  #phaseSet(phase: ExportingPhase): void {
    this.#phaseWaiters = this.#phaseWaiters.filter((waiter) => {
      if (waiter.phase === phase) waiter.resolve();
      return waiter.phase !== phase;
    });
  }

  lead(partition: PartitionToExport): void {
    const { exporters } = this.#options;
    if (exporters.length === 0 || this.#isRefused || this.#isClosing) return;
    const { partitionId } = partition;
    let led = this.#led.get(partitionId);
    if (led?.beginsLike(partition)) {
      led.ledAgain(partition);
      this.#handOut(led);
    } else {
      void this.unlead(partitionId);
      const ids = exporters.map(({ id }) => id);
      led = new LedPartition(++this.#leaderships, partition, ids);
      this.#led.set(partitionId, led);
    }
    this.#connection?.send({ kind: 'lead', led: led.asNow() });
  }

  async opened(): Promise<void> {
    await this.ready;
    await Promise.all([...this.#led.values()].map((led) => led.opened.promise));
  }

  unlead(partitionId: number): Promise<void> {
    const led = this.#led.get(partitionId);
    if (led === undefined) return this.#endings.get(partitionId) ?? Promise.resolve();
    this.#led.delete(partitionId);
    this.#news.delete(led);
    led.opened.resolve();
    const connection = this.#connection;
    if (connection === undefined) return Promise.resolve();
    const ending = this.#endOf(led, connection).then(() => {
      if (this.#endings.get(partitionId) === ending) this.#endings.delete(partitionId);
    });
    this.#endings.set(partitionId, ending);
    return ending;
  }

  async #endOf({ partitionId, leadership }: LedPartition, connection: Connection): Promise<void> {
    const deadlineMs = this.#options.unleadDeadlineMs ?? UNLEAD_DEADLINE_MS;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#unleadWaiters.set(leadership, resolve);
    connection.send({ kind: 'unlead', partitionId, leadership, deadlineMs });
    if (await within(promise, deadlineMs + ANSWER_MS, this.#timers)) return;
    this.#unleadWaiters.delete(leadership);
    this.#options.log(
      'warn',
      `partition ${partitionId} stopped leading, but the exporting thread does not answer: an exporter does not give it back`,
    );
  }

  committed(partitionId: number, index: number, position: number): void {
    const led = this.#led.get(partitionId);
    if (led === undefined || !led.commit(index, position)) return;
    if (this.#connection === undefined) return;
    this.#news.add(led);
    if (this.#cancelCommitted !== undefined) return;
    this.#sendCommitted();
    this.#cancelCommitted = this.#timers.after(COMMITTED_INTERVAL_MS, this.#committedTick);
  }

  readonly #committedTick = (): void => {
    this.#cancelCommitted = undefined;
    if (this.#news.size === 0) return;
    this.#sendCommitted();
    this.#cancelCommitted = this.#timers.after(COMMITTED_INTERVAL_MS, this.#committedTick);
  };

  #sendCommitted(): void {
    const committed: Committed[] = [];
    for (const { partitionId, leadership, committedIndex: index } of this.#news)
      committed.push({ partitionId, leadership, index });
    this.#news.clear();
    this.#connection?.send({ kind: 'committed', committed });
  }

  onPosition(listener: PositionListener): void {
    this.#listener = listener;
  }

  async setPhase(phase: ExportingPhase): Promise<void> {
    writePhase(this.#options.phaseFile, phase);
    this.#phase = phase;
    const connection = this.#connection;
    if (connection === undefined || this.#isClosing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#phaseWaiters.push({ phase, resolve });
    connection.send({ kind: 'phase', phase });
    await Promise.race([promise, this.#closed.promise]);
  }

  status(): ExportingStatus {
    const exporters: ExporterStatus[] = [];
    for (const led of this.#led.values()) {
      for (const report of led.reports) {
        const lag = Math.max(0, led.committedPosition - Math.max(0, report.position));
        exporters.push({ ...report, lag });
      }
    }
    return { phase: this.#phase, exporters };
  }

  async close(deadlineMs: number): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#cancelRestart?.();
      this.#cancelCommitted?.();
      const connection = this.#connection;
      if (connection === undefined) this.#closed.resolve();
      else {
        if (this.#news.size > 0) this.#sendCommitted();
        const message: ToExporting = { kind: 'close', deadlineMs };
        connection.send(message);
      }
      await within(this.#closed.promise, deadlineMs + ANSWER_MS, this.#timers);
      await connection?.terminate();
      this.#connection = undefined;
      for (const led of this.#led.values()) led.opened.resolve();
      for (const resolve of this.#unleadWaiters.values()) resolve();
      this.#closed.resolve();
    }
    await this.#closed.promise;
  }
}
