// What waits to be sent to one peer: three lanes, bounded in bytes, and the order in which they leave.
// Guarantees: urgent frames leave first, then normal ones, then bulk; while bulk waits it keeps about a ninth of the
//   bytes, so that commands cannot stop replication. A frame larger than wholeBytesMax leaves in pieces. What is taken
//   ends at the end of a frame or piece. Small frames are copied into shared memory (cheaper than a reference to each),
//   large parts are passed on as they are.
// Leaves to others: the socket, and when to take.
//
// A full lane refuses the newest frame. The oldest ones could be dropped instead, but followers take appends in
// sequence: what waits first is the part that is still of use, and a gap behind it is repaired by Raft from the point
// where it begins. And whoever sends learns of it at once.
import { FrameKind, headBytes, pieceHeadBytes, wholeBytesMax, writeHead } from './frame-format.ts';
import type { TransportLimits, Urgency } from './transport.ts';

/** A payload up to this many bytes is copied; beyond it, a reference is cheaper. */
const copyBytesMax = 4 * 1024;
const slabBytes = 64 * 1024;
const spareSlabsMax = 32;
/** Bytes of normal frames that may pass waiting bulk frames before one piece of those goes. */
const passedBytesMax = 8 * wholeBytesMax;

/** Memory into which small frames are written; reused when all that lies in it has left. */
interface Slab {
  readonly bytes: Buffer;
  used: number;
  /** Items that lie in it and have not left. */
  items: number;
}

/** Slabs that are free, for all queues of a transport. */
export class SlabStore {
  readonly #spare: Buffer[] = [];

  take(): Slab {
    return { bytes: this.#spare.pop() ?? Buffer.allocUnsafeSlow(slabBytes), used: 0, items: 0 };
  }

  give(slab: Slab): void {
    if (this.#spare.length < spareSlabsMax) this.#spare.push(slab.bytes);
  }
}

/** Whole small frames side by side in a slab. */
interface Packed {
  readonly slab: Slab;
  readonly begin: number;
  end: number;
  frames: number;
}

/** One frame whose parts are not copied. */
interface Large {
  readonly slab: null;
  readonly kind: number;
  readonly parts: readonly Uint8Array[];
  readonly bytes: number;
  /** How much of it has left: bytes in all, the part that is next, and where in it. */
  taken: number;
  part: number;
  at: number;
}

interface Lane {
  readonly number: number;
  readonly bytesMax: number;
  /** Items from `next` on wait; those before have left. */
  items: (Packed | Large | undefined)[];
  next: number;
  bytes: number;
  /** Small frames go behind each other here. Not shared by lanes: a held lane would pin what others have left. */
  open: Slab | null;
  shedFrames: number;
}

/** What leaves in one write. */
export interface Batch {
  readonly buffers: Uint8Array[];
  readonly slabs: Slab[];
  bytes: number;
  frames: number;
}

export class OutgoingQueue {
  readonly #lanes: Readonly<Record<Urgency, Lane>>;
  readonly #frameBytesMax: number;
  readonly #inFlightBytesMax: number;
  readonly #slabs: SlabStore;
  #passedBytes = 0;

  constructor(limits: TransportLimits, slabs: SlabStore) {
    this.#lanes = {
      urgent: lane(0, limits.urgentQueueBytesMax),
      normal: lane(1, limits.normalQueueBytesMax),
      bulk: lane(2, limits.bulkQueueBytesMax),
    };
    this.#frameBytesMax = limits.frameBytesMax;
    this.#inFlightBytesMax = limits.inFlightBytesMax;
    this.#slabs = slabs;
  }

  get isEmpty(): boolean {
    const { urgent, normal, bulk } = this.#lanes;
    return urgent.bytes + normal.bytes + bulk.bytes === 0;
  }

  queuedBytes(urgency: Urgency): number {
    return this.#lanes[urgency].bytes;
  }

  /**
   * @returns false when the lane is full: the frame is shed
   * @throws RangeError when the frame is larger than any may be
   */
  add(kind: number, urgency: Urgency, parts: readonly Uint8Array[]): boolean {
    let size = 0;
    for (const part of parts) size += part.length;
    if (size > this.#frameBytesMax) {
      throw new RangeError(`a frame of ${size} bytes, at most ${this.#frameBytesMax} are allowed`);
    }
    const to = this.#lanes[urgency];
    const bytes = size + headBytes;
    if (to.bytes > 0 && to.bytes + bytes > to.bytesMax) {
      to.shedFrames++;
      return false;
    }
    to.bytes += bytes;
    if (size <= copyBytesMax) this.#pack(to, kind, size, parts);
    else {
      to.items.push({ slab: null, kind, parts, bytes: size, taken: 0, part: 0, at: 0 });
    }
    return true;
  }

  #pack(to: Lane, kind: number, size: number, parts: readonly Uint8Array[]): void {
    let slab = to.open;
    if (slab === null || slab.used + headBytes + size > slabBytes) {
      // The full one goes back with its last item.
      slab = this.#slabs.take();
      to.open = slab;
    }
    const begin = slab.used;
    writeHead(slab.bytes, begin, kind, size);
    let at = begin + headBytes;
    for (const part of parts) {
      slab.bytes.set(part, at);
      at += part.length;
    }
    slab.used = at;
    const last = to.next < to.items.length ? to.items[to.items.length - 1] : undefined;
    if (last !== undefined && last.slab === slab && last.end === begin) {
      last.end = at;
      last.frames++;
      return;
    }
    to.items.push({ slab, begin, end: at, frames: 1 });
    slab.items++;
  }

