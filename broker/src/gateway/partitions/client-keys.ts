// Keys as clients send them, beside keys as the engine knows them.
import { isUnknownKey, type Key, keyFromHalves, keyText } from '@millrace/protocol';
import { StatusError } from '../status.ts';
import type { Int64 } from '../wire/proto-reader.ts';

/** A client's key as the engine knows it. */
export function engineKey(key: Int64): Key {
  return keyFromHalves(key.high, key.low);
}

/** The client's own number in decimal. */
export function clientKeyText(key: Int64): string {
  return BigInt.asIntN(64, (BigInt(key.high) << 32n) | BigInt(key.low)).toString();
}

/**
 * A number that no partition can have handed out is known to the engine as a mark only: in an error's text this puts
 * what the client sent in the place of the mark.
 */
export function withClientKeyText(error: unknown, clientKey: Int64, key: Key): unknown {
  if (error instanceof StatusError && isUnknownKey(key)) {
    error.message = error.message.replaceAll(keyText(key), clientKeyText(clientKey));
  }
  return error;
}
