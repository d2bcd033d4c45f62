// The recording exporter against the suite for all exporters, and its own limits.
import { describe, expect, test } from 'vitest';
import { EXPORTER_CHECKS, type ExporterTarget } from './exporter-conformance.ts';
import { ExporterStage } from './exporter-stage.ts';
import { RecordingExporter } from './recording.ts';
import { sampleBatch } from './sample-records.ts';

const recordsOf = (stage: ExporterStage) => (stage.exporter as RecordingExporter).records;

describe('the exporter `recording`', () => {
  const target: ExporterTarget = {
    exporterClass: RecordingExporter,
    args: {},
    arrived: (stages) =>
      stages
        .flatMap((stage) => recordsOf(stage))
        .map((each) => `${each.partitionId}-${each.position}`),
  };
  test.each(EXPORTER_CHECKS)('$name', ({ run }) => run(target));

  test('it forgets the oldest records beyond its limit', async () => {
    const stage = new ExporterStage({ exporterClass: RecordingExporter, args: { LIMIT: '3' } });
    await stage.open();
    await stage.export(sampleBatch(1, 5));
    expect(recordsOf(stage).map((each) => each.position)).toEqual([3, 4, 5]);
  });

  test('it acknowledges nothing when told so', async () => {
    const args = { acknowledge: 'false' };
    const stage = new ExporterStage({ exporterClass: RecordingExporter, args });
    await stage.open();
    await stage.export(sampleBatch(1, 5));
    expect(stage.acknowledged).toEqual([]);
  });
});
