// "Load, then run": what a scan asks for when its range is not in memory, and how it says so.

/** The part of a range that a command needs. */
export interface RangeRequest {
  /** The family's number and name. */
  readonly family: number;
  readonly name: string;
  readonly prefix: number | string;
  /** Entries above this suffix are wanted; undefined: from the first. */
  readonly after: number | string | undefined;
  /** How many existing entries; Infinity: all. */
  readonly wanted: number;
}

/** One read of the store that brings a request further. Keys are whole keys of the store. */
export interface RangeRead {
  readonly request: RangeRequest;
  /** Every key of the range starts with these bytes. */
  readonly prefix: Uint8Array;
  /** Only keys above this one; undefined: from the first of the range. */
  readonly after: Uint8Array | undefined;
  readonly limit: number;
  /** Suffix form of `after`. */
  readonly afterSuffix: number | string | undefined;
}

export interface StoredEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** The store below, read by range and at once (in memory). */
export interface RangeReader {
  readRange(prefix: Uint8Array, after: Uint8Array | undefined, limit: number): StoredEntry[];
}

/** Thrown by scans; the command is put back, the range loaded, the command run again. No stack: it is no fault. */
export class RangeNotLoaded implements Error {
  readonly name = 'RangeNotLoaded';
  readonly request: RangeRequest;

  constructor(request: RangeRequest) {
    this.request = request;
  }

  get message(): string {
    return `${this.request.name}: the range below ${JSON.stringify(this.request.prefix)} is not loaded`;
  }
}
