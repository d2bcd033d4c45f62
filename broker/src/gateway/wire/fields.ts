// Describes request messages as tables of fields; from a table come the type of the message and its decoder.
//
// Only requests are described so: answers are few and written by hand (answers.ts). A decoded message has all its
// fields, unset ones with their proto3 default, always in the same order (one object shape per message).
import { type Int64, LENGTH, ProtoReader, VARINT, WireError } from './proto-reader.ts';

export interface Field<T> {
  readonly number: number;
  readonly wireType: number;
  readonly unset: T;
  read(from: ProtoReader, before: T): T;
}

export type FieldTable = { readonly [name: string]: Field<unknown> };
export type MessageOf<F extends FieldTable> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

export interface RequestCodec<T> {
  readonly name: string;
  readonly fields: FieldTable;
  /** @throws WireError naming field and message */
  decode(bytes: Uint8Array): T;
  read(from: ProtoReader): T;
}

/** Any type that a codec's decoder yields. */
export type Decoded<C> = C extends RequestCodec<infer T> ? T : never;

const TIME_MS_MAX = 2 ** 51;
const ZERO: Int64 = { high: 0, low: 0 };

export const string = (number: number): Field<string> => ({
  number,
  wireType: LENGTH,
  unset: '',
  read: (from) => from.string(),
});
export const int32 = (number: number): Field<number> => ({
  number,
  wireType: VARINT,
  unset: 0,
  read: (from) => from.int32(),
});
/** A time in ms; clamped to +-2^51 (71,000 years), which every record can hold. */
export const int64 = (number: number): Field<number> => ({
  number,
  wireType: VARINT,
  unset: 0,
  read: (from) => Math.max(-TIME_MS_MAX, Math.min(TIME_MS_MAX, from.int64Number())),
});
/** A key: kept in halves until it is known which partition it names. */
export const key = (number: number): Field<Int64> => ({
  number,
  wireType: VARINT,
  unset: ZERO,
  read: (from) => from.int64(),
});
export const bool = (number: number): Field<boolean> => ({
  number,
  wireType: VARINT,
  unset: false,
  read: (from) => from.bool(),
});
export const optionalUint64 = (number: number): Field<number | undefined> => ({
  number,
  wireType: VARINT,
  unset: undefined,
  read: (from) => from.uint64Number(),
});
export const blob = (number: number): Field<Uint8Array> => ({
  number,
  wireType: LENGTH,
  unset: new Uint8Array(0),
  read: (from) => from.blob(),
});

/** A field whose default differs from its absence; undefined when it is absent. */
export function optional<T>(item: Field<T>): Field<T | undefined> {
  return {
    number: item.number,
    wireType: item.wireType,
    unset: undefined,
    read: (from) => item.read(from, item.unset),
  };
}

export function repeated<T>(item: Field<T>): Field<readonly T[]> {
  const none: readonly T[] = Object.freeze([]);
  return {
    number: item.number,
    wireType: item.wireType,
    unset: none,
    read: (from, before) => {
      const value = item.read(from, item.unset);
      if (before === none) return [value];
      (before as T[]).push(value);
      return before;
    },
  };
}

/** A message as a field; undefined when it is absent. */
export function nested<T>(number: number, codec: RequestCodec<T>): Field<T | undefined> {
  return {
    number,
    wireType: LENGTH,
    unset: undefined,
    read: (from) => readNested(from, codec),
  };
}

/** A message as an item of a list. */
export function nestedItem<T>(number: number, codec: RequestCodec<T>): Field<T> {
  return {
    number,
    wireType: LENGTH,
    unset: undefined as T,
    read: (from) => readNested(from, codec),
  };
}

function readNested<T>(from: ProtoReader, codec: RequestCodec<T>): T {
  const length = from.length();
  const outerEnd = from.end;
  from.end = from.at + length;
  const value = codec.read(from);
  from.end = outerEnd;
  return value;
}

export function request<F extends FieldTable>(name: string, fields: F): RequestCodec<MessageOf<F>> {
  const names = Object.keys(fields);
  const table = names.map((field) => fields[field] as Field<unknown>);
  const places: (number | undefined)[] = [];
  table.forEach((field, place) => {
    places[field.number] = place;
  });
  const read = (from: ProtoReader): MessageOf<F> => {
    const message: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) {
      message[names[i] as string] = (table[i] as Field<unknown>).unset;
    }
    while (from.at < from.end) {
      const tag = from.uint32();
      const place = places[tag >>> 3];
      if (tag >>> 3 === 0) throw new WireError(`${name} has a field with number 0`);
      if (place === undefined) {
        from.skip(tag & 7);
        continue;
      }
      const field = table[place] as Field<unknown>;
      const fieldName = names[place] as string;
      if ((tag & 7) !== field.wireType) {
        throw new WireError(`Field '${fieldName}' of ${name} has wire type ${tag & 7}`);
      }
      message[fieldName] = readField(from, field, fieldName, message[fieldName], name);
    }
    return message as MessageOf<F>;
  };
  return { name, fields, read, decode: (bytes) => read(new ProtoReader(bytes)) };
}

function readField(
  from: ProtoReader,
  field: Field<unknown>,
  fieldName: string,
  before: unknown,
  message: string,
): unknown {
  try {
    return field.read(from, before);
  } catch (error) {
    if (!(error instanceof WireError) || error.message.startsWith('Field ')) throw error;
    throw new WireError(`Field '${fieldName}' of ${message}: ${error.message}`);
  }
}
