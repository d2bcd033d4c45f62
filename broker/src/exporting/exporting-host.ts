// All exporters of a broker, on whichever thread this is: one runner for each exporter and partition.
//
// It is driven by messages and answers by messages; exporting.ts is the other end. Reports go out at most once a second and
// only when something changed, so that an idle broker sleeps.
import type { ExporterClass } from '@millrace/exporters';
import { CommittedLog } from './committed-log.ts';
import { ConfigurationContext, ExporterFigures } from './exporter-context.ts';
import { ExporterRunner } from './exporter-runner.ts';
import type {
  ExporterReport,
  ExportingPhase,
  ExportingStart,
  FromExporting,
  Log,
  LogReader,
  ToExporting,
} from './exporting-messages.ts';
import { loadExporter, type OwnExporters } from './load-exporter.ts';

const REPORT_INTERVAL_MS = 1000;

export interface HostOptions {
  readonly start: ExportingStart;
  readonly openReader: (journalDir: string) => LogReader;
  readonly post: (message: FromExporting) => void;
  readonly own?: OwnExporters | undefined;
}

export class ExportingHost {
  readonly #start: ExportingStart;
  readonly #openReader: (journalDir: string) => LogReader;
  readonly #post: (message: FromExporting) => void;
  readonly #own: OwnExporters | undefined;
  readonly #log: Log;
  readonly #logs = new Map<number, CommittedLog>();
  readonly #runners: ExporterRunner[] = [];
  #phase: ExportingPhase;
  #reportTimer: NodeJS.Timeout | undefined;
  #reportedAt = 0;
  #closed = false;

  constructor(options: HostOptions) {
    this.#start = options.start;
    this.#openReader = options.openReader;
    this.#post = options.post;
    this.#own = options.own;
    this.#phase = options.start.phase;
    this.#log = (level, text) => options.post({ kind: 'log', level, text });
  }

  /** Checks every configuration, then opens every exporter. Posts `ready` or `refused`. */
  async start(): Promise<void> {
    try {
      const classes: ExporterClass[] = [];
      for (const configuration of this.#start.exporters) {
        const { id, className } = configuration;
        const exporterClass = await loadExporter(id, className, this.#own);
        await this.#checkConfiguration(configuration, exporterClass);
        classes.push(exporterClass);
      }
      this.#makeRunners(classes);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#post({ kind: 'refused', message });
      return;
    }
    await Promise.all(this.#runners.map((runner) => runner.start()));
    this.#postReports();
    this.#post({ kind: 'ready' });
  }

  /** On an instance that is thrown away. @throws Error that names the exporter */
  async #checkConfiguration(
    configuration: ExportingStart['exporters'][number],
    exporterClass: ExporterClass,
  ): Promise<void> {
    const partitionId = this.#start.partitions[0]?.partitionId ?? 1;
    const figures = new ExporterFigures();
    const shared = new Map<string, unknown>();
    try {
      const exporter = new exporterClass();
      await exporter.configure(
        new ConfigurationContext(configuration, partitionId, this.#log, figures, shared),
      );
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const name = `exporter '${configuration.id}'`;
      throw new Error(text.startsWith(name) ? text : `${name} cannot be configured: ${text}`, {
        cause: error,
      });
    }
  }

  #makeRunners(classes: readonly ExporterClass[]): void {
    const { exporters, partitions } = this.#start;
    const shared = exporters.map(() => new Map<string, unknown>());
    for (const partition of partitions) {
      const log = new CommittedLog(
        partition.partitionId,
        this.#openReader(partition.journalDir),
        partition.committedIndex,
        partition.committedPosition,
        exporters.length,
      );
      this.#logs.set(partition.partitionId, log);
      for (const [i, configuration] of exporters.entries()) {
        this.#runners.push(
          new ExporterRunner({
            log,
            configuration,
            exporterClass: classes[i] as ExporterClass,
            shared: shared[i] as Map<string, unknown>,
            start: partition.positions.find((each) => each.exporterId === configuration.id),
            phase: this.#phase,
            logLine: this.#log,
            changed: this.#changed,
          }),
        );
      }
    }
  }

  async receive(message: ToExporting): Promise<void> {
    switch (message.kind) {
      case 'committed':
        for (const each of message.committed) {
          const log = this.#logs.get(each.partitionId);
          if (log === undefined || each.index <= log.committedIndex) continue;
          log.committedIndex = each.index;
          log.committedPosition = each.position;
        }
        for (const runner of this.#runners) runner.wake();
        return;
      case 'phase':
        this.#phase = message.phase;
        await Promise.all(this.#runners.map((runner) => runner.setPhase(message.phase)));
        this.#postReports();
        this.#post({ kind: 'phase-set', phase: message.phase });
        return;
      case 'close':
        await this.#close(message.deadlineMs);
    }
  }

  /** Lets every exporter export what is committed and close, as far as the time allows. */
  async #close(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), deadlineMs);
    });
    const all = Promise.all(this.#runners.map((runner) => runner.close()));
    const outcome = await Promise.race([all, deadline]);
    clearTimeout(timer);
    if (outcome === 'late') {
      this.#log(
        'warn',
        `exporters did not end within ${deadlineMs} ms; they go on after the start`,
      );
    }
    this.#closed = true;
    clearTimeout(this.#reportTimer);
    for (const log of this.#logs.values()) log.close();
    this.#postReports();
    this.#post({ kind: 'closed' });
  }

  readonly #changed = (): void => {
    if (this.#reportTimer !== undefined || this.#closed) return;
    const waitMs = Math.max(0, this.#reportedAt + REPORT_INTERVAL_MS - performance.now());
    this.#reportTimer = setTimeout(() => this.#postReports(), waitMs);
  };

  #postReports(): void {
    clearTimeout(this.#reportTimer);
    this.#reportTimer = undefined;
    this.#reportedAt = performance.now();
    const reports: ExporterReport[] = this.#runners.map((runner) => runner.report());
    this.#post({ kind: 'reports', reports });
  }
}
