// All exporters of a broker, on whichever thread this is: one runner for each exporter and each partition that is led.
//
// Guarantees: on a partition one time of leading begins when the one before has ended; only the newest is ever waiting.
// It is driven by messages and answers by messages; exporting.ts is the other end. Reports go out at most once a second and
// only when something changed, so that an idle broker sleeps.
import type { ExporterClass } from '@millrace/exporters';
import type { Cancel, Timers } from '@millrace/raft';
import { ConfigurationContext, ExporterFigures } from './exporter-context.ts';
import type {
  ExporterConfiguration,
  ExportingPhase,
  ExportingStart,
  FromExporting,
  Leadership,
  Log,
  LogReader,
  ToExporting,
} from './exporting-messages.ts';
import { loadExporter, type OwnExporters } from './load-exporter.ts';
import { type LoadedExporter, PartitionExporting } from './partition-exporting.ts';
import { within } from './within.ts';

const REPORT_INTERVAL_MS = 1000;

export interface HostOptions {
  readonly start: ExportingStart;
  readonly openReader: (journalDir: string) => LogReader;
  readonly post: (message: FromExporting) => void;
  readonly timers: Timers;
  /** from 0 to 1 */
  readonly random: () => number;
  readonly own?: OwnExporters | undefined;
}

export class ExportingHost {
  readonly #options: HostOptions;
  readonly #post: (message: FromExporting) => void;
  readonly #log: Log;
  /** Undefined until every configuration was checked. */
  #exporters: readonly LoadedExporter[] | undefined;
  /** By partition, like the two below. */
  readonly #running = new Map<number, PartitionExporting>();
  readonly #ending = new Map<number, Promise<void>>();
  /** Led, and not begun yet. */
  readonly #waiting = new Map<number, Leadership>();
  #phase: ExportingPhase;
  #cancelReport: Cancel | undefined;
  #reportedAtMs = Number.NEGATIVE_INFINITY;
  #isClosing = false;
  #isClosed = false;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#post = options.post;
    this.#phase = options.start.phase;
    this.#log = (level, text) => options.post({ kind: 'log', level, text });
    for (const led of options.start.led) this.#waiting.set(led.partitionId, led);
  }

  /** Checks every configuration, then begins with what is led. Posts `ready` or `refused`. */
  async start(): Promise<void> {
    try {
      const exporters: LoadedExporter[] = [];
      for (const configuration of this.#options.start.exporters) {
        const { id, className } = configuration;
        const exporterClass = await loadExporter(id, className, this.#options.own);
        await this.#checkConfiguration(configuration, exporterClass);
        exporters.push({ configuration, exporterClass, shared: new Map() });
      }
      this.#exporters = exporters;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#post({ kind: 'refused', message });
      return;
    }
    this.#post({ kind: 'ready' });
    for (const partitionId of [...this.#waiting.keys()]) this.#beginWaiting(partitionId);
  }

  /** On an instance that is thrown away. @throws Error that names the exporter */
  async #checkConfiguration(
    configuration: ExporterConfiguration,
    exporterClass: ExporterClass,
  ): Promise<void> {
    const figures = new ExporterFigures();
    const { timers } = this.#options;
    try {
      const exporter = new exporterClass();
      await exporter.configure(
        new ConfigurationContext(configuration, 1, this.#log, figures, new Map(), timers),
      );
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const name = `exporter '${configuration.id}'`;
      throw new Error(text.startsWith(name) ? text : `${name} cannot be configured: ${text}`, {
        cause: error,
      });
    }
  }

  async receive(message: ToExporting): Promise<void> {
    switch (message.kind) {
      case 'lead':
        return this.#lead(message.led);
      case 'unlead':
        return await this.#unlead(message);
      case 'committed':
        for (const { partitionId, leadership, index } of message.committed) {
          const running = this.#running.get(partitionId);
          if (running?.leadership === leadership) running.committed(index);
          else this.#committedWaiting(partitionId, leadership, index);
        }
        return;
      case 'phase':
        return await this.#setPhase(message.phase);
      case 'close':
        return await this.#close(message.deadlineMs);
    }
  }

  #lead(led: Leadership): void {
    const running = this.#running.get(led.partitionId);
    if (running?.leadership === led.leadership) return running.ledAgain(led.committedIndex);
    this.#waiting.set(led.partitionId, led);
    this.#beginWaiting(led.partitionId);
  }

  #committedWaiting(partitionId: number, leadership: number, committedIndex: number): void {
    const waiting = this.#waiting.get(partitionId);
    if (waiting?.leadership !== leadership) return;
    this.#waiting.set(partitionId, { ...waiting, committedIndex });
  }

  #beginWaiting(partitionId: number): void {
    const led = this.#waiting.get(partitionId);
    const exporters = this.#exporters;
    if (led === undefined || exporters === undefined || this.#isClosing) return;
    if (this.#running.has(partitionId) || this.#ending.has(partitionId)) return;
    this.#waiting.delete(partitionId);
    const { leadership } = led;
    const { openReader, timers, random } = this.#options;
    const begun = new PartitionExporting({
      led,
      exporters,
      reader: openReader(led.journalDir),
      phase: this.#phase,
      timers,
      random,
      log: this.#log,
      changed: this.#changed,
    });
    this.#running.set(partitionId, begun);
    void begun.open().then(() => {
      this.#postReports();
      this.#post({ kind: 'opened', partitionId, leadership });
    });
  }

  async #unlead(message: Extract<ToExporting, { kind: 'unlead' }>): Promise<void> {
    const { partitionId, leadership, deadlineMs } = message;
    const running = this.#running.get(partitionId);
    if (this.#waiting.get(partitionId)?.leadership === leadership) {
      this.#waiting.delete(partitionId);
    } else if (running?.leadership === leadership) {
      this.#running.delete(partitionId);
      const end = running.stop(deadlineMs).then(() => {
        this.#ending.delete(partitionId);
        this.#beginWaiting(partitionId);
      });
      this.#ending.set(partitionId, end);
    }
    await this.#ending.get(partitionId);
    this.#post({ kind: 'unled', leadership });
  }

  async #setPhase(phase: ExportingPhase): Promise<void> {
    this.#phase = phase;
    const settled: Promise<void>[] = [];
    for (const running of this.#running.values()) settled.push(running.setPhase(phase));
    if (phase === 'paused') settled.push(...this.#ending.values());
    await Promise.all(settled);
    this.#postReports();
    this.#post({ kind: 'phase-set', phase });
  }

  /** Lets every exporter export what is committed and close, as far as the time allows. */
  async #close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    const ends: Promise<void>[] = [...this.#ending.values()];
    for (const running of this.#running.values()) ends.push(running.drain(deadlineMs));
    await within(Promise.all(ends), deadlineMs, this.#options.timers);
    this.#isClosed = true;
    this.#postReports();
    this.#post({ kind: 'closed' });
  }

  readonly #changed = (): void => {
    if (this.#cancelReport !== undefined || this.#isClosed) return;
    const { timers } = this.#options;
    const waitMs = Math.max(0, this.#reportedAtMs + REPORT_INTERVAL_MS - timers.monotonicMs());
    this.#cancelReport = timers.after(waitMs, () => this.#postReports());
  };

  #postReports(): void {
    this.#cancelReport?.();
    this.#cancelReport = undefined;
    this.#reportedAtMs = this.#options.timers.monotonicMs();
    const reports = [...this.#running.values()].flatMap((running) => running.reports());
    if (reports.length > 0) this.#post({ kind: 'reports', reports });
  }
}
