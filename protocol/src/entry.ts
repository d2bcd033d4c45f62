// A log entry of kind "records": all records of one turn, in one byte sequence.
//
// Layout, version 1: u8 version, u16 partition, u32 number of records, u32 offset of the dictionary, f64 first position,
// f64 time, f64 key counter after the turn; the records; the dictionary (strings that repeat, each once). Positions count up by one from the first.
// Version 2 adds u32 offset of the answers behind the header, and the answers behind the dictionary: which record of the entry
// answers which request, so that every replica can answer a request that comes again. Batches that are no log entries have version 1.
// Guarantees: what was written is read back equal; an unknown version, value type or intent is an error, never skipped.
import { ByteReader, BytesError, ByteWriter } from './bytes.ts';
import { catalog, catalogEntry, type Intent, intentName, type Values } from './catalog.ts';
import { type Key, NO_KEY } from './keys.ts';
import {
  LogRecord,
  NO_OPERATION,
  NO_REQUEST,
  RECORD_TYPES,
  REJECTION_TYPES,
  type RecordType,
  type RejectionType,
} from './record.ts';
import type { Dictionary, DictionaryReader } from './schema.ts';
import { UnknownRecordError } from './unknown-record-error.ts';

/** Versions of log entries that this release reads; it writes each of them, for groups whose members are not all as new. */
export const ENTRY_VERSION_MIN = 1;
export const ENTRY_VERSION_MAX = 2;

const HEADER_BYTES = 35;
const HEADER_BYTES_2 = 39;
const ANSWERS_AT = 35;
const KEY_COUNTER_AT = 27;
const DICTIONARY_AT = 7;

const FLAG_TYPE = 0x03;
const FLAG_PROCESSED = 0x04;
const FLAG_KEY = 0x08;
const FLAG_SOURCE = 0x10;
const FLAG_REJECTION = 0x20;
const FLAG_REQUEST = 0x40;
const FLAG_OPERATION = 0x80;

export interface EntryHeader {
  readonly version: number;
  readonly partitionId: number;
  readonly recordCount: number;
  readonly firstPosition: number;
  /** ms since the epoch, the same for all records of the entry */
  readonly timestamp: number;
  /** How many keys the partition has handed out, this entry included: replay goes on from here. */
  readonly keyCounter: number;
}

/** Which record of an entry answers a request. The record is the request's own command when the answer comes later. */
export interface EntryAnswer {
  readonly requestId: number;
  /** Number of the record in the entry, from 0. */
  readonly place: number;
}

const NO_ANSWERS: readonly EntryAnswer[] = [];

/** A place in an unfinished entry that it can be cut back to. */
export interface EntryMark {
  readonly length: number;
  readonly count: number;
}

/** Builds the bytes of one entry; may be used again after `finish`. */
export class EntryEncoder implements Dictionary {
  readonly #out = new ByteWriter();
  readonly #places = new Map<string, number>();
  #count = 0;
  #firstPosition = 0;
  #version = ENTRY_VERSION_MIN;

  /** @param version of the entry, from ENTRY_VERSION_MIN to ENTRY_VERSION_MAX */
  begin(
    partitionId: number,
    firstPosition: number,
    timestamp: number,
    version: number = ENTRY_VERSION_MIN,
  ): void {
    const out = this.#out;
    out.reset();
    this.#places.clear();
    this.#count = 0;
    this.#firstPosition = firstPosition;
    this.#version = version;
    out.u8(version);
    out.u16(partitionId);
    out.u32(0);
    out.u32(0);
    out.f64(firstPosition);
    out.f64(timestamp);
    out.f64(0);
    if (version >= 2) out.u32(0);
  }

