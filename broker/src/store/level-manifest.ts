// Which files a LevelDB folder consists of: its MANIFEST, read without LevelDB.
//
// A folder also holds files that are no part of the database yet, the output of a compaction that is running. Whoever
// copies those destroys the database (measured), so a checkpoint takes exactly what the MANIFEST names. It is a log of
// records (32 KB blocks; each record: masked CRC-32C, length, kind, data), each record a list of tagged edits.
import { ByteReader, BytesError } from '@millrace/protocol';
import { StoreError } from './store-error.ts';

const BLOCK = 32 * 1024;
const HEADER = 7;
const FULL = 1;
const LAST = 4;

const TAG_COMPARATOR = 1;
const TAG_LOG_NUMBER = 2;
const TAG_NEXT_FILE = 3;
const TAG_LAST_SEQUENCE = 4;
const TAG_COMPACT_POINTER = 5;
const TAG_DELETED_FILE = 6;
const TAG_NEW_FILE = 7;
const TAG_PREVIOUS_LOG = 9;

export interface LiveFiles {
  /** Table number to size in bytes. */
  readonly tables: ReadonlyMap<number, number>;
  /** Write-ahead logs with this number or a higher one belong to the database. */
  readonly logNumber: number;
  /** One more log that belongs to it; 0: none. */
  readonly previousLogNumber: number;
  /** How much of the bytes is whole records; what follows was being written. */
  readonly length: number;
}

/**
 * The state that the whole records of a MANIFEST lead to.
 * @throws StoreError when a record before the last is damaged, or an edit is not known
 */
export function readManifest(bytes: Uint8Array): LiveFiles {
  const tables = new Map<number, number>();
  const live = { tables, logNumber: 0, previousLogNumber: 0, length: 0 };
  for (const { record, end } of logRecords(bytes)) {
    try {
      applyEdit(new ByteReader(record), live);
    } catch (error) {
      if (!(error instanceof BytesError)) throw error;
      throw new StoreError('corrupt', `a MANIFEST has an edit that ends early before byte ${end}`);
    }
    live.length = end;
  }
  return live;
}

function applyEdit(
  edit: ByteReader,
  live: { tables: Map<number, number>; logNumber: number; previousLogNumber: number },
): void {
  while (edit.at < edit.end) {
    const tag = edit.varint();
    if (tag === TAG_COMPARATOR) edit.blob();
    else if (tag === TAG_LOG_NUMBER) live.logNumber = edit.varint();
    else if (tag === TAG_PREVIOUS_LOG) live.previousLogNumber = edit.varint();
    else if (tag === TAG_NEXT_FILE || tag === TAG_LAST_SEQUENCE) edit.varint();
    else if (tag === TAG_COMPACT_POINTER) {
      edit.varint();
      edit.blob();
    } else if (tag === TAG_DELETED_FILE) {
      edit.varint();
      live.tables.delete(edit.varint());
    } else if (tag === TAG_NEW_FILE) {
      edit.varint();
      const number = edit.varint();
      live.tables.set(number, edit.varint());
      edit.blob();
      edit.blob();
    } else throw new StoreError('corrupt', `a MANIFEST has an edit of the unknown kind ${tag}`);
  }
}

/** The records of a LevelDB log; an unfinished one at the end is left out. */
function* logRecords(bytes: Uint8Array): Generator<{ record: Uint8Array; end: number }> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let parts: Uint8Array[] = [];
  let at = 0;
  for (;;) {
    const left = BLOCK - (at % BLOCK);
    if (left < HEADER) at += left;
    if (at + HEADER > bytes.length) return;
    const length = view.getUint16(at + 4, true);
    const kind = bytes[at + 6] as number;
    const end = at + HEADER + length;
    if (kind < FULL || kind > LAST || end > bytes.length) return checkTail(bytes, at);
    const sum = crc32c(bytes.subarray(at + 6, end));
    if (mask(sum) !== view.getUint32(at, true)) return checkTail(bytes, at);
    if (kind <= 2) parts = [];
    parts.push(bytes.subarray(at + HEADER, end));
    at = end;
    if (kind === FULL || kind === LAST) yield { record: Buffer.concat(parts), end };
  }
}

/** A broken record is the unfinished last one, or damage: nothing but zeros may follow its block. */
function checkTail(bytes: Uint8Array, at: number): void {
  const next = at + BLOCK - (at % BLOCK);
  if (next < bytes.length) throw new StoreError('corrupt', `a MANIFEST is damaged at byte ${at}`);
}

const TABLE = new Uint32Array(256).map((_, start) => {
  let value = start;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli), the one that LevelDB uses. */
export function crc32c(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 0xff] as number) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

function mask(sum: number): number {
  return ((((sum >>> 15) | (sum << 17)) >>> 0) + 0xa282ead8) >>> 0;
}
