// The exporters that come with Millrace, by the name that stands for a class name in the configuration.
import type { ExporterClass } from './exporter.ts';
import { JsonlExporter } from './jsonl/jsonl-exporter.ts';
import { RecordingExporter } from './recording.ts';

export const BUILT_IN_EXPORTERS: ReadonlyMap<string, ExporterClass> = new Map<
  string,
  ExporterClass
>([
  ['jsonl', JsonlExporter],
  ['recording', RecordingExporter],
]);
