// The figures of exporting as samples, ready for any metrics library (names as operators know them where there is one).

import type { ExporterStatus, ExportingStatus } from './exporting.ts';
import type { ExportingPhase } from './exporting-messages.ts';

export interface MetricSample {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const PHASE_NUMBERS: Readonly<Record<ExportingPhase, number>> = {
  exporting: 0,
  paused: 1,
  'soft-paused': 2,
};

const RECORDS = 'Records by what became of them';
const OWN = 'A figure of the exporter itself';

export function exportingMetrics(status: ExportingStatus): MetricSample[] {
  const samples: MetricSample[] = [];
  const partitions = new Set<number>();
  for (const each of status.exporters) {
    partitions.add(each.partitionId);
    addExporter(samples, each);
  }
  const value = PHASE_NUMBERS[status.phase];
  for (const partition of partitions) {
    samples.push({
      name: 'zeebe_exporter_state',
      kind: 'gauge',
      help: '0 exporting, 1 paused, 2 soft paused',
      labels: { partition: String(partition) },
      value,
    });
  }
  return samples;
}

function addExporter(samples: MetricSample[], of: ExporterStatus): void {
  const labels = { exporter: of.exporterId, partition: String(of.partitionId) };
  const counter = (name: string, help: string, value: number, more: object = {}) =>
    samples.push({ name, kind: 'counter', help, labels: { ...labels, ...more }, value });
  const gauge = (name: string, help: string, value: number) =>
    samples.push({ name, kind: 'gauge', help, labels, value });
  const exported = { action: 'exported' };
  counter('zeebe_exporter_events_total', RECORDS, of.exportedRecords, exported);
  counter('zeebe_exporter_events_total', RECORDS, of.skippedRecords, { action: 'skipped' });
  gauge('zeebe_exporter_last_exported_position', 'Newest position handed over', of.handedPosition);
  gauge('zeebe_exporter_last_updated_exported_position', 'Newest one acknowledged', of.position);
  gauge('millrace_exporter_lag_records', 'Committed records not acknowledged yet', of.lag);
  counter('millrace_exporter_failures_total', 'Failed calls', of.failures);
  const running = of.state === 'exporting' ? 1 : 0;
  gauge('millrace_exporter_running', '1 when it exports, 0 when it retries or stopped', running);
  for (const [name, value] of Object.entries(of.counters)) {
    counter(`millrace_exporter_${name}`, OWN, value);
  }
  for (const [name, value] of Object.entries(of.gauges)) {
    gauge(`millrace_exporter_${name}`, OWN, value);
  }
}
