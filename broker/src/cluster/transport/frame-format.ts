// The bytes between two processes: frames, and the few kinds of them that belong to the transport itself.
// Guarantees: one place for every number on the wire. A frame is u32 length (little endian, of what follows), u8 kind,
//   payload. No frame on the wire carries more than wholeBytesMax: a larger one travels as pieces, so that an urgent
//   frame never waits for the whole of it, and a length that is out of bounds is noticed at once.
// Leaves to others: what the payloads of the users' kinds mean.

/** u32 length, u8 kind. */
export const headBytes = 5;

/** u8 lane, u8 kind of the whole, u32 bytes of the whole; the same in every piece of a frame. */
export const pieceHeadBytes = 6;

/** Largest payload that travels as one frame; also what a piece carries. */
export const wholeBytesMax = 64 * 1024;

/** Largest frame before the handshake has ended: an unknown process is not trusted with memory. */
export const handshakeBytesMax = 4 * 1024;

/** The transport's own kinds. Numbers are given once. */
export const FrameKind = {
  /** A part of a larger frame. Pieces of different lanes mix, those of one lane do not. */
  piece: 240,
  /** By the dialling side, regularly: answer with `received`. */
  ping: 241,
  /** By the accepting side: u32 bytes of users' frames taken since the last such report. */
  received: 242,
  /** I close this connection although my process goes on. */
  bye: 243,
  /** JSON: brokers that the sender is connected with. */
  addresses: 244,
  /** JSON: who I am. The form of this and of `refuse` is the same in all versions. */
  hello: 245,
  /** The dialling side accepts the other's hello: the connection stands. */
  ready: 246,
  /** JSON: why I do not talk with you; the connection closes. */
  refuse: 247,
} as const;

export function writeHead(target: Buffer, at: number, kind: number, payloadBytes: number): void {
  target.writeUInt32LE(payloadBytes + 1, at);
  target[at + 4] = kind;
}

/** A whole small frame of the transport's own. */
export function ownFrame(kind: number, payload?: Uint8Array): Buffer {
  const size = payload?.length ?? 0;
  const bytes = Buffer.allocUnsafe(headBytes + size);
  writeHead(bytes, 0, kind, size);
  if (payload !== undefined) bytes.set(payload, headBytes);
  return bytes;
}

export function receivedFrame(bytes: number): Buffer {
  const frame = Buffer.allocUnsafe(headBytes + 4);
  writeHead(frame, 0, FrameKind.received, 4);
  frame.writeUInt32LE(bytes, headBytes);
  return frame;
}

/** What opens the stream in both directions: "MLRT", lowest and highest version of the transport that is spoken. */
export const preludeBytes = 6;
export const versionMin = 1;
export const versionMax = 1;
const magic = Buffer.from('MLRT');

export function preludeOf(lowest: number, highest: number): Buffer {
  return Buffer.concat([magic, Buffer.from([lowest, highest])]);
}

export interface Versions {
  readonly lowest: number;
  readonly highest: number;
}

/** @returns null when these bytes are not the beginning of our protocol */
export function readPrelude(bytes: Buffer): Versions | null {
  if (!bytes.subarray(0, magic.length).equals(magic)) return null;
  const lowest = bytes[4] as number;
  const highest = bytes[5] as number;
  return lowest <= highest ? { lowest, highest } : null;
}

/** The newest version that both speak; null when there is none. */
export function commonVersion(ours: Versions, theirs: Versions): number | null {
  const version = Math.min(ours.highest, theirs.highest);
  return version >= Math.max(ours.lowest, theirs.lowest) ? version : null;
}
