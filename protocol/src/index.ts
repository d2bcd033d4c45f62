// The front door of the protocol: what is written, sent and stored.
export * from './bytes.ts';
export * from './catalog.ts';
export * from './document.ts';
export * from './entry.ts';
export * from './json-text.ts';
export * from './keys.ts';
export * from './limits.ts';
export * from './record.ts';
export * from './record-json.ts';
export * from './schema.ts';
export * from './unknown-record-error.ts';
export * from './values/deployment.ts';
export * from './values/incident.ts';
export * from './values/job.ts';
export * from './values/process-instance.ts';
export * from './values/process-instance-creation.ts';
export * from './values/variable.ts';
