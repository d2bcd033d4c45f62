// What brokers and gateways say to each other beside Raft: kinds of frames and their bytes.
//
// Commands, answers and pushed jobs travel in the encoding that they have inside a broker; what is small and rare around
// them is JSON.
// Guarantees: what was encoded is decoded equal; anything else is a FrameError, never a crash.
// Leaves to others: who gets them (partition-hub.ts), and the sockets (transport/).
import type {
  FromPartition,
  PartitionControl,
  PartitionNotice,
  ToPartition,
} from '../partition/messages.ts';

/** Numbers of frames on the wire: never changed, never reused. */
export const FRAME = {
  /** A message of a partition's Raft. */
  raft: 1,
  toPartition: 2,
  fromPartition: 3,
  /** A command from partition to partition. */
  deliver: 4,
  /** What a broker says about itself. */
  brokerInfo: 5,
  /** The cluster's configuration and its changes. */
  configuration: 6,
  /** A request to a broker's own services, and its answer. */
  request: 7,
  answer: 8,
} as const;

/** Bytes that are not what their frame's kind says. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

const utf8 = new TextDecoder();
const encoder = new TextEncoder();
const NOTHING: readonly never[] = [];
const EMPTY = new Uint8Array(0);

function view(bytes: Uint8Array, least: number): DataView {
  if (bytes.length < least) throw new FrameError(`a frame of ${bytes.length} bytes is too short`);
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Controls that may come from another process. */
const REMOTE_CONTROLS: readonly PartitionControl['kind'][] = [
  'open-stream',
  'close-stream',
  'status',
];
const REMOTE_NOTICES: readonly PartitionNotice['kind'][] = ['refused', 'jobs-available', 'status'];

function jsonOf<T extends { readonly kind: string }>(
  bytes: Uint8Array,
  allowed: readonly string[],
): readonly T[] {
  if (bytes.length === 0) return NOTHING;
  let list: unknown;
  try {
    list = JSON.parse(utf8.decode(bytes));
  } catch {
    throw new FrameError('the text of a frame is not JSON');
  }
  if (!Array.isArray(list) || !list.every((each) => allowed.includes(each?.kind)))
    throw new FrameError('a frame holds what another process may not send');
  return list as T[];
}

function jsonBytes(list: readonly unknown[]): Uint8Array {
  return list.length === 0 ? EMPTY : encoder.encode(JSON.stringify(list));
}

const TO_HEAD = 18;

/** u16 partition, u32 session, f64 age of the oldest repeated command, u32 bytes of the controls; controls, commands. */
export function encodeToPartition(partitionId: number, message: ToPartition): Uint8Array[] {
  const head = new Uint8Array(TO_HEAD);
  const out = view(head, TO_HEAD);
  const control = jsonBytes(message.control);
  out.setUint16(0, partitionId);
  out.setUint32(2, message.session);
  out.setFloat64(6, message.retriedSinceMs);
  out.setUint32(14, control.length);
  return [head, control, message.commands ?? EMPTY];
}

/** @throws FrameError */
export function decodeToPartition(bytes: Uint8Array): {
  readonly partitionId: number;
  readonly message: ToPartition;
} {
  const from = view(bytes, TO_HEAD);
  const end = TO_HEAD + from.getUint32(14);
  if (end > bytes.length) throw new FrameError('the controls of a frame go beyond its end');
  return {
    partitionId: from.getUint16(0),
    message: {
      session: from.getUint32(2),
      retriedSinceMs: from.getFloat64(6),
      control: jsonOf<PartitionControl>(bytes.subarray(TO_HEAD, end), REMOTE_CONTROLS),
      commands: end === bytes.length ? undefined : bytes.slice(end),
    },
  };
}

const FROM_HEAD = 14;

/** u16 partition, u32 session, u32 bytes of the notices, u32 bytes of the answers; notices, answers, pushes. */
export function encodeFromPartition(message: FromPartition): Uint8Array[] {
  const head = new Uint8Array(FROM_HEAD);
  const out = view(head, FROM_HEAD);
  const notices = jsonBytes(message.notices);
  out.setUint16(0, message.partitionId);
  out.setUint32(2, message.session);
  out.setUint32(6, notices.length);
  out.setUint32(10, message.answers?.length ?? 0);
  return [head, notices, message.answers ?? EMPTY, message.pushes ?? EMPTY];
}

/** @throws FrameError */
export function decodeFromPartition(bytes: Uint8Array): FromPartition {
  const from = view(bytes, FROM_HEAD);
  const noticesEnd = FROM_HEAD + from.getUint32(6);
  const answersEnd = noticesEnd + from.getUint32(10);
  if (answersEnd > bytes.length) throw new FrameError('the answers of a frame go beyond its end');
  return {
    partitionId: from.getUint16(0),
    session: from.getUint32(2),
    notices: jsonOf<PartitionNotice>(bytes.subarray(FROM_HEAD, noticesEnd), REMOTE_NOTICES),
    answers: answersEnd === noticesEnd ? undefined : bytes.slice(noticesEnd, answersEnd),
    pushes: answersEnd === bytes.length ? undefined : bytes.slice(answersEnd),
  };
}

/** The partition that a frame of Raft or between partitions is for, and the bytes behind. */
export function encodeForPartition(partitionId: number, from: number, bytes: Uint8Array) {
  const head = new Uint8Array(4);
  const out = view(head, 4);
  out.setUint16(0, partitionId);
  out.setUint16(2, from);
  return [head, bytes] as const;
}

/** @throws FrameError */
export function decodeForPartition(bytes: Uint8Array): {
  readonly partitionId: number;
  readonly from: number;
  readonly bytes: Uint8Array;
} {
  const head = view(bytes, 4);
  // A copy: what is kept of it must not keep alive the piece of the stream that it came with.
  return { partitionId: head.getUint16(0), from: head.getUint16(2), bytes: bytes.slice(4) };
}

export function encodeJson(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

/** @throws FrameError */
export function decodeJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new FrameError('the text of a frame is not JSON');
  }
}
