// The metrics register (prom-client) in the form that the hot paths need: they count in plain fields, and these are read
// when somebody scrapes.
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [labels: Labels, value: number];

export interface HistogramSample {
  readonly labels: Labels;
  /** Observations per bucket, not cumulated; what is above the last bound stands in `count` alone. */
  readonly buckets: readonly number[];
  readonly count: number;
  readonly sum: number;
}

export interface Metrics {
  family(
    name: string,
    type: 'counter' | 'gauge',
    help: string,
    read: () => readonly Sample[],
  ): void;
  histogram(
    name: string,
    help: string,
    bounds: readonly number[],
    read: () => readonly HistogramSample[],
  ): void;
  /** Keeps what a partition reported: metric name, with further labels in braces if any, to value. */
  partition(partitionId: number, values: Readonly<Record<string, number>>): void;
  /** Prometheus text exposition. */
  text(): Promise<string>;
  readonly contentType: string;
}

interface MetricValue {
  readonly value: number;
  readonly labels: Record<string, string | number>;
  readonly metricName?: string;
}

/** @param processMetrics whether CPU, memory and event-loop metrics of the process are included */
export function createMetrics(processMetrics: boolean): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const add = (name: string, help: string, type: string, values: () => MetricValue[]) => {
    const metric = {
      name,
      help,
      type,
      aggregator: 'sum',
      collect: undefined,
      get: async () => ({ name, help, type, aggregator: 'sum', values: values() }),
      reset: () => {},
    };
    registry.registerMetric(metric as unknown as Metric);
  };
  const reported = new Map<number, Readonly<Record<string, number>>>();
  return {
    contentType: registry.contentType,
    family: (name, type, help, read) =>
      add(name, help, type, () =>
        read().map(([labels, value]) => ({ value, labels: { ...labels } })),
      ),
    histogram: (name, help, bounds, read) =>
      add(name, help, 'histogram', () =>
        read().flatMap((sample) => histogramValues(name, bounds, sample)),
      ),
    partition: (partitionId, values) => reported.set(partitionId, values),
    text: async () => `${await registry.metrics()}\n${partitionText(reported)}`,
  };
}

function histogramValues(
  name: string,
  bounds: readonly number[],
  sample: HistogramSample,
): MetricValue[] {
  const values: MetricValue[] = [];
  let below = 0;
  bounds.forEach((bound, i) => {
    below += sample.buckets[i] ?? 0;
    values.push({
      value: below,
      labels: { ...sample.labels, le: bound },
      metricName: `${name}_bucket`,
    });
  });
  values.push(
    {
      value: sample.count,
      labels: { ...sample.labels, le: '+Inf' },
      metricName: `${name}_bucket`,
    },
    { value: sample.sum, labels: { ...sample.labels }, metricName: `${name}_sum` },
    { value: sample.count, labels: { ...sample.labels }, metricName: `${name}_count` },
  );
  return values;
}

/** What the partitions reported, grouped by metric as the exposition format wants it. */
function partitionText(reported: ReadonlyMap<number, Readonly<Record<string, number>>>): string {
  const families = new Map<string, string[]>();
  for (const [partitionId, values] of reported) {
    for (const [key, value] of Object.entries(values)) {
      const brace = key.indexOf('{');
      const name = brace < 0 ? key : key.slice(0, brace);
      const more = brace < 0 ? '' : `,${key.slice(brace + 1, -1)}`;
      let lines = families.get(name);
      if (lines === undefined) {
        lines = [`# TYPE ${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}`];
        families.set(name, lines);
      }
      lines.push(`${name}{partition="${partitionId}"${more}} ${value}`);
    }
  }
  return [...families.values()].map((lines) => `${lines.join('\n')}\n`).join('\n');
}
