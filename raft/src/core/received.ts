// What another member says.
// Guarantees: the term is looked at before anything else (Raft paper, 5.1): a higher one ends every role, a lower one is
// answered with the present one and changes nothing.
// Leaves to others: what each message means (the table names who knows).
import { checkpointAnswered, checkpointReceived } from './checkpoints.ts';
import type { EffectsDraft } from './effects.ts';
import {
  preVoteAnswered,
  preVoteReceived,
  timeoutNowReceived,
  voteAnswered,
  voteReceived,
} from './election.ts';
import { appendReceived, heardLeader, heartbeatReceived } from './follower.ts';
import { commitMore } from './leader.ts';
import type { RaftMessage, RaftMessageOf } from './messages.ts';
import { readIndexAnswered, readIndexReceived, roundAnswered } from './reads.ts';
import { appendAnswered, heartbeatAnswered, sendMore } from './replication.ts';
import { becomeFollower, isSticky } from './roles.ts';
import { say } from './sending.ts';
import type { MemberId, RaftState } from './state.ts';
import { transferProgressed } from './transfer.ts';

type Handler<K extends RaftMessage['kind']> = (
  state: RaftState,
  from: MemberId,
  message: RaftMessageOf<K>,
  entropy: number,
  out: EffectsDraft,
) => void;

interface Reaction<K extends RaftMessage['kind']> {
  /** Only the leader of its term sends it. */
  readonly isLeaders: boolean;
  readonly handle: Handler<K>;
}

const reactions: { readonly [K in RaftMessage['kind']]: Reaction<K> } = {
  'pre-vote': {
    isLeaders: false,
    handle: (state, from, message, _, out) => preVoteReceived(state, from, message, out),
  },
  'pre-vote-answer': { isLeaders: false, handle: preVoteAnswered },
  vote: { isLeaders: false, handle: voteReceived },
  'vote-answer': { isLeaders: false, handle: voteAnswered },
  append: {
    isLeaders: true,
    handle: (state, from, message, _, out) => appendReceived(state, from, message, out),
  },
  'append-answer': {
    isLeaders: false,
    handle: (state, from, message, entropy, out) => {
      appendAnswered(state, from, message);
      commitMore(state, entropy, out);
      sendMore(state, from, out);
      transferProgressed(state, from, out);
    },
  },
  heartbeat: {
    isLeaders: true,
    handle: (state, from, message, _, out) => heartbeatReceived(state, from, message, out),
  },
  'heartbeat-answer': {
    isLeaders: false,
    handle: (state, from, message, entropy, out) => {
      heartbeatAnswered(state, from, message, out);
      commitMore(state, entropy, out);
      sendMore(state, from, out);
      if (state.leadership !== null) roundAnswered(state, state.leadership, out);
    },
  },
  'timeout-now': {
    isLeaders: false,
    handle: (state, from, _, entropy, out) => timeoutNowReceived(state, from, entropy, out),
  },
  checkpoint: {
    isLeaders: true,
    handle: (state, from, message, _, out) => checkpointReceived(state, from, message, out),
  },
  'checkpoint-answer': {
    isLeaders: false,
    handle: (state, from, message, _, out) => checkpointAnswered(state, from, message, out),
  },
  'read-index': {
    isLeaders: false,
    handle: (state, from, message, _, out) => readIndexReceived(state, from, message, out),
  },
  'read-index-answer': {
    isLeaders: false,
    handle: (state, _, message, __, out) => readIndexAnswered(state, message, out),
  },
};

/** A member whose disk failed can keep no promise, and says nothing. */
export function received(
  state: RaftState,
  from: MemberId,
  message: RaftMessage,
  entropy: number,
  out: EffectsDraft,
): void {
  if (state.disk === 'failed') return;
  const reaction = reactions[message.kind] as Reaction<RaftMessage['kind']>;
  if (message.kind !== 'pre-vote') {
    // Whoever grants a pre-vote may be in an earlier term: nobody has raised it yet.
    if (message.term < state.term && message.kind !== 'pre-vote-answer') {
      answerStale(state, from, message, out);
      return;
    }
    if (message.term > state.term) {
      // Leader stickiness: not even the term is taken from who would depose a living leader (Raft thesis, 4.2.3).
      if (message.kind === 'vote' && !message.transfer && isSticky(state)) return;
      becomeFollower(state, message.term, null, entropy, out);
    }
    if (reaction.isLeaders) heardLeader(state, from, entropy, out);
  }
  reaction.handle(state, from, message as never, entropy, out);
}

/** Whoever is behind learns the term, or it could never catch up (Raft thesis, 9.6, of a member that raised its term). */
function answerStale(
  state: RaftState,
  from: MemberId,
  message: Exclude<RaftMessage, { kind: 'pre-vote' }>,
  out: EffectsDraft,
): void {
  const { term } = state;
  const own = { diskFull: state.disk === 'full', recovering: state.isRecovering };
  switch (message.kind) {
    case 'vote':
      say(state, out, from, { kind: 'vote-answer', term, granted: false });
      break;
    case 'append':
    case 'heartbeat':
      say(state, out, from, {
        kind: 'heartbeat-answer',
        term,
        round: 0,
        agreedIndex: 0,
        durableIndex: 0,
        ...own,
      });
      break;
    case 'checkpoint':
      out.checkpointPiece = 'drop';
      say(state, out, from, {
        kind: 'checkpoint-answer',
        term,
        index: message.index,
        outcome: 'refused',
      });
      break;
    case 'read-index':
      say(state, out, from, { kind: 'read-index-answer', term, id: message.id, index: null });
      break;
    default:
      break;
  }
}
