// One description per value type: from it come the bytes in the log, the way back, and the exported JSON.
//
// A schema names every field of its interface (forgetting one does not compile). Order of the fields is the order
// in the log and never changes within a record version; new fields are appended under a new version.
import type { ByteReader, ByteWriter } from './bytes.ts';
import { Document, EMPTY_DOCUMENT } from './document.ts';
import { type Key, keyText } from './keys.ts';
import { UnknownRecordError } from './unknown-record-error.ts';

/** Strings that repeat within one log entry (ids, types, tenants): written once per entry. */
export interface Dictionary {
  /** The number of a string, new or known. */
  indexOf(text: string): number;
}
export interface DictionaryReader {
  textAt(index: number): string;
}

/** What a field holds: the number book of the golden tests and the makers of random records go by it. */
export type FieldShape =
  | {
      readonly kind:
        | 'key'
        | 'int'
        | 'bool'
        | 'name'
        | 'text'
        | 'rawJson'
        | 'document'
        | 'bytes'
        | 'none'
        | 'distribution';
    }
  | { readonly kind: 'word'; readonly words: readonly string[] }
  | { readonly kind: 'list'; readonly item: FieldShape }
  | { readonly kind: 'struct'; readonly fields: ReadonlyMap<string, FieldShape> };

/** How one field is written, read and exported. */
export interface FieldCodec<T> {
  readonly shape: FieldShape;
  readonly write: (out: ByteWriter, value: T, names: Dictionary) => void;
  readonly read: (from: ByteReader, names: DictionaryReader) => T;
  readonly json: (value: T) => string;
  /** Not part of the exported form. */
  readonly hidden?: true;
}

export type Schema<V> = { readonly [K in keyof V]-?: FieldCodec<V[K]> };

export const key: FieldCodec<Key> = {
  shape: { kind: 'key' },
  write: (out, value) => out.key(value),
  read: (from) => from.key(),
  json: keyText,
};

/** A whole number of up to 53 bits: counts, versions, times in ms. */
export const int: FieldCodec<number> = {
  shape: { kind: 'int' },
  write: (out, value) => out.int(value),
  read: (from) => from.int(),
  json: String,
};

export const bool: FieldCodec<boolean> = {
  shape: { kind: 'bool' },
  write: (out, value) => out.u8(value ? 1 : 0),
  read: (from) => from.u8() === 1,
  json: String,
};

/** A string that is likely to occur again in the same entry. */
export const name: FieldCodec<string> = {
  shape: { kind: 'name' },
  write: (out, value, names) => out.varint(names.indexOf(value)),
  read: (from, names) => names.textAt(from.varint()),
  json: (value) => JSON.stringify(value),
};

/** A string that is likely to be the only one of its kind. */
export const text: FieldCodec<string> = {
  shape: { kind: 'text' },
  write: (out, value) => out.string(value),
  read: (from) => from.string(),
  json: (value) => JSON.stringify(value),
};

/** Raw JSON text that is exported as the JSON it is (headers). Likely to repeat. */
export const rawJson: FieldCodec<string> = {
  shape: { kind: 'rawJson' },
  write: name.write,
  read: name.read,
  json: oneLine,
};

export const document: FieldCodec<Document> = {
  shape: { kind: 'document' },
  write: (out, value) => out.string(value === EMPTY_DOCUMENT ? '' : value.text),
  read: (from) => {
    const value = from.string();
    return value === '' ? EMPTY_DOCUMENT : new Document(value);
  },
  json: (value) => oneLine(value.text),
};

/** JSON text without line breaks. They stand only between tokens (inside strings JSON forbids them), so a space means the same. */
function oneLine(json: string): string {
  return json.includes('\n') || json.includes('\r') ? json.replace(/[\r\n]/g, ' ') : json;
}

/** A field that only the log knows. */
export function hidden<T>(codec: FieldCodec<T>): FieldCodec<T> {
  return { ...codec, hidden: true };
}

/** Bytes; exported as base64. */
export const bytes: FieldCodec<Uint8Array> = {
  shape: { kind: 'bytes' },
  write: (out, value) => out.blob(value),
  read: (from) => from.blob().slice(),
  json: (value) => `"${base64(value)}"`,
};

/** One of a closed set of words, written as its place in the list: words are only ever appended. */
export function word<const W extends string>(words: readonly W[]): FieldCodec<W> {
  const places = new Map<string, number>(words.map((w, i) => [w, i]));
  return {
    shape: { kind: 'word', words },
    write: (out, value) => out.u8(places.get(value) as number),
    read: (from) => {
      const place = from.u8();
      const value = words[place];
      if (value === undefined) {
        throw new UnknownRecordError(
          `word ${place} of those that begin with ${words[0]} is not known to this release`,
        );
      }
      return value;
    },
    json: (value) => `"${value}"`,
  };
}

export function list<T>(item: FieldCodec<T>): FieldCodec<readonly T[]> {
  return {
    shape: { kind: 'list', item: item.shape },
    write: (out, value, names) => {
      out.varint(value.length);
      for (const each of value) item.write(out, each, names);
    },
    read: (from, names) => {
      const length = from.varint();
      const value: T[] = [];
      for (let i = 0; i < length; i++) value.push(item.read(from, names));
      return value;
    },
    json: (value) => `[${value.map((each) => item.json(each)).join(',')}]`,
  };
}

/** A struct as a field of another. */
export function struct<V extends object>(schema: Schema<V>): FieldCodec<V> {
  const names = Object.keys(schema) as (keyof V & string)[];
  const codecs = names.map((field) => schema[field] as FieldCodec<unknown>);
  const shown = names.map((_, i) => codecs[i]?.hidden !== true);
  const first = shown.indexOf(true);
  const heads = names.map((field, i) => `${i === first ? '{' : ','}"${field}":`);
  return {
    shape: {
      kind: 'struct',
      fields: new Map(names.map((field, i) => [field, (codecs[i] as FieldCodec<unknown>).shape])),
    },
    write: (out, value, dictionary) => {
      for (let i = 0; i < names.length; i++) {
        (codecs[i] as FieldCodec<unknown>).write(out, value[names[i] as keyof V], dictionary);
      }
    },
    read: (from, dictionary) => {
      const value: Partial<Record<keyof V, unknown>> = {};
      for (let i = 0; i < names.length; i++) {
        value[names[i] as keyof V] = (codecs[i] as FieldCodec<unknown>).read(from, dictionary);
      }
      return value as V;
    },
    json: (value) => {
      let out = '';
      for (let i = 0; i < names.length; i++) {
        if (!shown[i]) continue;
        const field = value[names[i] as keyof V];
        out += (heads[i] as string) + (codecs[i] as FieldCodec<unknown>).json(field);
      }
      return `${out}}`;
    },
  };
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function base64(value: Uint8Array): string {
  let out = '';
  for (let i = 0; i < value.length; i += 3) {
    const a = value[i] as number;
    const b = value[i + 1];
    const c = value[i + 2];
    out += ALPHABET.charAt(a >> 2) + ALPHABET.charAt(((a & 3) << 4) | ((b ?? 0) >> 4));
    out += b === undefined ? '=' : ALPHABET.charAt(((b & 15) << 2) | ((c ?? 0) >> 6));
    out += c === undefined ? '=' : ALPHABET.charAt(c & 63);
  }
  return out;
}
