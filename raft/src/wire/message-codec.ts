// Messages between members as bytes.
// Guarantees: what `decodeMessage` accepts is what `encodeMessage` wrote: the head has a checksum, and so has every payload;
// payloads are copied once on the way out and not at all on the way in.
// Leaves to others: lengths and order on the connection (the transport), and when to send (outbox.ts).
//
// A message, little endian; kinds are numbered below and never reused:
//    0 u8 version = 1
//    1 u8 kind
//    2 u16 0
//    4 u32 bytes of the head, these twelve included
//    8 u32 crc32 of the head without this field
//   12 the fields of the kind, numbers as in fields.ts
//      then the payloads
import { crc32 } from 'node:zlib';
import { decodeConfiguration } from '../core/configuration-codec.ts';
import { EntryKind, isEntryKind } from '../core/entry-kind.ts';
import type { EntryHead, RaftMessage, RaftMessageOf } from '../core/messages.ts';
import { payloadBytesMax } from '../journal/journal.ts';
import { UnknownEntryError } from '../journal/journal-error.ts';
import type { CheckpointPiece, CheckpointProgress } from '../transfer/checkpoint-piece.ts';
import {
  piecePayload,
  readPiece,
  readProgress,
  writePiece,
  writeProgress,
} from './checkpoint-fields.ts';
import { FieldReader, FieldWriter } from './fields.ts';

export const wireVersion = 1;
const fixedBytes = 12;
/** The largest fixed part of a kind. */
const fieldBytesMax = 64;
const entryHeadBytes = 20;
const noPayloads: readonly Uint8Array[] = [];

/** A message with what travels beside it. */
export interface WireMessage {
  readonly message: RaftMessage;
  /** Of an append, one for each entry. */
  readonly payloads: readonly Uint8Array[];
  /** Of a `checkpoint`. */
  readonly piece: CheckpointPiece | null;
  /** Of a `checkpoint-answer`. */
  readonly progress: CheckpointProgress | null;
  /** Of a `read-index-answer`: where the log of the answering member ends; 0 otherwise. */
  readonly lastIndex: number;
}

/** A message that nothing travels with. */
export function bareMessage(message: RaftMessage): WireMessage {
  return { message, payloads: noPayloads, piece: null, progress: null, lastIndex: 0 };
}

type Kind = RaftMessage['kind'];

interface FieldCodec<K extends Kind> {
  readonly number: number;
  write(out: FieldWriter, message: RaftMessageOf<K>): void;
  read(from: FieldReader): RaftMessageOf<K>;
}

