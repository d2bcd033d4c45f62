// A runtime in small for tests of exporters: configures and opens one, keeps what it acknowledges, and runs its scheduled
// tasks when the test says so. Used by the conformance suite; authors of exporters may use it, too.
import type { ExportedRecord } from './exported-record.ts';
import type {
  Exporter,
  ExporterClass,
  ExporterContext,
  ExporterController,
  ExporterFilter,
  ScheduledTask,
} from './exporter.ts';
import { ExporterArguments } from './exporter-arguments.ts';

export interface StageOptions {
  readonly exporterClass: ExporterClass;
  readonly args: Readonly<Record<string, unknown>>;
  readonly partitionId?: number;
  /** What the exporter has acknowledged in an earlier life. */
  readonly lastPosition?: number;
  /** Shared with the stages of other partitions. */
  readonly shared?: Map<string, unknown>;
}

export class ExporterStage implements ExporterController {
  readonly exporter: Exporter;
  readonly context: ExporterContext;
  /** Acknowledged positions, in the order in which they came. */
  readonly acknowledged: number[] = [];
  readonly logged: string[] = [];
  readonly figures = new Map<string, number>();
  filter: ExporterFilter = {};
  reopenReason: Error | undefined;
  #position: number;
  #tasks: (() => void | Promise<void>)[] = [];

  constructor(options: StageOptions) {
    this.exporter = new options.exporterClass();
    this.#position = options.lastPosition ?? -1;
    const log = (text: string) => void this.logged.push(text);
    this.context = {
      exporterId: 'staged',
      partitionId: options.partitionId ?? 1,
      arguments: new ExporterArguments('staged', options.args),
      logger: { debug: log, info: log, warn: log, error: log },
      clock: { now: () => 0 },
      metrics: {
        add: (name, amount) => this.figures.set(name, (this.figures.get(name) ?? 0) + amount),
        set: (name, value) => this.figures.set(name, value),
      },
      shared: options.shared ?? new Map(),
      setFilter: (filter) => {
        this.filter = filter;
      },
    };
  }

  async open(): Promise<void> {
    await this.exporter.configure(this.context);
    await this.exporter.open(this);
  }

  async export(batch: readonly ExportedRecord[]): Promise<void> {
    await this.exporter.export(batch);
  }

  async close(): Promise<void> {
    await this.exporter.close();
  }

  /** Runs what is scheduled now. */
  async runTasks(): Promise<void> {
    for (const task of this.#tasks.splice(0)) await task();
  }

  updatePosition(position: number): void {
    this.acknowledged.push(position);
    this.#position = Math.max(this.#position, position);
  }

  lastPosition(): number {
    return this.#position;
  }

  reopen(reason: Error): void {
    this.reopenReason = reason;
  }

  schedule(_delayMs: number, task: () => void | Promise<void>): ScheduledTask {
    this.#tasks.push(task);
    return {
      cancel: () => {
        this.#tasks = this.#tasks.filter((each) => each !== task);
      },
    };
  }
}
