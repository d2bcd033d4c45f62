// The front door of exporting: starting it, its figures, and the log entry that keeps its positions.
export * from './exporting.ts';
export type {
  ExportedPosition,
  ExporterConfiguration,
  ExporterReport,
  ExporterState,
  ExportingPhase,
  LogReader,
  PartitionToExport,
} from './exporting-messages.ts';
export * from './exporting-metrics.ts';
export * from './position-entry.ts';
