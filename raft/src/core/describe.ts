// One text form of events, effects, messages and state, for logs and for text scenarios.
// Guarantees: one line per fact, stable order, nothing left out that a reader of a scenario needs.
// Leaves to others: nothing; it only reads.
import type { DurableWrite, RaftEffects } from './effects.ts';
import { EntryKind } from './entry-kind.ts';
import type { RaftEvent } from './events.ts';
import type { EntryHead, Envelope, RaftMessage } from './messages.ts';
import type { Member, MemberLists, RaftState } from './state.ts';

/** What a step asks for, a line each in the order of the driver's duties; `ok` when it asks for nothing. */
export function describeEffects(effects: RaftEffects): string[] {
  const lines: string[] = [];
  if (effects.persist !== null) lines.push(...describeWrite(effects.persist));
  for (const envelope of effects.sendNow) lines.push(`send-now ${describeEnvelope(envelope)}`);
  for (const envelope of effects.sendAfterPersist) {
    lines.push(`send-after-persist ${describeEnvelope(envelope)}`);
  }
  if (effects.committedUpTo !== null) lines.push(`committed up-to=${effects.committedUpTo}`);
  if (effects.becameRole !== null) {
    const { role, term, leader } = effects.becameRole;
    lines.push(`role ${role} term=${term} leader=${leader ?? '-'}`);
  }
  if (effects.accepted !== null) lines.push(`accepted ${describeHead(effects.accepted)}`);
  lines.push(...describeMembership(effects));
  for (const ready of effects.readsReady) lines.push(`read-ready id=${ready.id} at=${ready.index}`);
  for (const { request, id, reason } of effects.refused) {
    lines.push(`refused ${request}${id === 0 ? '' : ` id=${id}`} ${reason}`);
  }
  return lines.length === 0 ? ['ok'] : lines;
}

function describeWrite(write: DurableWrite): string[] {
  const lines: string[] = [];
  if (write.truncateAfter !== null) lines.push(`persist truncate-after=${write.truncateAfter}`);
  for (const head of write.entries) lines.push(`persist entry ${describeHead(head)}`);
  if (write.vote !== null) {
    lines.push(`persist vote term=${write.vote.term} for=${write.vote.votedFor ?? '-'}`);
  }
  return lines;
}

function describeMembership(effects: RaftEffects): string[] {
  const lines: string[] = [];
  if (effects.configured !== null) {
    lines.push(`configured at=${effects.configured.index} ${describeLists(effects.configured)}`);
  }
  for (const to of effects.checkpointTo) lines.push(`checkpoint to=${to}`);
  if (effects.checkpointPiece !== null) lines.push(`checkpoint-piece ${effects.checkpointPiece}`);
  if (effects.transferAborted) lines.push('transfer-aborted');
  return lines;
}

/** Members by number, learners with an `L`; while two lists hold, the new one before the old one. */
export function describeLists({ members, oldMembers }: MemberLists): string {
  const list = (all: readonly Member[]) =>
    `(${all.map((m) => `${m.id}${m.type === 'learner' ? 'L' : ''}`).join(' ')})`;
  return oldMembers === null ? list(members) : `${list(members)}&${list(oldMembers)}`;
}

function describeHead(head: EntryHead): string {
  return `${head.index}/${head.term} kind=${head.kind} bytes=${head.bytes}${listsOf(head)}`;
}

function listsOf(head: EntryHead): string {
  return head.configuration === undefined ? '' : ` ${describeLists(head.configuration)}`;
}

function describeEnvelope(envelope: Envelope): string {
  return `to=${envelope.to} ${describeMessage(envelope.message)}`;
}

/** A message in one line: its kind, then its fields by name; places in the log as index/term. */
export function describeMessage(message: RaftMessage): string {
  switch (message.kind) {
    case 'pre-vote':
    case 'vote': {
      const { kind, term, lastIndex, lastTerm } = message;
      const transfer = kind === 'vote' && message.transfer ? ' transfer' : '';
      return `${kind} term=${term} last=${lastIndex}/${lastTerm}${transfer}`;
    }
    case 'append': {
      const { term, previousIndex, previousTerm, entries, commitIndex } = message;
      const previous = `previous=${previousIndex}/${previousTerm}`;
      return `append term=${term} ${previous} entries=[${describeHeads(entries)}] commit=${commitIndex}`;
    }
    case 'append-answer': {
      const { term, accepted, index, indexTerm, previousIndex } = message;
      const verdict = accepted ? 'accepted' : `refused previous=${previousIndex}`;
      return `append-answer term=${term} ${verdict} at=${index}/${indexTerm}${describeOwn(message)}`;
    }
    case 'heartbeat-answer': {
      const { term, round, agreedIndex, durableIndex } = message;
      const agreed = `round=${round} agreed=${agreedIndex} durable=${durableIndex}`;
      return `heartbeat-answer term=${term} ${agreed}${describeOwn(message)}`;
    }
    default:
      return describeFields(message);
  }
}

function describeHeads(entries: readonly EntryHead[]): string {
  const isPlain = (head: EntryHead) => head.kind === EntryKind.records;
  return entries
    .map((e) => `${e.index}/${e.term}${isPlain(e) ? '' : ` kind=${e.kind}`}${listsOf(e)}`)
    .join(', ');
}

function describeOwn(own: { readonly diskFull: boolean; readonly recovering: boolean }): string {
  return `${own.diskFull ? ' disk-full' : ''}${own.recovering ? ' recovering' : ''}`;
}

/** An event in one line: its kind, then its fields by name. */
export function describeEvent(event: RaftEvent): string {
  if (event.kind === 'received') return `from=${event.from} ${describeMessage(event.message)}`;
  return describeFields(event);
}

function describeFields(data: RaftEvent | RaftMessage): string {
  const parts: string[] = [data.kind];
  for (const [name, value] of Object.entries(data)) {
    if (name !== 'kind') parts.push(`${name}=${JSON.stringify(value)}`);
  }
  return parts.join(' ');
}

/** The state in one line. */
export function describeState(state: RaftState): string {
  const { log } = state;
  return [
    `${state.role} term=${state.term} vote=${state.votedFor ?? '-'}${state.unconfirmedVote ? '?' : ''}`,
    `leader=${state.leader ?? '-'} log=${log.firstIndex}..${log.lastIndex}/${log.lastTerm}`,
    `durable=${state.durableIndex} commit=${state.commitIndex} disk=${state.disk}`,
    `election=${state.electionElapsed}/${state.electionTimeout}`,
  ].join(' ');
}

/** What a leader believes of the others, a line each; nothing of anyone else. */
export function describeProgress(state: RaftState): string[] {
  const lines: string[] = [];
  for (const [id, p] of state.leadership?.progress ?? []) {
    const flight = p.inFlight.length === 0 ? '' : ` in-flight=${p.inFlight.length}`;
    const place = `match=${p.matchIndex} next=${p.nextIndex}${flight}`;
    lines.push(`${id} ${p.mode}${p.probing ? ' waits' : ''} ${place}${describeOwn(p)}`);
  }
  return lines;
}
