// The broker's end of exporting: starts the thread, tells it what is committed, hears how far exporters have got.
//
// Guarantees: no thread without exporters; `committed` costs the broker next to nothing however often it is called; the
// phase survives a restart; a thread that dies is started again where its exporters stood. Positions are handed to
// `onPosition` at most once a second and only when they changed; writing them to the log is the partition's work.
import { Worker } from 'node:worker_threads';
import { openJournalReader } from '@millrace/raft';
import { backOffMs } from './back-off.ts';
import { ExportingHost } from './exporting-host.ts';
import type {
  Committed,
  ExportedPosition,
  ExporterConfiguration,
  ExporterReport,
  ExportingPhase,
  ExportingStart,
  FromExporting,
  Log,
  PartitionToExport,
  ToExporting,
} from './exporting-messages.ts';
import type { OwnExporters } from './load-exporter.ts';
import { readPhase, writePhase } from './phase-file.ts';

/** The thread hears of commits at most this often: an idle one at once, a busy one in larger steps. */
const COMMITTED_INTERVAL_MS = 4;

export interface ExportingOptions {
  readonly partitions: readonly PartitionToExport[];
  readonly exporters: readonly ExporterConfiguration[];
  /** Where the phase is kept. */
  readonly phaseFile: string;
  readonly log: Log;
  /** `worker`, the default, or in the calling thread, for tests and embedding. */
  readonly thread?: 'worker' | 'caller';
  /** Exporters of the program's own, by name; only in the calling thread. */
  readonly own?: OwnExporters;
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
  /** At most about a second old. */
  readonly exporters: readonly ExporterStatus[];
}

export interface Exporting {
  /** Everything up to this log index, whose last record has this position, may be exported. */
  committed(partitionId: number, index: number, position: number): void;
  onPosition(listener: PositionListener): void;
  /**
   * Resolves when every exporter was configured and opened (or failed to open once: that is repeated, see status). Rejects with
   * a text for the operator when a configuration is wrong; then nothing runs.
   */
  readonly ready: Promise<void>;
  /** Resolves when the phase is on disk and no call of an exporter runs that it forbids. */
  setPhase(phase: ExportingPhase): Promise<void>;
  status(): ExportingStatus;
  /**
   * The lowest log index that an exporter of this partition still needs, by the positions handed to onPosition;
   * Infinity without exporters.
   */
  lowestIndex(partitionId: number): number;
  /** Exports what is committed, closes the exporters, hands out the last positions; gives up after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** @throws Error when the phase file cannot be read */
export function startExporting(options: ExportingOptions): Exporting {
  return new RunningExporting(options);
}

interface Connection {
  send(message: ToExporting): void;
  terminate(): Promise<void>;
}

class RunningExporting implements Exporting {
  readonly ready: Promise<void>;
  readonly #options: ExportingOptions;
  readonly #ready = Promise.withResolvers<void>();
  readonly #closed = Promise.withResolvers<void>();
  readonly #committed = new Map<number, Committed>();
  readonly #reports = new Map<string, ExporterReport>();
  readonly #news = new Set<number>();
  #listener: PositionListener | undefined;
  #phase: ExportingPhase;
  #phaseWaiters: { phase: ExportingPhase; resolve: () => void }[] = [];
  #connection: Connection | undefined;
  #committedTimer: NodeJS.Timeout | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #restarts = 0;
  #wasReady = false;
  #refused = false;
  #closing = false;

  constructor(options: ExportingOptions) {
    this.#options = options;
    this.#phase = readPhase(options.phaseFile);
    this.ready = this.#ready.promise;
    // Whoever waits gets the rejection; it must not end the process when nobody does yet.
    this.ready.catch(() => {});
    for (const partition of options.partitions) this.#noteStart(partition);
    if (options.exporters.length === 0) this.#ready.resolve();
    else this.#connect();
  }