const codecs: { readonly [K in Kind]: FieldCodec<K> } = {
  'pre-vote': {
    number: 1,
    write(out, { term, lastIndex, lastTerm }) {
      out.u64(term);
      out.u64(lastIndex);
      out.u64(lastTerm);
    },
    read: (from) => ({
      kind: 'pre-vote',
      term: from.u64(),
      lastIndex: from.u64(),
      lastTerm: from.u64(),
    }),
  },
  'pre-vote-answer': {
    number: 2,
    write(out, { term, electionTerm, granted }) {
      out.u64(term);
      out.u64(electionTerm);
      out.flag(granted);
    },
    read: (from) => ({
      kind: 'pre-vote-answer',
      term: from.u64(),
      electionTerm: from.u64(),
      granted: from.flag(),
    }),
  },
  vote: {
    number: 3,
    write(out, { term, lastIndex, lastTerm, transfer }) {
      out.u64(term);
      out.u64(lastIndex);
      out.u64(lastTerm);
      out.flag(transfer);
    },
    read: (from) => ({
      kind: 'vote',
      term: from.u64(),
      lastIndex: from.u64(),
      lastTerm: from.u64(),
      transfer: from.flag(),
    }),
  },
  'vote-answer': {
    number: 4,
    write(out, { term, granted }) {
      out.u64(term);
      out.flag(granted);
    },
    read: (from) => ({ kind: 'vote-answer', term: from.u64(), granted: from.flag() }),
  },
  append: {
    number: 5,
    write(out, { term, previousIndex, previousTerm, commitIndex, entries }) {
      out.u64(term);
      out.u64(previousIndex);
      out.u64(previousTerm);
      out.u64(commitIndex);
      out.u32(entries.length);
    },
    // The entries follow when the payloads are at hand.
    read: (from) => ({
      kind: 'append',
      term: from.u64(),
      previousIndex: from.u64(),
      previousTerm: from.u64(),
      commitIndex: from.u64(),
      entries: [],
    }),
  },
  'append-answer': {
    number: 6,
    write(out, message) {
      out.u64(message.term);
      out.flag(message.accepted);
      out.u64(message.index);
      out.u64(message.indexTerm);
      out.u64(message.previousIndex);
      out.flag(message.diskFull);
      out.flag(message.recovering);
    },
    read: (from) => ({
      kind: 'append-answer',
      term: from.u64(),
      accepted: from.flag(),
      index: from.u64(),
      indexTerm: from.u64(),
      previousIndex: from.u64(),
      diskFull: from.flag(),
      recovering: from.flag(),
    }),
  },
  heartbeat: {
    number: 7,
    write(out, { term, commitIndex, round }) {
      out.u64(term);
      out.u64(commitIndex);
      out.u64(round);
    },
    read: (from) => ({
      kind: 'heartbeat',
      term: from.u64(),
      commitIndex: from.u64(),
      round: from.u64(),
    }),
  },
  'heartbeat-answer': {
    number: 8,
    write(out, message) {
      out.u64(message.term);
      out.u64(message.round);
      out.u64(message.agreedIndex);
      out.u64(message.durableIndex);
      out.flag(message.diskFull);
      out.flag(message.recovering);
    },
    read: (from) => ({
      kind: 'heartbeat-answer',
      term: from.u64(),
      round: from.u64(),
      agreedIndex: from.u64(),
      durableIndex: from.u64(),
      diskFull: from.flag(),
      recovering: from.flag(),
    }),
  },
  'timeout-now': {
    number: 9,
    write: (out, { term }) => out.u64(term),
    read: (from) => ({ kind: 'timeout-now', term: from.u64() }),
  },
  checkpoint: {
    number: 10,
    write(out, { term, index, indexTerm }) {
      out.u64(term);
      out.u64(index);
      out.u64(indexTerm);
    },
    read: (from) => ({
      kind: 'checkpoint',
      term: from.u64(),
      index: from.u64(),
      indexTerm: from.u64(),
    }),
  },
  'checkpoint-answer': {
    number: 11,
    write(out, { term, index, outcome }) {
      out.u64(term);
      out.u64(index);
      out.u8(outcomes.indexOf(outcome));
    },
    read(from) {
      const term = from.u64();
      const index = from.u64();
      const outcome = outcomes[from.u8()];
      if (outcome === undefined) throw new RangeError('An unknown outcome.');
      return { kind: 'checkpoint-answer', term, index, outcome };
    },
  },
  'read-index': {
    number: 12,
    write(out, { term, id }) {
      out.u64(term);
      out.u64(id);
    },
    read: (from) => ({ kind: 'read-index', term: from.u64(), id: from.u64() }),
  },
  'read-index-answer': {
    number: 13,
    write(out, { term, id, index }) {
      out.u64(term);
      out.u64(id);
      out.flag(index !== null);
      out.u64(index ?? 0);
    },
    read(from) {
      const term = from.u64();
      const id = from.u64();
      const isThere = from.flag();
      const index = from.u64();
      return { kind: 'read-index-answer', term, id, index: isThere ? index : null };
    },
  },
};

const outcomes = ['more', 'installed', 'refused'] as const;

const kindOfNumber: readonly (Kind | undefined)[] = (() => {
  const kinds: (Kind | undefined)[] = [];
  for (const [kind, { number }] of Object.entries(codecs)) kinds[number] = kind as Kind;
  return kinds;
})();

