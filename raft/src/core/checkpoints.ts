// Followers whose next entry the leader has no longer: they get a checkpoint in place of the log before it.
// Guarantees: a checkpoint never takes the place of entries that the log here already agrees on.
// Leaves to others: the bytes, their pace, and which checkpoint it is (the driver).
import type { LogIndex, RaftState, Term } from './state.ts';

/**
 * Whether a checkpoint that the leader of `term` sent may be installed now, with the log beginning behind `index` (Raft paper,
 * 7). Ask it in the same turn in which the log is reset and `checkpoint-installed` is told: what came in meanwhile may have
 * made the checkpoint needless, and then a reset would lose what was acknowledged.
 */
export function acceptsCheckpoint(
  state: RaftState,
  offer: { readonly term: Term; readonly index: LogIndex; readonly indexTerm: Term },
): boolean {
  if (offer.term !== state.term || state.role === 'leader' || state.disk === 'failed') return false;
  return offer.index > state.commitIndex && state.log.termAt(offer.index) !== offer.indexTerm;
}
