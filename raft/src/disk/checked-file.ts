// Small files that are replaced as a whole: a vote, a manifest, a journal's notes.
// Guarantees: after `writeCheckedFile` returns the new content is durable; a crash at any moment leaves the old or the new
// content, never a mixture; damage is noticed by a checksum.
// Leaves to others: the meaning of the value, and what to do about damage.
import { crc32 } from 'node:zlib';
import type { Disk } from './disk.ts';

/** A small file that cannot be read: its checksum or its form is wrong. */
export class DamagedFileError extends Error {
  readonly file: string;

  constructor(file: string, what: string) {
    super(`${file} is damaged: ${what}`);
    this.name = 'DamagedFileError';
    this.file = file;
  }
}

/**
 * Writes a value of plain JSON data under the path: temporary file, sync, rename, sync of the folder. Blocks for two
 * syncs, so it is for rare things. Throws the disk's error; then the old content stands.
 */
export function writeCheckedFile(disk: Disk, path: string, value: unknown): void {
  const body = JSON.stringify(value);
  const text = `{"crc32":${crc32(body)},"value":${body}}\n`;
  const temporary = `${path}.tmp`;
  const file = disk.open(temporary, 'create');
  try {
    file.write(new TextEncoder().encode(text), 0);
    file.syncNow();
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  disk.syncFolderNow(path.slice(0, Math.max(1, path.lastIndexOf('/'))));
}

/** The value under the path, `null` if there is no such file. Throws DamagedFileError if it is not what was written. */
export function readCheckedFile(disk: Disk, path: string): unknown {
  if (disk.kindOf(path) === null) return null;
  const file = disk.open(path, 'read');
  const bytes = new Uint8Array(file.size());
  try {
    file.read(bytes, 0);
  } finally {
    file.close();
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new DamagedFileError(path, 'it is not the JSON that was written');
  }
  const { crc32: expected, value } = (parsed ?? {}) as { crc32?: unknown; value?: unknown };
  if (value === undefined || expected !== crc32(JSON.stringify(value))) {
    throw new DamagedFileError(path, 'its checksum does not match');
  }
  return value;
}
