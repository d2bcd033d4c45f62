// An exporter's filter, made ready for use on every record.
import type { ExportedRecord } from './exported-record.ts';
import type { ExporterFilter } from './exporter.ts';

export class RecordFilter {
  readonly #recordTypes: ReadonlySet<string> | undefined;
  readonly #valueTypes: ReadonlySet<string> | undefined;
  readonly #intents: ReadonlySet<string> | undefined;
  readonly #processIds: ReadonlySet<string> | undefined;
  /** Whether every record passes. */
  readonly acceptsAll: boolean;
  /** Whether no record can pass, so that nothing need be decoded. */
  readonly acceptsNone: boolean;

  constructor(filter: ExporterFilter = {}) {
    const set = (values: readonly string[] | undefined) => values && new Set(values);
    this.#recordTypes = set(filter.recordTypes);
    this.#valueTypes = set(filter.valueTypes);
    this.#intents = set(filter.intents);
    this.#processIds = set(filter.processIds);
    const given = [this.#recordTypes, this.#valueTypes, this.#intents, this.#processIds];
    this.acceptsAll = given.every((part) => part === undefined);
    this.acceptsNone = given.slice(0, 3).some((part) => part?.size === 0);
  }

  accepts(record: ExportedRecord): boolean {
    if (this.acceptsAll) return true;
    if (this.#recordTypes !== undefined && !this.#recordTypes.has(record.recordType)) return false;
    if (this.#valueTypes !== undefined && !this.#valueTypes.has(record.valueType)) return false;
    if (this.#intents !== undefined && !this.#intents.has(record.intent)) return false;
    if (this.#processIds === undefined) return true;
    const processId = (record.value as { readonly bpmnProcessId?: unknown }).bpmnProcessId;
    return typeof processId !== 'string' || processId === '' || this.#processIds.has(processId);
  }
}
