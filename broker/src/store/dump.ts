// The committed state of a partition as lines, for comparing two of them byte by byte (design.md 3, "Byte-equal").
import type { StoredEntry } from '../core/state/range-request.ts';
import type { StateDb } from '../core/state/state-db.ts';

/** One line `key value` in hexadecimal for each entry, in key order, unwritten ones included. */
export async function* dumpState(
  db: StateDb,
  stored: AsyncIterable<StoredEntry>,
): AsyncGenerator<string> {
  const unwritten = new Map<string, string | undefined>();
  db.writeCommitted({
    put: (key, value) => unwritten.set(hex(key), hex(value)),
    delete: (key) => unwritten.set(hex(key), undefined),
  });
  const changes = [...unwritten].sort(([a], [b]) => (a < b ? -1 : 1));
  let next = 0;
  for await (const entry of stored) {
    const key = hex(entry.key);
    for (; next < changes.length && changes[next]![0] < key; next++) yield* line(changes[next]!);
    if (next < changes.length && changes[next]![0] === key) yield* line(changes[next++]!);
    else yield `${key} ${hex(entry.value)}`;
  }
  for (; next < changes.length; next++) yield* line(changes[next]!);
}

function* line([key, value]: [string, string | undefined]): Generator<string> {
  if (value !== undefined) yield `${key} ${value}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}