/** The bytes of a message, in a buffer of their own. Throws RangeError for a number that does not fit. */
export function encodeMessage(whole: WireMessage): Uint8Array {
  const { message, payloads, piece, progress } = whole;
  const entries = message.kind === 'append' ? message.entries : [];
  const body = piece === null ? payloads : [piecePayload(piece)];
  let bodyBytes = 0;
  for (const payload of body) bodyBytes += payload.length;
  const bytes = Buffer.allocUnsafeSlow(
    fixedBytes + fieldBytesMax + entries.length * entryHeadBytes + bodyBytes,
  );
  const out = new FieldWriter(bytes, fixedBytes);
  const codec = codecs[message.kind] as FieldCodec<Kind>;
  codec.write(out, message);
  for (let i = 0; i < entries.length; i++) {
    writeEntryHead(out, entries[i] as EntryHead, payloads[i] as Uint8Array);
  }
  if (piece !== null) writePiece(out, piece);
  if (progress !== null) writeProgress(out, progress);
  if (message.kind === 'read-index-answer') out.u64(whole.lastIndex);
  bytes.writeUInt32LE(wireVersion + codec.number * 256, 0);
  bytes.writeUInt32LE(out.at, 4);
  bytes.writeUInt32LE(headSum(bytes, out.at), 8);
  for (const payload of body) {
    bytes.set(payload, out.at);
    out.at += payload.length;
  }
  return bytes.subarray(0, out.at);
}

function headSum(bytes: Buffer, headBytes: number): number {
  return crc32(bytes.subarray(fixedBytes, headBytes), crc32(bytes.subarray(0, 8)));
}

function writeEntryHead(out: FieldWriter, head: EntryHead, payload: Uint8Array): void {
  out.u8(head.kind);
  out.u8(0);
  out.u8(0);
  out.u8(0);
  out.u32(payload.length);
  out.u32(crc32(payload));
  out.u64(head.term);
}

/**
 * The message in the bytes; null if they are damaged, of another version or of a kind that is not known. Payloads are views
 * into the bytes, which must not be changed afterwards. Throws UnknownEntryError for an entry of a kind that is not known.
 */
export function decodeMessage(bytes: Uint8Array): WireMessage | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.length < fixedBytes || buffer[0] !== wireVersion) return null;
  const kind = kindOfNumber[buffer[1] as number];
  const headBytes = buffer.readUInt32LE(4);
  if (kind === undefined || headBytes < fixedBytes || headBytes > buffer.length) return null;
  if (buffer.readUInt32LE(8) !== headSum(buffer, headBytes)) return null;
  try {
    const from = new FieldReader(buffer, fixedBytes);
    const message = (codecs[kind] as FieldCodec<Kind>).read(from);
    if (message.kind === 'append') return readEntries(message, from, headBytes);
    const piece = message.kind === 'checkpoint' ? readPiece(from, headBytes) : null;
    const progress = message.kind === 'checkpoint-answer' ? readProgress(from) : null;
    const lastIndex = message.kind === 'read-index-answer' ? from.u64() : 0;
    return { message, payloads: noPayloads, piece, progress, lastIndex };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readEntries(
  message: RaftMessageOf<'append'>,
  from: FieldReader,
  headBytes: number,
): WireMessage | null {
  const count = from.u32();
  const entries: EntryHead[] = [];
  const payloads: Uint8Array[] = [];
  const body = new FieldReader(from.bytes, headBytes);
  for (let i = 0; i < count; i++) {
    const kind = from.u8();
    from.take(3);
    const bytes = from.u32();
    const sum = from.u32();
    const term = from.u64();
    if (bytes > payloadBytesMax) return null;
    const payload = body.take(bytes);
    if (crc32(payload) !== sum) return null;
    // Intact, and yet not to be skipped: whoever leads is of a later release.
    if (!isEntryKind(kind)) throw new UnknownEntryError('a message', 0, kind, wireVersion);
    const index = message.previousIndex + 1 + i;
    payloads.push(payload);
    entries.push(
      kind === EntryKind.configuration
        ? { index, term, kind, bytes, configuration: decodeConfiguration(payload) }
        : { index, term, kind, bytes },
    );
  }
  return { ...bareMessage({ ...message, entries }), payloads };
}
