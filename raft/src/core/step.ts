// The one door of the core: an event in, effects out.
// Guarantees: touches nothing but the state that is handed in; the same state, event and entropy give the same effects.
// Leaves to others: everything real (raft-node.ts).
import { campaign, votePersisted } from './candidate.ts';
import { type EffectsDraft, emptyEffects, type RaftEffects, refuse } from './effects.ts';
import type { RaftEvent, RaftEventOf } from './events.ts';
import { becomeFollower, start, tickWaiting } from './follower.ts';
import { advanceCommit, propose, read, transfer } from './leader.ts';
import type { RaftState } from './state.ts';

/**
 * Lets one event happen to the member. `entropy` is a number in [0, 1) that the caller drew; only a reset of the election
 * timer uses it. Throws RangeError for an event that cannot happen to this state: a fault in the driver.
 */
export function step(state: RaftState, event: RaftEvent, entropy: number): RaftEffects {
  const out = emptyEffects();
  switch (event.kind) {
    case 'start':
      start(state, entropy, out);
      break;
    case 'tick':
      if (state.role !== 'leader') tickWaiting(state, entropy, out);
      break;
    case 'propose':
      propose(state, event, out);
      break;
    case 'read':
      read(state, event, out);
      break;
    case 'vote-persisted':
      votePersisted(state, event, out);
      break;
    case 'entries-persisted':
      entriesPersisted(state, event, out);
      break;
    case 'entries-refused':
      entriesRefused(state, event, entropy, out);
      break;
    case 'disk-changed':
      diskChanged(state, event, entropy, out);
      break;
    case 'compacted':
      state.log.compactBefore(event.firstIndex);
      break;
    case 'step-down':
      if (state.role === 'leader') becomeFollower(state, state.term, entropy, out);
      break;
    case 'transfer':
      transfer(state, event, out);
      break;
    case 'change-members':
      refuse(out, 'change-members', state.role === 'leader' ? 'invalid-members' : 'not-leader');
      break;
    case 'received':
    case 'connection-closed':
    case 'append-lost':
    case 'checkpoint-failed':
    case 'recovered':
      // In a group of one every sender is a stranger, and what strangers say is ignored.
      break;
    case 'checkpoint-installed':
      throw new RangeError('A member that is alone receives no checkpoint.');
    default:
      return unreachable(event);
  }
  return out;
}

/** Late and repeated answers of the disk change nothing; nor do those about entries that were replaced since. */
function entriesPersisted(
  state: RaftState,
  event: RaftEventOf<'entries-persisted'>,
  out: EffectsDraft,
): void {
  if (event.index <= state.durableIndex) return;
  if (state.log.termAt(event.index) !== event.term) return;
  state.durableIndex = event.index;
  advanceCommit(state, out);
}

/** Entries that were never written are forgotten; nobody was told of them. A term without its first entry ends. */
function entriesRefused(
  state: RaftState,
  event: RaftEventOf<'entries-refused'>,
  entropy: number,
  out: EffectsDraft,
): void {
  if (event.fromIndex <= state.durableIndex) {
    throw new RangeError(`Entry ${event.fromIndex} is durable and cannot be taken back.`);
  }
  state.log.truncateAfter(event.fromIndex - 1);
  if (state.leadership !== null && event.fromIndex <= state.leadership.firstIndex) {
    becomeFollower(state, state.term, entropy, out);
  }
}

function diskChanged(
  state: RaftState,
  event: RaftEventOf<'disk-changed'>,
  entropy: number,
  out: EffectsDraft,
): void {
  const before = state.disk;
  state.disk = event.condition;
  if (event.condition === 'failed' && state.role !== 'follower') {
    becomeFollower(state, state.term, entropy, out);
  }
  if (before === 'failed' && event.condition !== 'failed') {
    state.unconfirmedVote = false;
    campaign(state, entropy, out);
  }
}

function unreachable(event: never): never {
  throw new RangeError(`Unknown event ${JSON.stringify(event)}.`);
}
