// How far exporters have got, as part of the replicated state: the log is not compacted past them.

import { numberPart, textPart } from '../core/state/families.ts';
import type { RangeFamily } from '../core/state/range-family.ts';
import type { StateDb } from '../core/state/state-db.ts';
import type { ExportedPosition } from '../exporting/index.ts';

/** The family's number; those of the engine are in its families.ts. */
export const FAMILY_EXPORTER_POSITION = 80;
const ALL = 0;

export class ExporterPositions {
  readonly #positions: RangeFamily<number, string, ExportedPosition>;

  /** Those that are committed: what the log may be compacted to. */
  readonly #committed = new Map<string, ExportedPosition>();

  constructor(db: StateDb) {
    this.#positions = db.range({
      number: FAMILY_EXPORTER_POSITION,
      name: 'exporter-position',
      prefix: numberPart,
      suffix: textPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.string(value.exporterId);
          out.f64(value.position);
          out.f64(value.index);
        },
        read: (from) => {
          from.u8();
          return { exporterId: from.string(), position: from.f64(), index: from.f64() };
        },
      },
    });
  }

  get(exporterId: string): ExportedPosition | undefined {
    return this.#positions.get(ALL, exporterId);
  }

  /** The position that no change of leader takes back. */
  committed(exporterId: string): ExportedPosition | undefined {
    return this.#committed.get(exporterId);
  }

  /** What the state holds of the exporter is committed: it has just been opened. */
  commitKnown(exporterId: string): void {
    const position = this.get(exporterId);
    if (position !== undefined) this.commit([position]);
  }

  /** These are committed. */
  commit(positions: readonly ExportedPosition[]): void {
    for (const position of positions) this.#committed.set(position.exporterId, position);
  }

  apply(positions: readonly ExportedPosition[]): void {
    for (const position of positions) this.#positions.upsert(ALL, position.exporterId, position);
  }
}
