// The exporter `recording`: keeps records in memory, for tests and embedded use.
//
// Instances that share a context share one list. It acknowledges at once unless the argument `acknowledge` is false, and it
// forgets the oldest records beyond the argument `limit`.
import type { ExportedRecord } from './exported-record.ts';
import type { Exporter, ExporterContext, ExporterController } from './exporter.ts';

const RECORDS_MAX = 100_000;

export class RecordingExporter implements Exporter {
  /** Records in the order of their arrival, all partitions together. */
  records: ExportedRecord[] = [];
  #limit = RECORDS_MAX;
  #acknowledge = true;
  #controller: ExporterController | undefined;

  configure(context: ExporterContext): void {
    const args = context.arguments;
    args.allowOnly('limit', 'acknowledge');
    this.#limit = args.integer('limit', RECORDS_MAX, 1);
    this.#acknowledge = args.boolean('acknowledge', true);
    const shared = context.shared.get('records') as ExportedRecord[] | undefined;
    if (shared !== undefined) this.records = shared;
    else context.shared.set('records', this.records);
  }

  open(controller: ExporterController): void {
    this.#controller = controller;
  }

  export(batch: readonly ExportedRecord[]): void {
    for (const record of batch) this.records.push(record);
    if (this.records.length > this.#limit) {
      this.records.splice(0, this.records.length - this.#limit);
    }
    if (this.#acknowledge) this.#controller?.updatePosition(batch.at(-1)?.position ?? -1);
  }

  close(): void {
    this.#controller = undefined;
  }
}
