// What an exporter sees of the runtime while it is configured.
import {
  ExporterArguments,
  type ExporterClock,
  type ExporterContext,
  type ExporterFilter,
  type ExporterLogger,
  type ExporterMetrics,
} from '@millrace/exporters';
import type { Timers } from '@millrace/raft';
import type { ExporterConfiguration, Log } from './exporting-messages.ts';

/** Counters and gauges of one exporter on one partition. */
export class ExporterFigures implements ExporterMetrics {
  readonly counters: Record<string, number> = {};
  readonly gauges: Record<string, number> = {};

  add(name: string, amount: number): void {
    this.counters[name] = (this.counters[name] ?? 0) + amount;
  }

  set(name: string, value: number): void {
    this.gauges[name] = value;
  }
}

export class ConfigurationContext implements ExporterContext {
  readonly exporterId: string;
  readonly partitionId: number;
  readonly arguments: ExporterArguments;
  readonly logger: ExporterLogger;
  readonly clock: ExporterClock;
  readonly metrics: ExporterMetrics;
  readonly shared: Map<string, unknown>;
  filter: ExporterFilter = {};

  constructor(
    configuration: ExporterConfiguration,
    partitionId: number,
    log: Log,
    metrics: ExporterMetrics,
    shared: Map<string, unknown>,
    timers: Timers,
  ) {
    this.exporterId = configuration.id;
    this.partitionId = partitionId;
    this.arguments = new ExporterArguments(configuration.id, configuration.args);
    const name = `exporter '${configuration.id}', partition ${partitionId}`;
    this.logger = {
      debug: (text) => log('debug', `${name}: ${text}`),
      info: (text) => log('info', `${name}: ${text}`),
      warn: (text) => log('warn', `${name}: ${text}`),
      error: (text) => log('error', `${name}: ${text}`),
    };
    this.clock = { now: () => timers.wallMs() };
    this.metrics = metrics;
    this.shared = shared;
  }

  setFilter(filter: ExporterFilter): void {
    this.filter = filter;
  }
}
