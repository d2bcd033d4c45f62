// Every bound of the state's memory, with its unit. None of them depends on the number of instances.

export interface StateLimits {
  /** Bytes of clean (written or just read) decoded values in memory, an estimate; both cache generations together. */
  readonly cacheBytes: number;
  /** Bytes of log entries committed but not yet written to the store, above which no further turn should start. */
  readonly committedBytesMax: number;
  /** Entries that one read of a range brings from the store. */
  readonly rangeChunkMembers: number;
  /** Clean entries that one range may hold in memory while nobody has it pinned. */
  readonly rangeMembersMax: number;
  /** Ranges kept loaded by `keepWindow`; the least recently used one goes. */
  readonly windowsMax: number;
  /** Prefixes known to be empty that one family remembers (about 40 bytes each). */
  readonly emptyPrefixesMax: number;
  /** Whether insertFresh looks into the store to catch a wrong caller. For tests. */
  readonly verifyFresh: boolean;
}

export const STATE_LIMITS: StateLimits = {
  cacheBytes: 32 * 1024 * 1024,
  committedBytesMax: 32 * 1024 * 1024,
  rangeChunkMembers: 1000,
  rangeMembersMax: 4096,
  windowsMax: 256,
  emptyPrefixesMax: 32 * 1024,
  verifyFresh: false,
};
