// What lies on a simulated disk: files with what can be read of them and what is durable, and the changes of names between.
// Guarantees: durable content changes only by `harden`; changes of names are applied in the order in which they were made.
// Leaves to others: which writes are hardened and which changes survive (simulated-disk.ts).

interface PendingWrite {
  readonly number: number;
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What was done to names; of folders it concerns the files that were in them then, not those that came later. */
export type NameChange =
  | {
      readonly kind: 'add';
      readonly folder: string;
      readonly path: string;
      readonly file: FileContent;
    }
  | {
      readonly kind: 'remove';
      readonly folder: string;
      readonly path: string;
      readonly files: ReadonlySet<FileContent>;
    }
  | {
      readonly kind: 'rename';
      readonly folder: string;
      readonly from: string;
      readonly to: string;
      readonly files: ReadonlySet<FileContent>;
      readonly replaced: ReadonlySet<FileContent>;
    };

/** Bytes that grow. */
class Bytes {
  data: Uint8Array = new Uint8Array(0);
  length = 0;

  put(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    if (end > this.data.length) {
      const grown = new Uint8Array(Math.max(end, this.data.length * 2));
      grown.set(this.data.subarray(0, this.length));
      this.data = grown;
    }
    this.data.set(bytes, position);
    if (end > this.length) this.length = end;
  }
}

export class FileContent {
  readonly seen = new Bytes();
  readonly durable = new Bytes();
  pending: PendingWrite[] = [];
  /** Of the newest write. */
  lastWrite = 0;

  /** A write that can be read and is not durable. */
  put(bytes: Uint8Array, position: number): void {
    this.seen.put(bytes, position);
    this.pending.push({ number: ++this.lastWrite, position, bytes });
  }

  /** Makes the writes up to this one durable. */
  harden(upTo: number): void {
    for (const write of this.#take(upTo)) this.durable.put(write.bytes, write.position);
  }

  /** The writes up to this one will never be durable. */
  lose(upTo: number): void {
    this.#take(upTo);
  }

  #take(upTo: number): PendingWrite[] {
    let count = 0;
    while (count < this.pending.length && this.pending[count]!.number <= upTo) count++;
    return this.pending.splice(0, count);
  }

  /** Turns one bit over, in what can be read and in what is durable. */
  flip(bit: number): void {
    const at = bit >>> 3;
    for (const bytes of new Set([this.seen.data, this.durable.data])) {
      if (at < bytes.length) bytes[at] = (bytes[at] as number) ^ (1 << (bit & 7));
    }
  }
}

/** The files that the name stands for: one, or those of a folder. */
export function filesUnder(
  names: ReadonlyMap<string, FileContent>,
  path: string,
): ReadonlySet<FileContent> {
  const files = new Set<FileContent>();
  for (const [name, file] of names) if (isUnder(name, path)) files.add(file);
  return files;
}

/** Changes names as it was asked for. */
export function applyChange(names: Map<string, FileContent>, change: NameChange): void {
  switch (change.kind) {
    case 'add':
      names.set(change.path, change.file);
      return;
    case 'remove':
      removeNames(names, change.path, change.files);
      return;
    case 'rename': {
      const { from, to, files } = change;
      const moved = [...names].filter(([name, file]) => isUnder(name, from) && files.has(file));
      removeNames(names, from, files);
      removeNames(names, to, change.replaced);
      for (const [name, file] of moved) names.set(to + name.slice(from.length), file);
    }
  }
}

function removeNames(
  names: Map<string, FileContent>,
  path: string,
  files: ReadonlySet<FileContent>,
): void {
  for (const [name, file] of [...names]) {
    if (isUnder(name, path) && files.has(file)) names.delete(name);
  }
}

function isUnder(name: string, path: string): boolean {
  return name === path || name.startsWith(`${path}/`);
}
