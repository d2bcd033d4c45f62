// An exporter for tests that does what it is told and remembers what it saw.
import type {
  ExportedRecord,
  Exporter,
  ExporterClass,
  ExporterContext,
  ExporterController,
  ExporterFilter,
} from '@millrace/exporters';

/** What one exporter of a test does and saw. */
export class Probe {
  readonly arrived: string[] = [];
  readonly events: string[] = [];
  filter: ExporterFilter = {};
  acknowledges = true;
  failWith: string | undefined;
  failOpenWith: string | undefined;
  failConfigureWith: string | undefined;
  gate: Promise<void> | undefined;
  controller: ExporterController | undefined;
  batches = 0;

  get positions(): number[] {
    return this.arrived.map((each) => Number(each.split('-')[1]));
  }

  exporterClass(): ExporterClass {
    const probe = this;
    return class implements Exporter {
      #controller: ExporterController | undefined;
      configure(context: ExporterContext): void {
        if (probe.failConfigureWith !== undefined) throw new Error(probe.failConfigureWith);
        context.setFilter(probe.filter);
        context.metrics.add('configured', 1);
      }
      open(controller: ExporterController): void {
        if (probe.failOpenWith !== undefined) throw new Error(probe.failOpenWith);
        this.#controller = controller;
        probe.controller = controller;
        probe.events.push('open');
      }
      async export(batch: readonly ExportedRecord[]): Promise<void> {
        await probe.gate;
        probe.batches++;
        if (probe.failWith !== undefined) throw new Error(probe.failWith);
        for (const each of batch) probe.arrived.push(`${each.partitionId}-${each.position}`);
        if (probe.acknowledges) this.#controller?.updatePosition(batch.at(-1)?.position ?? -1);
      }
      close(): void {
        probe.events.push('close');
      }
    };
  }
}
