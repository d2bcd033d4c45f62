// Protobuf messages field by field, without a schema: for tests that send what no client library would.

export type FieldValue = string | number | bigint | boolean | Uint8Array;

/** One field: texts and bytes with their length, everything else as a varint. */
export function field(number: number, value: FieldValue): Buffer {
  if (typeof value === 'string') return field(number, Buffer.from(value));
  if (value instanceof Uint8Array) {
    return Buffer.concat([varint((number << 3) | 2), varint(value.length), value]);
  }
  return Buffer.concat([varint(number << 3), varint(value)]);
}

/** Several fields, in order. */
export function message(...fields: readonly (readonly [number, FieldValue])[]): Buffer {
  return Buffer.concat(fields.map(([number, value]) => field(number, value)));
}

/** The 64-bit form, two's complement for negative numbers. */
export function varint(value: number | bigint | boolean): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** The first value of a field: a signed number or its bytes; undefined when it is absent. */
export function fieldOf(bytes: Uint8Array, number: number): bigint | Buffer | undefined {
  return fieldsOf(bytes, number)[0];
}

/** All values of a field. */
export function fieldsOf(bytes: Uint8Array, number: number): (bigint | Buffer)[] {
  const buffer = Buffer.from(bytes);
  const values: (bigint | Buffer)[] = [];
  let at = 0;
  const next = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++] as number;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  while (at < buffer.length) {
    const tag = Number(next());
    let value: bigint | Buffer = next();
    if ((tag & 7) === 2) {
      const length = Number(value);
      value = buffer.subarray(at, at + length);
      at += length;
    }
    if (tag >> 3 === number) values.push(value);
  }
  return values;
}