  /**
   * Takes what leaves next, somewhat more than `room` bytes at most.
   * @param inFlight bytes that the other side has not yet reported as received
   * @returns null when nothing may leave now
   */
  take(room: number, inFlight: number): Batch | null {
    const batch: Batch = { buffers: [], slabs: [], bytes: 0, frames: 0 };
    while (batch.bytes < room) {
      const from = this.#next(inFlight + batch.bytes);
      if (from === null) break;
      const before = batch.bytes;
      this.#takeItem(from, batch);
      if (from === this.#lanes.normal && this.#lanes.bulk.bytes > 0) {
        this.#passedBytes += batch.bytes - before;
      }
    }
    return batch.bytes === 0 ? null : batch;
  }

  /** The lane whose turn it is. */
  #next(inFlight: number): Lane | null {
    const { urgent, normal, bulk } = this.#lanes;
    if (urgent.bytes > 0) return urgent;
    if (inFlight >= this.#inFlightBytesMax) return null;
    if (bulk.bytes > 0 && (normal.bytes === 0 || this.#passedBytes >= passedBytesMax)) {
      this.#passedBytes = 0;
      return bulk;
    }
    return normal.bytes > 0 ? normal : null;
  }

  #takeItem(from: Lane, batch: Batch): void {
    const item = from.items[from.next] as Packed | Large;
    const before = batch.bytes;
    if (item.slab !== null) {
      batch.buffers.push(item.slab.bytes.subarray(item.begin, item.end));
      batch.slabs.push(item.slab);
      batch.bytes += item.end - item.begin;
      batch.frames += item.frames;
      from.bytes -= batch.bytes - before;
      drop(from);
      return;
    }
    from.bytes -= takePiece(item, from.number, batch);
    if (item.taken < item.bytes) return;
    from.bytes -= headBytes;
    batch.frames++;
    drop(from);
  }

  /** The batch has been written: its memory is free again. */
  written(batch: Batch): void {
    for (const slab of batch.slabs) {
      slab.items--;
      if (slab.items > 0) continue;
      for (const one of Object.values(this.#lanes)) if (one.open === slab) one.open = null;
      this.#slabs.give(slab);
    }
  }

  shedFrames(urgency: Urgency): number {
    return this.#lanes[urgency].shedFrames;
  }
}

function lane(number: number, bytesMax: number): Lane {
  return { number, bytesMax, items: [], next: 0, bytes: 0, open: null, shedFrames: 0 };
}

/** The first item has left. */
function drop(from: Lane): void {
  from.next++;
  if (from.next === from.items.length) {
    from.items = [];
    from.next = 0;
  } else if (from.next >= 1024 && from.next * 2 >= from.items.length) {
    from.items = from.items.slice(from.next);
    from.next = 0;
  } else {
    from.items[from.next - 1] = undefined; // not to be kept alive
  }
}

/** The next piece of a large frame, or the whole of it when it is not that large. @returns bytes of payload taken */
function takePiece(item: Large, laneNumber: number, batch: Batch): number {
  const whole = item.bytes <= wholeBytesMax;
  const size = Math.min(wholeBytesMax, item.bytes - item.taken);
  const head = Buffer.allocUnsafe(headBytes + (whole ? 0 : pieceHeadBytes));
  if (whole) writeHead(head, 0, item.kind, size);
  else {
    writeHead(head, 0, FrameKind.piece, size + pieceHeadBytes);
    head[headBytes] = laneNumber;
    head[headBytes + 1] = item.kind;
    head.writeUInt32LE(item.bytes, headBytes + 2);
  }
  batch.buffers.push(head);
  let left = size;
  while (left > 0) {
    const part = item.parts[item.part] as Uint8Array;
    const end = Math.min(part.length, item.at + left);
    if (end > item.at) {
      batch.buffers.push(item.at === 0 && end === part.length ? part : part.subarray(item.at, end));
    }
    left -= end - item.at;
    item.at = end;
    if (end === part.length) {
      item.part++;
      item.at = 0;
    }
  }
  item.taken += size;
  batch.bytes += head.length + size;
  return size;
}
