// All exporters of one partition, for one time of leading it.
//
// Guarantees: each has its own instance and its own pace over the one log; once the end has come no file of the log is open
// here and none will be, whatever an exporter does that never came back from its last call.
// Leaves to others: that the next time begins only after the end of this one (exporting-host.ts).
import type { ExporterClass } from '@millrace/exporters';
import type { Timers } from '@millrace/raft';
import { CommittedLog } from './committed-log.ts';
import { ExporterRunner } from './exporter-runner.ts';
import type {
  ExporterConfiguration,
  ExporterReport,
  ExportingPhase,
  Leadership,
  Log,
  LogReader,
} from './exporting-messages.ts';
import { within } from './within.ts';

/** An exporter whose configuration was found right. */
export interface LoadedExporter {
  readonly configuration: ExporterConfiguration;
  readonly exporterClass: ExporterClass;
  /** What its instances share as long as this thread lives. */
  readonly shared: Map<string, unknown>;
}

export interface PartitionExportingOptions {
  readonly led: Leadership;
  readonly exporters: readonly LoadedExporter[];
  readonly reader: LogReader;
  readonly phase: ExportingPhase;
  readonly timers: Timers;
  readonly random: () => number;
  readonly log: Log;
  /** Called when the reports would read differently. */
  readonly changed: () => void;
}

export class PartitionExporting {
  readonly leadership: number;
  readonly #options: PartitionExportingOptions;
  readonly #log: CommittedLog;
  readonly #runners: readonly ExporterRunner[];

  constructor(options: PartitionExportingOptions) {
    const { led, exporters, reader } = options;
    this.leadership = led.leadership;
    this.#options = options;
    this.#log = new CommittedLog(led, reader, exporters.length);
    this.#runners = exporters.map((exporter) => this.#runnerOf(exporter));
  }

  #runnerOf({ configuration, exporterClass, shared }: LoadedExporter): ExporterRunner {
    const { led, phase, timers, random, log, changed } = this.#options;
    return new ExporterRunner({
      log: this.#log,
      leadership: this.leadership,
      configuration,
      exporterClass,
      shared,
      start: led.positions.find((each) => each.exporterId === configuration.id),
      phase,
      timers,
      random,
      logLine: log,
      changed,
    });
  }

  /** Resolves when every exporter was opened, or failed to open once. */
  async open(): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.start()));
  }

  /** Everything up to this log index may be exported. */
  committed(index: number): void {
    this.#log.committed(index);
    for (const runner of this.#runners) runner.wake();
  }

  /** The partition says again that it leads: its log was opened anew. */
  ledAgain(index: number): void {
    this.#log.releaseFile();
    this.committed(index);
  }

  /** Resolves when no call runs that the new phase forbids. */
  async setPhase(phase: ExportingPhase): Promise<void> {
    await Promise.all(this.#runners.map((runner) => runner.setPhase(phase)));
  }

  reports(): ExporterReport[] {
    return this.#runners.map((runner) => runner.report());
  }

  /**
   * Exports what is committed, then closes the exporters and the log.
   * @param deadlineMs what is not done by then goes on after the next start
   */
  async drain(deadlineMs: number): Promise<void> {
    const all = Promise.all(this.#runners.map((runner) => runner.drain()));
    await this.#endedBy(all, deadlineMs);
  }

  /**
   * Closes the exporters as soon as their running calls have ended, and the log; reads nothing more.
   * @param deadlineMs calls that have not ended by then are abandoned: the exporter is closed when they do
   */
  async stop(deadlineMs: number): Promise<void> {
    const all = Promise.all(this.#runners.map((runner) => runner.stop()));
    await this.#endedBy(all, deadlineMs);
  }

  async #endedBy(all: Promise<unknown>, deadlineMs: number): Promise<void> {
    const { timers, log, exporters, led } = this.#options;
    if (!(await within(all, deadlineMs, timers))) {
      for (const [i, runner] of this.#runners.entries()) {
        if (runner.isFinished) continue;
        void runner.stop();
        log(
          'warn',
          `exporter '${exporters[i]?.configuration.id}', partition ${led.partitionId}: did not end within ${deadlineMs} ms ` +
            'and is left alone; what it has not acknowledged is exported again where the partition is led next',
        );
      }
    }
    this.#log.close();
  }
}
