// The checksum that the engine is given for deployed resources: MD5, as the reference writes it into its records.
import { createHash } from 'node:crypto';

/** The MD5 of the bytes, 16 bytes. */
export function md5(bytes: Uint8Array): Uint8Array {
  return createHash('md5').update(bytes).digest();
}
