// What an entry of the log is for.
// Guarantees: the numbers are on disk; they are never changed and never reused.
// Leaves to others: the payloads, of which Raft itself knows only that of a configuration.

export const EntryKind = {
  /** No payload: a new leader's first entry of its term. */
  empty: 0,
  /** A batch of records. */
  records: 1,
  /** How far each exporter has got; no record, never exported. */
  exporterPositions: 2,
  /** Members of the group. */
  configuration: 3,
} as const;

export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** Whether this release knows the kind. */
export function isEntryKind(kind: number): kind is EntryKind {
  return kind >= EntryKind.empty && kind <= EntryKind.configuration && Number.isInteger(kind);
}