  #noteStart(partition: PartitionToExport): void {
    const { partitionId, committedIndex: index, committedPosition: position } = partition;
    this.#committed.set(partitionId, { partitionId, index, position });
    for (const { id } of this.#options.exporters) {
      const known = partition.positions.find((each) => each.exporterId === id);
      this.#reports.set(reportKey(partitionId, id), {
        exporterId: id,
        partitionId,
        position: known?.position ?? -1,
        index: known?.index ?? 0,
        state: 'opening',
        lastError: '',
        handedPosition: known?.position ?? -1,
        exportedRecords: 0,
        skippedRecords: 0,
        failures: 0,
        counters: {},
        gauges: {},
      });
    }
  }

  #connect(): void {
    const start = this.#startNow();
    this.#connection =
      this.#options.thread === 'caller'
        ? connectHere(start, this.#options.own, (message) => this.#receive(message))
        : this.#connectWorker(start);
  }

  /** The start as it is now: on a second start from where the exporters stood. */
  #startNow(): ExportingStart {
    const partitions = this.#options.partitions.map((partition) => {
      const { partitionId } = partition;
      const committed = this.#committed.get(partitionId) as Committed;
      const positions: ExportedPosition[] = [];
      for (const { id: exporterId } of this.#options.exporters) {
        const report = this.#reports.get(reportKey(partitionId, exporterId)) as ExporterReport;
        const { position, index } = report;
        // One that never acknowledged anything is still new: it begins with the oldest entry kept.
        if (position >= 0 || index > 0) positions.push({ exporterId, position, index });
      }
      return {
        partitionId,
        journalDir: partition.journalDir,
        committedIndex: committed.index,
        committedPosition: committed.position,
        positions,
      };
    });
    return { partitions, exporters: this.#options.exporters, phase: this.#phase };
  }

  #connectWorker(start: ExportingStart): Connection {
    const worker = new Worker(new URL('./exporting-thread.ts', import.meta.url), {
      workerData: start,
      name: 'exporting',
    });
    worker.on('message', (message: FromExporting) => this.#receive(message));
    worker.on('error', (error) =>
      this.#options.log('error', `the exporting thread failed: ${String(error)}`),
    );
    worker.on('exit', () => this.#ended());
    return {
      send: (message) => worker.postMessage(message),
      terminate: async () => {
        await worker.terminate();
      },
    };
  }

  /** The thread is gone: by our own doing, or it died and is started again. */
  #ended(): void {
    this.#connection = undefined;
    for (const waiter of this.#phaseWaiters.splice(0)) waiter.resolve();
    if (this.#closing || this.#refused) {
      this.#closed.resolve();
      return;
    }
    if (!this.#wasReady) {
      this.#refuse('the exporting thread ended before it was ready; the log says why');
      return;
    }
    this.#restarts++;
    const waitMs = backOffMs(this.#restarts, Math.random());
    this.#options.log('error', `the exporting thread ended; it is started again in ${waitMs} ms`);
    this.#restartTimer = setTimeout(() => this.#connect(), waitMs);
  }

  #receive(message: FromExporting): void {
    switch (message.kind) {
      case 'ready':
        this.#wasReady = true;
        this.#ready.resolve();
        return;
      case 'refused':
        this.#refuse(message.message);
        return;
      case 'reports':
        for (const report of message.reports) this.#reported(report);
        return;
      case 'phase-set':
        this.#phaseSet(message.phase);
        return;
      case 'log':
        this.#options.log(message.level, message.text);
        return;
      case 'closed':
        this.#closed.resolve();
    }
  }

  #refuse(text: string): void {
    this.#refused = true;
    const connection = this.#connection;
    this.#connection = undefined;
    void connection?.terminate();
    this.#closed.resolve();
    this.#ready.reject(new Error(text));
  }

  #reported(report: ExporterReport): void {
    const key = reportKey(report.partitionId, report.exporterId);
    const before = this.#reports.get(key);
    // Soft pause freezes what is reported; a position never goes back.
    this.#reports.set(key, report);
    // The index alone also moves by entries that hold no records, the positions written below among them: those must not
    // lead to new ones.
    if (before !== undefined && report.position > before.position) {
      this.#listener?.(report.partitionId, report.exporterId, report.position, report.index);
    }
  }

  #phaseSet(phase: ExportingPhase): void {
    this.#phaseWaiters = this.#phaseWaiters.filter((waiter) => {
      if (waiter.phase === phase) waiter.resolve();
      return waiter.phase !== phase;
    });
  }

  committed(partitionId: number, index: number, position: number): void {
    const known = this.#committed.get(partitionId);
    if (known === undefined || index <= known.index) return;
    this.#committed.set(partitionId, { partitionId, index, position });
    if (this.#connection === undefined) return;
    this.#news.add(partitionId);
    if (this.#committedTimer !== undefined) return;
    this.#sendCommitted();
    this.#committedTimer = setTimeout(this.#committedTick, COMMITTED_INTERVAL_MS);
  }

  readonly #committedTick = (): void => {
    this.#committedTimer = undefined;
    if (this.#news.size === 0) return;
    this.#sendCommitted();
    this.#committedTimer = setTimeout(this.#committedTick, COMMITTED_INTERVAL_MS);
  };

  #sendCommitted(): void {
    const committed: Committed[] = [];
    for (const id of this.#news) committed.push(this.#committed.get(id) as Committed);
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
    if (connection === undefined || this.#closing) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#phaseWaiters.push({ phase, resolve });
    connection.send({ kind: 'phase', phase });
    await Promise.race([promise, this.#closed.promise]);
  }

  status(): ExportingStatus {
    const exporters: ExporterStatus[] = [];
    for (const report of this.#reports.values()) {
      const committed = this.#committed.get(report.partitionId)?.position ?? -1;
      exporters.push({ ...report, lag: Math.max(0, committed - Math.max(0, report.position)) });
    }
    return { phase: this.#phase, exporters };
  }

  lowestIndex(partitionId: number): number {
    let lowest = Number.POSITIVE_INFINITY;
    for (const report of this.#reports.values()) {
      if (report.partitionId === partitionId) lowest = Math.min(lowest, report.index + 1);
    }
    return lowest;
  }

  async close(deadlineMs: number): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      clearTimeout(this.#restartTimer);
      clearTimeout(this.#committedTimer);
      const connection = this.#connection;
      if (connection === undefined) this.#closed.resolve();
      else {
        if (this.#news.size > 0) this.#sendCommitted();
        connection.send({ kind: 'close', deadlineMs });
      }
      await Promise.race([this.#closed.promise, overdue(deadlineMs)]);
      await connection?.terminate();
      this.#connection = undefined;
      this.#closed.resolve();
    }
    await this.#closed.promise;
  }
}

const reportKey = (partitionId: number, exporterId: string): string =>
  `${partitionId} ${exporterId}`;

/** A thread that does not answer at all (an exporter that never gives it back) is not waited for much longer. */
function overdue(deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, deadlineMs + 500).unref();
  });
}

function connectHere(
  start: ExportingStart,
  own: OwnExporters | undefined,
  receive: (message: FromExporting) => void,
): Connection {
  let ended = false;
  const host = new ExportingHost({
    start,
    own,
    openReader: openJournalReader,
    post: (message) => {
      if (!ended) receive(message);
    },
  });
  queueMicrotask(() => void host.start());
  return {
    send: (message) => queueMicrotask(() => void host.receive(message)),
    terminate: async () => {
      ended = true;
    },
  };
}
