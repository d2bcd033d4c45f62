// The one door of the core: an event in, effects out.
// Guarantees: touches nothing but the state that is handed in; the same state, event and entropy give the same effects.
// Leaves to others: everything real (raft-node.ts).
import { changeMembers } from './change-members.ts';
import { checkpointFailed, checkpointInstalled } from './checkpoints.ts';
import { type EffectsDraft, emptyEffects, type RaftEffects } from './effects.ts';
import { leaderGone, start, tickWaiting, votePersisted } from './election.ts';
import type { RaftEvent } from './events.ts';
import { propose, tickLeading } from './leader.ts';
import { forgetConfigurations } from './membership.ts';
import { diskChanged, entriesPersisted, entriesRefused } from './own-disk.ts';
import { read, tickReads } from './reads.ts';
import { received } from './received.ts';
import { probeFrom } from './replication.ts';
import type { MemberId, RaftState } from './state.ts';
import { handOver, transfer } from './transfer.ts';

/**
 * Lets one event happen to the member. `entropy` is a number in [0, 1) that the caller drew; only a reset of the election
 * timer uses it. Throws RangeError for an event that cannot happen to this state: a fault in the driver, or in another
 * member's promises.
 */
export function step(state: RaftState, event: RaftEvent, entropy: number): RaftEffects {
  const out = emptyEffects();
  switch (event.kind) {
    case 'start':
      start(state, entropy, out);
      break;
    case 'tick':
      tick(state, entropy, out);
      break;
    case 'propose':
      propose(state, event, out);
      break;
    case 'read':
      read(state, event, out);
      break;
    case 'received':
      received(state, event.from, event.message, entropy, out);
      break;
    case 'connection-closed':
      connectionClosed(state, event.by, entropy, out);
      break;
    case 'append-lost':
      probeAgain(state, event.to, out);
      break;
    case 'vote-persisted':
      votePersisted(state, event, entropy, out);
      break;
    case 'entries-persisted':
      entriesPersisted(state, event, entropy, out);
      break;
    case 'entries-refused':
      entriesRefused(state, event, entropy, out);
      break;
    case 'disk-changed':
      diskChanged(state, event, entropy, out);
      break;
    case 'compacted':
      state.log.compactBefore(event.firstIndex);
      forgetConfigurations(state);
      break;
    case 'checkpoint-failed':
      checkpointFailed(state, event.to);
      break;
    case 'checkpoint-installed':
      checkpointInstalled(state, event, out);
      break;
    case 'recovered':
      state.isRecovering = false;
      break;
    case 'step-down':
      handOver(state, entropy, out);
      break;
    case 'transfer':
      transfer(state, event, out);
      break;
    case 'change-members':
      changeMembers(state, event, out);
      break;
    default:
      return unreachable(event);
  }
  return out;
}

function tick(state: RaftState, entropy: number, out: EffectsDraft): void {
  if (state.leadership !== null) tickLeading(state, state.leadership, entropy, out);
  else {
    tickReads(state, out);
    tickWaiting(state, entropy, out);
  }
}

function connectionClosed(
  state: RaftState,
  by: MemberId,
  entropy: number,
  out: EffectsDraft,
): void {
  if (state.leadership !== null) probeAgain(state, by, out);
  else if (state.leader === by) leaderGone(state, entropy, out);
}

/** What was on its way to the member is lost: begins again behind what it acknowledged. */
function probeAgain(state: RaftState, id: MemberId, out: EffectsDraft): void {
  const progress = state.leadership?.progress.get(id);
  if (progress === undefined || progress.mode !== 'replicate') return;
  probeFrom(state, id, progress, progress.matchIndex + 1, out);
}

function unreachable(event: never): never {
  throw new RangeError(`Unknown event ${JSON.stringify(event)}.`);
}
