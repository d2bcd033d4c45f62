// Codecs that several families share.
import {
  type ByteReader,
  type ByteWriter,
  Document,
  EMPTY_DOCUMENT,
  type Key,
} from '@millrace/protocol';
import type { ValueCodec } from '../../state/families.ts';

export function writeDocument(out: ByteWriter, value: Document): void {
  out.string(value === EMPTY_DOCUMENT ? '' : value.text);
}

export function readDocument(from: ByteReader): Document {
  const text = from.string();
  return text === '' ? EMPTY_DOCUMENT : new Document(text);
}

export function writeStrings(out: ByteWriter, values: readonly string[]): void {
  out.varint(values.length);
  for (const value of values) out.string(value);
}

export function readStrings(from: ByteReader): string[] {
  const values: string[] = [];
  for (let n = from.varint(); n > 0; n--) values.push(from.string());
  return values;
}

/** Families that only say "this key is there". */
export const presence: ValueCodec<true> = {
  write: (out) => out.u8(1),
  read: (from) => {
    from.u8();
    return true;
  },
};

export const keyValue: ValueCodec<Key> = {
  write: (out, value) => {
    out.u8(1);
    out.key(value);
  },
  read: (from) => {
    from.u8();
    return from.key();
  },
};

export const textValue: ValueCodec<string> = {
  write: (out, value) => {
    out.u8(1);
    out.string(value);
  },
  read: (from) => {
    from.u8();
    return from.string();
  },
};

export const countValue: ValueCodec<number> = {
  write: (out, value) => {
    out.u8(1);
    out.varint(value);
  },
  read: (from) => {
    from.u8();
    return from.varint();
  },
};
