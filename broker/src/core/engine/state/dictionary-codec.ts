// Stores a value whose codec wants a dictionary: the strings stand behind the value, each once.
import type { ByteReader, ByteWriter, Dictionary, DictionaryReader } from '@millrace/protocol';
import type { ValueCodec } from '../../state/families.ts';

export function dictionaryCodec<V>(
  write: (out: ByteWriter, value: V, names: Dictionary) => void,
  read: (from: ByteReader, names: DictionaryReader) => V,
): ValueCodec<V> {
  return {
    write: (out, value) => {
      out.u8(1);
      const lengthAt = out.length;
      out.u32(0);
      const texts: string[] = [];
      write(out, value, {
        indexOf: (text) => {
          const known = texts.indexOf(text);
          return known >= 0 ? known : texts.push(text) - 1;
        },
      });
      out.patchU32(lengthAt, out.length - lengthAt - 4);
      out.varint(texts.length);
      for (const text of texts) out.string(text);
    },
    read: (from) => {
      from.u8();
      const length = from.u32();
      const valueAt = from.at;
      from.at = valueAt + length;
      const texts: string[] = [];
      for (let n = from.varint(); n > 0; n--) texts.push(from.string());
      const end = from.at;
      from.at = valueAt;
      const value = read(from, { textAt: (i) => texts[i] as string });
      from.at = end;
      return value;
    },
  };
}
