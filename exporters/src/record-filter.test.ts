// The filter: every given part narrows, a missing part does not.
import { expect, test } from 'vitest';
import type { ExporterFilter } from './exporter.ts';
import { RecordFilter } from './record-filter.ts';
import { sampleBatch } from './sample-records.ts';

const passed = (filter: ExporterFilter) => {
  const made = new RecordFilter(filter);
  return sampleBatch(1, 6)
    .filter((record) => made.accepts(record))
    .map((record) => record.position);
};

test.each<[ExporterFilter, number[]]>([
  [{}, [1, 2, 3, 4, 5, 6]],
  [{ recordTypes: ['EVENT'] }, [1, 3, 4, 6]],
  [{ recordTypes: [] }, []],
  [{ valueTypes: ['VARIABLE'] }, [3, 6]],
  [{ valueTypes: ['JOB'], recordTypes: ['EVENT'] }, [1, 4]],
  [{ intents: ['COMPLETE', 'UPDATED'] }, [2, 5]],
  [{ processIds: ['orders'] }, [1, 2, 3, 4, 5, 6]],
  [{ processIds: ['others'] }, [2, 5]],
])('%j lets %j pass', (filter, positions) => {
  expect(passed(filter)).toEqual(positions);
});

test('it knows when nothing need be looked at', () => {
  expect(new RecordFilter({}).acceptsAll).toBe(true);
  expect(new RecordFilter({ recordTypes: [] }).acceptsNone).toBe(true);
  expect(new RecordFilter({ processIds: [] }).acceptsNone).toBe(false);
});
