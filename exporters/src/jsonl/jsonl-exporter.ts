// The exporter `jsonl`: every record as one line of JSON, appended to one file by all partitions.
//
// Arguments: `path` (required; a relative one is relative to the working directory), `maxBytes` (rotate before the file
// grows beyond it; 0, the default, never does), `keep` (rotated files that stay: path.1 is the newest; 5).
// Lines appear as soon as they are handed over. They are acknowledged once they are on disk, about once a second, so a crash
// loses none. After a crash records may come again; those whose line already stands within the last 32 MB are not written
// twice. Beyond that a line may stand twice: partition id and position tell. Each broker of a cluster has a file of its own; what a
// leader had not acknowledged when it fell stands in the file of the next one, too.
import { resolve } from 'node:path';
import type { ExportedRecord } from '../exported-record.ts';
import type {
  Exporter,
  ExporterContext,
  ExporterController,
  ExporterLogger,
  ScheduledTask,
} from '../exporter.ts';
import { JsonlFile } from './jsonl-file.ts';
import { LineBuffer } from './line-buffer.ts';
import { WrittenLines } from './written-lines.ts';

const SYNC_DELAY_MS = 1000;
const KEEP = 5;
const MAX_BYTES_MIN = 1024;

export class JsonlExporter implements Exporter {
  #partitionId = 0;
  #file: JsonlFile | undefined;
  #generation = 0;
  readonly #lines = new LineBuffer();
  #controller: ExporterController | undefined;
  #logger: ExporterLogger | undefined;
  /** Lines that a crash left behind its last acknowledgement; undefined once they have all come again. */
  #written: WrittenLines | undefined;
  #lastPosition = -1;
  #syncTask: ScheduledTask | undefined;

  configure(context: ExporterContext): void {
    const args = context.arguments;
    args.allowOnly('path', 'maxBytes', 'keep');
    const path = resolve(args.text('path'));
    const maxBytes = args.integer('maxBytes', 0);
    const options = {
      path,
      maxBytes: maxBytes === 0 ? 0 : Math.max(maxBytes, MAX_BYTES_MIN),
      keep: args.integer('keep', KEEP, 1, 1000),
    };
    this.#partitionId = context.partitionId;
    this.#logger = context.logger;
    this.#file = context.shared.get('file') as JsonlFile | undefined;
    if (this.#file === undefined) {
      this.#file = new JsonlFile(options);
      context.shared.set('file', this.#file);
    }
  }

  open(controller: ExporterController): void {
    const file = this.#file as JsonlFile;
    this.#generation = file.open();
    this.#controller = controller;
    this.#lastPosition = controller.lastPosition();
    const files = [file.path, `${file.path}.1`];
    const written = new WrittenLines(files, this.#partitionId, this.#lastPosition);
    if (written.size > 0) {
      this.#written = written;
      this.#logger?.debug(`${written.size} lines stand in ${file.path} that may come again`);
    }
  }

  export(batch: readonly ExportedRecord[]): void {
    const file = this.#file as JsonlFile;
    const bytes = this.#linesOf(batch);
    try {
      if (bytes.length > 0) file.append(bytes, this.#generation);
    } catch (error) {
      if (!file.isCurrent(this.#generation)) this.#controller?.reopen(error as Error);
      throw error;
    }
    this.#lastPosition = (batch.at(-1) as ExportedRecord).position;
    if (this.#written !== undefined) this.#forgetWritten(batch, this.#written);
    this.#syncTask ??= this.#controller?.schedule(SYNC_DELAY_MS, () => {
      this.#syncTask = undefined;
      void this.#acknowledge();
    });
  }

  /** The lines to write. Line by line into bytes: one long string of them would be copied twice more. */
  #linesOf(batch: readonly ExportedRecord[]): Uint8Array {
    const written = this.#written;
    const lines = this.#lines;
    lines.clear();
    for (const record of batch) {
      const line = record.json();
      if (written === undefined || !written.has(record.position, line)) lines.add(line);
    }
    return lines.bytes;
  }

  #forgetWritten(batch: readonly ExportedRecord[], written: WrittenLines): void {
    for (const record of batch) written.forget(record.position);
    if (written.size === 0) this.#written = undefined;
  }

  /** Not awaited by the runtime: exporting goes on while the disk works. */
  async #acknowledge(): Promise<void> {
    const position = this.#lastPosition;
    try {
      await (this.#file as JsonlFile).sync(this.#generation);
      this.#controller?.updatePosition(position);
    } catch (error) {
      this.#controller?.reopen(error as Error);
    }
  }

  async close(): Promise<void> {
    this.#syncTask?.cancel();
    const controller = this.#controller;
    const file = this.#file as JsonlFile;
    if (controller === undefined) return;
    try {
      if (!file.isCurrent(this.#generation)) return;
      await file.sync(this.#generation);
      controller.updatePosition(this.#lastPosition);
    } finally {
      this.#controller = undefined;
      file.close();
    }
  }
}
