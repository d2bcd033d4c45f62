// Cuts the incoming bytes of one connection into frames, whatever the pieces in which they arrive.
// Guarantees: a payload that lies inside one chunk is a slice of it, all others have memory of their own and are copied
//   once; never more memory than one frame per lane and one small frame; anything out of form throws DamagedStreamError.
// Leaves to others: which kinds are allowed when, and closing the connection.
//
// A slice keeps its chunk alive: Node reads at most 64 KB at a time and gives back what it did not fill, so that a
// payload pins 64 KB at most.
import {
  FrameKind,
  handshakeBytesMax,
  headBytes,
  pieceHeadBytes,
  preludeBytes,
  wholeBytesMax,
} from './frame-format.ts';
import { userKindsEnd } from './transport.ts';

/** The other side sends what no version of the protocol sends. */
export class DamagedStreamError extends Error {}

export interface FrameSink {
  prelude(bytes: Buffer): void;
  frame(kind: number, payload: Buffer): void;
}

/** A frame of which a part has come. */
interface Unfinished {
  readonly kind: number;
  readonly bytes: Buffer;
  filled: number;
}

const lanes = 3;

export class FrameReader {
  /** Bytes of users' frames taken so far, heads included: what is reported to the sender. */
  takenBytes = 0;

  /** Set when the handshake has ended: larger frames and pieces are allowed from now on. */
  trusted = false;

  /** Set by the owner when nothing more is to be read, also from within a frame. */
  stopped = false;

  readonly #sink: FrameSink;
  readonly #frameBytesMax: number;
  readonly #head = Buffer.alloc(headBytes + pieceHeadBytes);
  #headFilled = 0;
  #headWanted = preludeBytes;
  #greeted = false;
  /** Where the bytes of the present frame or piece go, how many it has, how many are still to come. */
  #target: Unfinished | null = null;
  #targetBytes = 0;
  #targetLeft = 0;
  /** The lane of the present piece; -1 when it is a whole frame. */
  #targetLane = -1;
  readonly #larger: (Unfinished | null)[] = new Array(lanes).fill(null);

  constructor(sink: FrameSink, frameBytesMax: number) {
    this.#sink = sink;
    this.#frameBytesMax = frameBytesMax;
  }

  /** @throws DamagedStreamError; the reader is of no use afterwards */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.stopped) {
      if (this.#target !== null) at = this.#fill(chunk, at);
      else if (this.#greeted && this.#headFilled === 0 && chunk.length - at >= headBytes) {
        at = this.#whole(chunk, at);
      } else at = this.#collectHead(chunk, at);
    }
  }

  /** A frame whose head lies in the chunk; returns where to go on. */
  #whole(chunk: Buffer, at: number): number {
    const kind = chunk[at + 4] as number;
    const size = this.#sizeOf(chunk.readUInt32LE(at), kind);
    if (kind === FrameKind.piece) return this.#collectHead(chunk, at);
    const begin = at + headBytes;
    const end = begin + size;
    if (end > chunk.length) {
      this.#expect({ kind, bytes: Buffer.allocUnsafeSlow(size), filled: 0 }, size, -1);
      return begin;
    }
    this.#deliver(kind, chunk.subarray(begin, end), headBytes + size);
    return end;
  }

  #collectHead(chunk: Buffer, at: number): number {
    if (this.#greeted && this.#headFilled === 0) this.#headWanted = headBytes;
    const end = Math.min(chunk.length, at + this.#headWanted - this.#headFilled);
    this.#headFilled += chunk.copy(this.#head, this.#headFilled, at, end);
    if (this.#headFilled < this.#headWanted) return end;
    if (!this.#greeted) {
      this.#greeted = true;
      this.#headFilled = 0;
      this.#sink.prelude(Buffer.from(this.#head.subarray(0, preludeBytes)));
      return end;
    }
    const kind = this.#head[4] as number;
    const size = this.#sizeOf(this.#head.readUInt32LE(0), kind);
    if (kind === FrameKind.piece && this.#headWanted === headBytes) {
      this.#headWanted = headBytes + pieceHeadBytes;
      return end;
    }
    this.#headFilled = 0;
    if (kind === FrameKind.piece) this.#expectPiece(size - pieceHeadBytes);
    else if (size === 0) this.#deliver(kind, Buffer.alloc(0), headBytes);
    else this.#expect({ kind, bytes: Buffer.allocUnsafeSlow(size), filled: 0 }, size, -1);
    return end;
  }

  /** @returns the bytes of the payload, when its length is possible */
  #sizeOf(length: number, kind: number): number {
    const size = length - 1;
    const piece = kind === FrameKind.piece;
    const max = this.trusted ? wholeBytesMax + (piece ? pieceHeadBytes : 0) : handshakeBytesMax;
    if (size < 0 || size > max) {
      throw new DamagedStreamError(`a frame of kind ${kind} says it has ${size} bytes`);
    }
    if (piece && (!this.trusted || size <= pieceHeadBytes)) {
      throw new DamagedStreamError(`a piece of ${size} bytes`);
    }
    return size;
  }

  #expect(target: Unfinished, bytes: number, lane: number): void {
    this.#target = target;
    this.#targetBytes = bytes;
    this.#targetLeft = bytes;
    this.#targetLane = lane;
  }

  #expectPiece(bytes: number): void {
    const lane = this.#head[headBytes] as number;
    const kind = this.#head[headBytes + 1] as number;
    const total = this.#head.readUInt32LE(headBytes + 2);
    if (lane >= lanes || kind >= userKindsEnd || total > this.#frameBytesMax) {
      throw new DamagedStreamError(`a piece of lane ${lane}, kind ${kind}, of ${total} bytes`);
    }
    let whole = this.#larger[lane] ?? null;
    if (whole === null) {
      whole = { kind, bytes: Buffer.allocUnsafeSlow(total), filled: 0 };
      this.#larger[lane] = whole;
    }
    if (whole.kind !== kind || whole.bytes.length !== total || whole.filled + bytes > total) {
      throw new DamagedStreamError(`pieces of lane ${lane} do not fit together`);
    }
    this.#expect(whole, bytes, lane);
  }

  #fill(chunk: Buffer, at: number): number {
    const target = this.#target as Unfinished;
    const end = Math.min(chunk.length, at + this.#targetLeft);
    chunk.copy(target.bytes, target.filled, at, end);
    target.filled += end - at;
    this.#targetLeft -= end - at;
    if (this.#targetLeft > 0) return end;
    const lane = this.#targetLane;
    this.#target = null;
    if (lane < 0) {
      this.#deliver(target.kind, target.bytes, headBytes + target.bytes.length);
      return end;
    }
    this.takenBytes += headBytes + pieceHeadBytes + this.#targetBytes;
    if (target.filled === target.bytes.length) {
      this.#larger[lane] = null;
      this.#deliver(target.kind, target.bytes, 0);
    }
    return end;
  }

  #deliver(kind: number, payload: Buffer, wireBytes: number): void {
    if (kind < userKindsEnd) this.takenBytes += wireBytes;
    this.#sink.frame(kind, payload);
  }
}
