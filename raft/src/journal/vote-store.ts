// The term of this member and its vote in it.
// Guarantees: durable when `save` returns, so that a vote that was told can never be given twice; a crash leaves the old
// or the new vote; damage is refused, never guessed. A save needs no room on the disk: a member whose disk is full can still
// follow a new leader.
// Leaves to others: when to vote (core/).
//
// The file has three pages of its own: two take turns to hold the vote, with a number that counts the saves; the third says
// which number has been made durable. It is written after the vote and before `save` returns. So a page that is damaged is
// either the newest one, and the third tells that it is missing; or it was being written when the machine stopped, and
// nobody was told of it.
import { crc32 } from 'node:zlib';
import { DamagedFileError, readCheckedFile } from '../disk/checked-file.ts';
import type { Disk, DiskFile } from '../disk/disk.ts';
import { JournalError, journalErrorOf } from './journal-error.ts';

export interface Vote {
  readonly term: number;
  /** The member that this one votes for in the term, null if it has not voted. */
  readonly votedFor: number | null;
}

export interface VoteStore {
  readonly vote: Vote;
  /** Replaces the vote; blocks for two syncs. Throws JournalError, then the old vote stands. */
  save(vote: Vote): void;
}

/** A page, little endian: u32 crc32 of what follows, u32 version, u64 number, term, vote, u8 1 if there is one; then zeros. */
interface Page extends Vote {
  readonly number: number;
}

const pageBytes = 4096;
const markPage = 2;
const fileVersion = 2;

/**
 * Opens the vote kept in the file; term 0 without a vote if there is none. Blocks for a few syncs when the file is new, of an
 * earlier release, or was being written when its machine stopped. Throws JournalError.
 */
export function openVoteStore(disk: Disk, path: string): VoteStore {
  let newest: Page;
  try {
    const kept = readPages(disk, path);
    newest = kept?.newest ?? makeFile(disk, path, readFirstForm(disk, path));
    // What is not marked may be readable and not durable: a sync that failed leaves it so.
    if (kept?.isMarked === false) savePage(disk, path, newest);
  } catch (error) {
    if (error instanceof DamagedFileError) throw damaged(error.message);
    throw journalErrorOf(error, `reading the vote in ${path}`);
  }
  return {
    get vote() {
      return { term: newest.term, votedFor: newest.votedFor };
    },
    save({ term, votedFor }) {
      const next = { number: newest.number + 1, term, votedFor };
      try {
        savePage(disk, path, next);
      } catch (error) {
        throw journalErrorOf(error, `saving the vote in ${path}`);
      }
      newest = next;
    },
  };
}

/** What is wrong with the file, null if nothing; changes nothing. Throws the disk's error. */
export function voteDamage(disk: Disk, path: string): string | null {
  try {
    if (readPages(disk, path) === null) readFirstForm(disk, path);
    return null;
  } catch (error) {
    if (error instanceof DamagedFileError || error instanceof JournalError) return error.message;
    throw error;
  }
}

function damaged(what: string): JournalError {
  return new JournalError(
    'corrupt',
    `${what}. It holds the vote of this member; without it the member could vote twice in one term. ` +
      'Restore the data folder from a backup. In a group of one member the file may be deleted instead.',
  );
}

/** The newest vote in a file of pages; null if there is none of that form. */
function readPages(
  disk: Disk,
  path: string,
): { readonly newest: Page; readonly isMarked: boolean } | null {
  if (disk.kindOf(path) === null) return null;
  const bytes = Buffer.alloc(pageBytes * 3);
  const file = disk.open(path, 'read');
  try {
    if (file.size() !== bytes.length) return null;
    file.read(bytes, 0);
  } finally {
    file.close();
  }
  const [a, b, mark] = [0, 1, markPage].map((number) => pageAt(bytes, number, path));
  const newest = (a?.number ?? 0) > (b?.number ?? 0) ? a : b;
  if (newest == null || newest.number < (mark?.number ?? 0)) {
    throw new DamagedFileError(path, 'its checksum does not match');
  }
  return { newest, isMarked: mark?.number === newest.number };
}

function pageAt(bytes: Buffer, at: number, path: string): Page | null {
  const page = bytes.subarray(at * pageBytes, (at + 1) * pageBytes);
  if (page.readUInt32LE(0) !== crc32(page.subarray(4))) return null;
  const version = page.readUInt32LE(4);
  if (version !== fileVersion) throw unknownVersion(path, version);
  const votedFor = page[32] === 1 ? Number(page.readBigUInt64LE(24)) : null;
  return {
    number: Number(page.readBigUInt64LE(8)),
    term: Number(page.readBigUInt64LE(16)),
    votedFor,
  };
}

function encodePage({ number, term, votedFor }: Page): Buffer {
  const page = Buffer.alloc(pageBytes);
  page.writeUInt32LE(fileVersion, 4);
  page.writeBigUInt64LE(BigInt(number), 8);
  page.writeBigUInt64LE(BigInt(term), 16);
  page.writeBigUInt64LE(BigInt(votedFor ?? 0), 24);
  page[32] = votedFor === null ? 0 : 1;
  page.writeUInt32LE(crc32(page.subarray(4)), 0);
  return page;
}

/** Writes the vote over the older of the two, then the mark. */
function savePage(disk: Disk, path: string, page: Page): void {
  const bytes = encodePage(page);
  const file = disk.open(path, 'write');
  try {
    writeDurably(file, bytes, page.number % 2);
    writeDurably(file, bytes, markPage);
  } finally {
    file.close();
  }
}

function writeDurably(file: DiskFile, bytes: Buffer, page: number): void {
  file.write(bytes, page * pageBytes);
  file.syncNow();
}

/** A new file with this vote in it; it is there as a whole or not at all. */
function makeFile(disk: Disk, path: string, vote: Vote): Page {
  const page = { number: 1, ...vote };
  const temporary = `${path}.tmp`;
  const file = disk.open(temporary, 'create');
  try {
    file.write(Buffer.alloc(pageBytes * 3), 0);
    writeDurably(file, encodePage(page), page.number % 2);
    writeDurably(file, encodePage(page), markPage);
  } finally {
    file.close();
  }
  disk.rename(temporary, path);
  disk.syncFolderNow(path.slice(0, Math.max(1, path.lastIndexOf('/'))));
  return page;
}

/** The vote as the first release kept it; none if there is no file. */
function readFirstForm(disk: Disk, path: string): Vote {
  const kept = readCheckedFile(disk, path) as ({ readonly version: number } & Vote) | null;
  if (kept === null) return { term: 0, votedFor: null };
  if (kept.version !== 1) throw unknownVersion(path, kept.version);
  return { term: kept.term, votedFor: kept.votedFor };
}

function unknownVersion(path: string, version: number): JournalError {
  return new JournalError(
    'corrupt',
    `${path} has version ${version}, which this release does not know. Use the release that wrote it, or a later one.`,
  );
}
