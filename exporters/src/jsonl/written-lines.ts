// Which lines of a partition the file holds beyond the last acknowledged position: after a crash these records come
// again, and a line that already stands there need not be written twice.
//
// A line counts as written only when it is equal (length and checksum), not when its position is: a data directory that was
// emptied or restored begins again with low positions, and none of its records may be dropped.
import { crc32 } from 'node:zlib';
import { visitLinesBackwards } from './jsonl-file.ts';

const HEAD =
  /^\{"position":(\d+),"sourceRecordPosition":-?\d+,"key":-?\d+,"timestamp":-?\d+,"partitionId":(\d+),/;
const HEAD_BYTES_MAX = 200;

export class WrittenLines {
  readonly #prints = new Map<number, number>();

  /** @param paths the files that may hold lines of the partition, the newest first */
  constructor(paths: readonly string[], partitionId: number, afterPosition: number) {
    const visit = (line: Buffer): boolean => {
      const head = HEAD.exec(line.toString('latin1', 0, HEAD_BYTES_MAX));
      if (head === null || Number(head[2]) !== partitionId) return true;
      const position = Number(head[1]);
      if (position <= afterPosition) return false;
      if (!this.#prints.has(position)) this.#prints.set(position, fingerprint(line));
      return true;
    };
    for (const path of paths) if (!visitLinesBackwards(path, visit)) break;
  }

  /** How many such lines have not come again yet. */
  get size(): number {
    return this.#prints.size;
  }

  /** Whether exactly this line already stands in the file. */
  has(position: number, line: string): boolean {
    return this.#prints.get(position) === fingerprint(Buffer.from(line, 'utf8'));
  }

  forget(position: number): void {
    this.#prints.delete(position);
  }
}

function fingerprint(line: Buffer): number {
  return (line.length % 0x200000) * 0x100000000 + crc32(line);
}
