// Commits in the state what a leader's log has committed: its own turns, and among them entries that Raft wrote for itself.
import { EntryKind, type RaftNode } from '@millrace/raft';
import type { StateDb } from '../core/state/state-db.ts';
import { StateError } from '../core/state/state-error.ts';

/**
 * Everything up to the index is committed. Turns are sealed with their entries; what lies behind the newest sealed one are
 * configurations of the group, which change nothing in the state.
 * @throws StateError when it is anything else
 */
export function commitOwn(db: StateDb, journal: RaftNode['journal'], upToIndex: number): void {
  for (let index = db.sealedIndex + 1; index <= upToIndex; index++) {
    const kind = journal.read(index)?.kind;
    if (kind !== EntryKind.configuration)
      throw new StateError(`entry ${index} of kind ${kind} is committed, but no turn wrote it`);
    // A turn that waits for a range is open: it gets a later entry, with which this one counts too.
    if (db.hasOpenChanges) return db.commit(db.sealedIndex);
    db.sealEntry(index, 0);
  }
  db.commit(upToIndex);
}
