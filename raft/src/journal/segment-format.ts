// The bytes of a segment file: a header, then frames, one per entry, then zeros.
// Guarantees: a frame whose checksum matches is what was written, of this log and in this version; the layout below is the
// only place that knows offsets.
// Leaves to others: where frames stand in files (segment.ts) and what damage means (recovery.ts).
//
// Header, 64 bytes (little endian):      Frame, begins at a multiple of 8:
//    0 u32 magic "MRLG"                      0 u32 length: bytes from offset 8 to the payload's end
//    4 u16 version = 1                       4 u32 crc32 of those bytes
//    6 u16 0                                 8 u8 version = 1
//    8 u32 salt                              9 u8 kind
//   12 u32 0                                10 u16 0
//   16 u64 first index                      12 u32 salt
//   24 u64 term of the entry before it      16 u64 index
//   32 zeros                                24 u64 term
//   60 u32 crc32 of bytes 0 to 59           32 u64 index known durable when this frame was written
//                                           40 payload, then zeros up to the next multiple of 8
//
// The salt is a random number of the whole journal. Recovery looks for intact frames behind a damaged one, and payloads
// hold what users sent: without the salt a user could send bytes that look like a frame.
import { crc32 } from 'node:zlib';
import { payloadBytesMax } from './journal.ts';

export const formatVersion = 1;
export const segmentHeaderBytes = 64;
export const frameHeadBytes = 40;
const magic = 0x474c524d;
const uncheckedBytes = 8;
const twoTo32 = 4294967296;

/** A segment's file name: its first index in 20 digits, so that names sort like indexes. */
export function segmentFileName(firstIndex: number): string {
  return `${String(firstIndex).padStart(20, '0')}.log`;
}

/** The first index in a segment's file name, null if it is not such a name. */
export function firstIndexOfFileName(name: string): number | null {
  return /^\d{20}\.log$/.test(name) ? Number(name.slice(0, 20)) : null;
}

function putU64(buffer: Buffer, at: number, value: number): void {
  buffer.writeUInt32LE(value % twoTo32, at);
  buffer.writeUInt32LE(Math.floor(value / twoTo32), at + 4);
}

function getU64(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at + 4) * twoTo32 + buffer.readUInt32LE(at);
}

export interface SegmentHeader {
  readonly salt: number;
  readonly firstIndex: number;
  readonly previousTerm: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(formatVersion, 4);
  bytes.writeUInt32LE(header.salt, 8);
  putU64(bytes, 16, header.firstIndex);
  putU64(bytes, 24, header.previousTerm);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** The header, `null` if it is damaged, or the number of a format version that is not known. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | number | null {
  if (bytes.length < segmentHeaderBytes || bytes.readUInt32LE(0) !== magic) return null;
  if (bytes.readUInt32LE(60) !== crc32(bytes.subarray(0, 60))) return null;
  const version = bytes.readUInt16LE(4);
  if (version !== formatVersion) return version;
  return {
    salt: bytes.readUInt32LE(8),
    firstIndex: getU64(bytes, 16),
    previousTerm: getU64(bytes, 24),
  };
}

/** Bytes that an entry takes in a segment, padding included. */
export function frameBytes(payloadBytes: number): number {
  return (frameHeadBytes + payloadBytes + 7) & ~7;
}

/** Fills `head` (frameHeadBytes long, reused by the caller) for one entry. Hot path: no allocation. */
export function encodeFrameHead(
  head: Buffer,
  salt: number,
  index: number,
  term: number,
  kind: number,
  durable: number,
  payload: Uint8Array,
): void {
  head.writeUInt32LE(frameHeadBytes - uncheckedBytes + payload.length, 0);
  head[8] = formatVersion;
  head[9] = kind;
  head[10] = 0;
  head[11] = 0;
  head.writeUInt32LE(salt, 12);
  putU64(head, 16, index);
  putU64(head, 24, term);
  putU64(head, 32, durable);
  head.writeUInt32LE(crc32(payload, crc32(head.subarray(uncheckedBytes, frameHeadBytes))), 4);
}

/**
 * - `valid`: an intact frame of this version.
 * - `empty`: zeros, nothing was written here.
 * - `short`: it may be intact, but ends beyond `limit`.
 * - `foreign`: intact, but of another format version.
 * - `damaged`: anything else.
 */
export type FrameVerdict = 'valid' | 'empty' | 'short' | 'foreign' | 'damaged';

/** Judges the bytes at `at`, of which those before `limit` may be looked at. `salt` null accepts any. */
export function judgeFrame(
  buffer: Buffer,
  at: number,
  limit: number,
  salt: number | null,
): FrameVerdict {
  if (limit - at < frameHeadBytes) return 'short';
  const length = buffer.readUInt32LE(at);
  if (length === 0) return buffer.readUInt32LE(at + 4) === 0 ? 'empty' : 'damaged';
  const payloadBytes = length - (frameHeadBytes - uncheckedBytes);
  if (payloadBytes < 0 || payloadBytes > payloadBytesMax) return 'damaged';
  if (salt !== null && buffer.readUInt32LE(at + 12) !== salt) return 'damaged';
  const end = at + uncheckedBytes + length;
  if (end > limit) return 'short';
  if (crc32(buffer.subarray(at + uncheckedBytes, end)) !== buffer.readUInt32LE(at + 4)) {
    return 'damaged';
  }
  return buffer[at + 8] === formatVersion ? 'valid' : 'foreign';
}

/** Whether a frame may begin here, by a look at its head that is cheap enough for every place in a file. */
export function mayBeFrame(buffer: Buffer, at: number, salt: number | null): boolean {
  const length = buffer.readUInt32LE(at);
  if (length < frameHeadBytes - uncheckedBytes || length > payloadBytesMax + frameHeadBytes)
    return false;
  if (salt !== null) return buffer.readUInt32LE(at + 12) === salt;
  return buffer[at + 8] === formatVersion && buffer[at + 10] === 0 && buffer[at + 11] === 0;
}

export const frame = {
  payloadBytes: (buffer: Buffer, at: number): number =>
    buffer.readUInt32LE(at) - (frameHeadBytes - uncheckedBytes),
  version: (buffer: Buffer, at: number): number => buffer[at + 8] as number,
  kind: (buffer: Buffer, at: number): number => buffer[at + 9] as number,
  index: (buffer: Buffer, at: number): number => getU64(buffer, at + 16),
  term: (buffer: Buffer, at: number): number => getU64(buffer, at + 24),
  durable: (buffer: Buffer, at: number): number => getU64(buffer, at + 32),
  /** Bytes the frame takes in the file, padding included. */
  bytes: (buffer: Buffer, at: number): number =>
    (buffer.readUInt32LE(at) + uncheckedBytes + 7) & ~7,
} as const;
