// The front door of the exporters: the contract for third parties and what comes with Millrace.
export * from './built-in.ts';
export * from './exported-record.ts';
export * from './exporter.ts';
export * from './exporter-arguments.ts';
export * from './jsonl/jsonl-exporter.ts';
export * from './record-filter.ts';
export * from './recording.ts';
