// The partition that keeps the messages of a correlation key (engine-semantics.md H.1). Fixed for ever: messages and those
// who wait for them find each other by it.

/** Adds the UTF-8 bytes of one code point to the hash: each byte counts as a signed number, in 32 bits. */
function withCodePoint(hash: number, point: number): number {
  if (point < 0x80) return withByte(hash, point);
  if (point < 0x800) return withByte(withByte(hash, 0xc0 | (point >> 6)), 0x80 | (point & 0x3f));
  const low = 0x80 | (point & 0x3f);
  const middle = 0x80 | ((point >> 6) & 0x3f);
  if (point < 0x10000) return withByte(withByte(withByte(hash, 0xe0 | (point >> 12)), middle), low);
  const high = 0x80 | ((point >> 12) & 0x3f);
  return withByte(withByte(withByte(withByte(hash, 0xf0 | (point >> 18)), high), middle), low);
}

function withByte(hash: number, byte: number): number {
  return (Math.imul(31, hash) + (byte < 0x80 ? byte : byte - 0x100)) | 0;
}

/**
 * @param partitionCount partitions that messages are spread over; not those that were added later
 * @returns 1 to partitionCount
 */
export function messagePartition(correlationKey: string, partitionCount: number): number {
  let hash = 0;
  for (const character of correlationKey)
    hash = withCodePoint(hash, character.codePointAt(0) as number);
  return Math.abs(hash % partitionCount) + 1;
}