  indexOf(text: string): number {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.#places.size;
      this.#places.set(text, place);
    }
    return place;
  }

  /** Bytes so far, without the dictionary. */
  get length(): number {
    return this.#out.length;
  }

  get count(): number {
    return this.#count;
  }

  add(record: LogRecord): void {
    const out = this.#out;
    const entry = catalog[record.valueType];
    let flags: number = record.recordType === 'EVENT' ? 0 : record.recordType === 'COMMAND' ? 1 : 2;
    if (record.processed) flags |= FLAG_PROCESSED;
    if (record.key !== NO_KEY) flags |= FLAG_KEY;
    if (record.sourcePosition >= 0) flags |= FLAG_SOURCE;
    if (record.rejectionType !== undefined) flags |= FLAG_REJECTION;
    if (record.requestId !== NO_REQUEST) flags |= FLAG_REQUEST;
    if (record.operationReference !== NO_OPERATION) flags |= FLAG_OPERATION;
    out.u8(flags);
    out.u8(entry.number);
    out.u8(entry.intents[record.intent] as number);
    if (flags & FLAG_KEY) out.key(record.key);
    if (flags & FLAG_SOURCE) out.int(this.#firstPosition - record.sourcePosition);
    if (record.rejectionType !== undefined) {
      out.u8(REJECTION_TYPES.indexOf(record.rejectionType));
      out.string(record.rejectionReason);
    }
    if (flags & FLAG_REQUEST) out.f64(record.requestId);
    if (flags & FLAG_OPERATION) out.f64(record.operationReference);
    entry.codec.write(out, record.value, this);
    this.#count++;
  }

  mark(): EntryMark {
    return { length: this.#out.length, count: this.#count };
  }

  /** Forgets the records added since the mark. Their dictionary strings stay, unused. */
  rollback(mark: EntryMark): void {
    this.#out.length = mark.length;
    this.#count = mark.count;
  }

  /**
   * The whole entry, as a copy.
   * @param keyCounter how many keys the partition has handed out by now; 0 for batches that are no log entries
   * @param answers left out of entries of version 1
   * @throws RangeError when an answer names a record that is not in the entry: nobody could read it again
   */
  finish(keyCounter = 0, answers: readonly EntryAnswer[] = NO_ANSWERS): Uint8Array {
    const out = this.#out;
    out.patchF64(KEY_COUNTER_AT, keyCounter);
    const dictionaryAt = out.length;
    out.varint(this.#places.size);
    for (const text of this.#places.keys()) out.string(text);
    out.patchU32(3, this.#count);
    out.patchU32(DICTIONARY_AT, dictionaryAt);
    if (this.#version >= 2) {
      out.patchU32(ANSWERS_AT, out.length);
      out.varint(answers.length);
      for (const { requestId, place } of answers) {
        if (place >= this.#count)
          throw new RangeError(`an answer names record ${place} of ${this.#count}`);
        out.f64(requestId);
        out.varint(place);
      }
    }
    return out.copy();
  }
}

/** Reads the header alone: cheap, for positions and times. @throws UnknownRecordError, BytesError */
export function entryHeader(bytes: Uint8Array): EntryHeader {
  const from = new ByteReader(bytes);
  const version = from.u8();
  if (version < ENTRY_VERSION_MIN || version > ENTRY_VERSION_MAX)
    throw new UnknownRecordError(`entry version ${version} is not known to this release`);
  const partitionId = from.u16();
  const recordCount = from.u32();
  from.u32();
  return {
    version,
    partitionId,
    recordCount,
    firstPosition: from.f64(),
    timestamp: from.f64(),
    keyCounter: from.f64(),
  };
}

class EntryDictionary implements DictionaryReader {
  readonly #texts: string[] = [];
  constructor(from: ByteReader) {
    const count = from.varint();
    for (let i = 0; i < count; i++) this.#texts.push(from.string());
  }
  textAt(index: number): string {
    const text = this.#texts[index];
    if (text === undefined) throw new BytesError(`the dictionary has no entry ${index}`);
    return text;
  }
}

/** All records of an entry, in order. @throws UnknownRecordError, BytesError */
export function decodeEntry(bytes: Uint8Array): LogRecord[] {
  const header = entryHeader(bytes);
  const dictionaryAt = new ByteReader(bytes, DICTIONARY_AT).u32();
  const recordsAt = header.version >= 2 ? HEADER_BYTES_2 : HEADER_BYTES;
  if (dictionaryAt < recordsAt || dictionaryAt > bytes.length) {
    throw new BytesError(`the dictionary cannot be at byte ${dictionaryAt} of ${bytes.length}`);
  }
  const names = new EntryDictionary(new ByteReader(bytes, dictionaryAt));
  const from = new ByteReader(bytes, recordsAt, dictionaryAt);
  const records: LogRecord[] = [];
  for (let i = 0; i < header.recordCount; i++) {
    records.push(decodeRecord(from, names, header.firstPosition, i, header.timestamp));
  }
  return records;
}

/** The answers of an entry; none in entries of version 1. Cheap: no record is read. @throws UnknownRecordError, BytesError */
export function entryAnswers(bytes: Uint8Array): readonly EntryAnswer[] {
  const { version, recordCount } = entryHeader(bytes);
  if (version < 2) return NO_ANSWERS;
  const answersAt = new ByteReader(bytes, ANSWERS_AT).u32();
  if (answersAt < HEADER_BYTES_2 || answersAt > bytes.length) {
    throw new BytesError(`the answers cannot be at byte ${answersAt} of ${bytes.length}`);
  }
  const from = new ByteReader(bytes, answersAt);
  const answers: EntryAnswer[] = [];
  for (let left = from.varint(); left > 0; left--) {
    const requestId = from.f64();
    const place = from.varint();
    if (place >= recordCount)
      throw new BytesError(`an answer names record ${place} of ${recordCount}`);
    answers.push({ requestId, place });
  }
  return answers;
}

function decodeRecord(
  from: ByteReader,
  names: DictionaryReader,
  firstPosition: number,
  place: number,
  timestamp: number,
): LogRecord {
  const flags = from.u8();
  const entry = catalogEntry(from.u8());
  const intent = intentName(entry, from.u8());
  const key: Key = flags & FLAG_KEY ? from.key() : NO_KEY;
  const sourcePosition = flags & FLAG_SOURCE ? firstPosition - from.int() : -1;
  const rejectionType = flags & FLAG_REJECTION ? rejectionTypeOf(from.u8()) : undefined;
  const rejectionReason = rejectionType === undefined ? '' : from.string();
  const requestId = flags & FLAG_REQUEST ? from.f64() : NO_REQUEST;
  const operationReference = flags & FLAG_OPERATION ? from.f64() : NO_OPERATION;
  const value = entry.codec.read(from, names) as Values[keyof Values];
  return new LogRecord(
    recordTypeOf(flags & FLAG_TYPE),
    entry.valueType,
    intent as Intent,
    key,
    value,
    firstPosition + place,
    sourcePosition,
    timestamp,
    rejectionType,
    rejectionReason,
    requestId,
    operationReference,
    (flags & FLAG_PROCESSED) !== 0,
  );
}

function recordTypeOf(number: number): RecordType {
  const type = RECORD_TYPES[number];
  if (type === undefined) throw unknown('record type', number);
  return type;
}

function rejectionTypeOf(number: number): RejectionType {
  const type = REJECTION_TYPES[number];
  if (type === undefined) throw unknown('rejection type', number);
  return type;
}

function unknown(what: string, number: number): UnknownRecordError {
  return new UnknownRecordError(`${what} ${number} is not known to this release`);
}
