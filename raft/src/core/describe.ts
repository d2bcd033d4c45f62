// One text form of events, effects and state, for logs and for text scenarios.
// Guarantees: one line per fact, stable order, nothing left out that a reader of a scenario needs.
// Leaves to others: nothing; it only reads.
import type { DurableWrite, RaftEffects } from './effects.ts';
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

function describeWrite(write: DurableWrite): string[] {
  const lines: string[] = [];
  if (write.vote !== null) {
    lines.push(`persist vote term=${write.vote.term} for=${write.vote.votedFor ?? '-'}`);
  }
  if (write.truncateAfter !== null) lines.push(`persist truncate-after=${write.truncateAfter}`);
  for (const head of write.entries) lines.push(`persist entry ${describeHead(head)}`);
  return lines;
}

function describeHead(head: EntryHead): string {
  const lists = head.configuration === undefined ? '' : ` ${describeLists(head.configuration)}`;
  return `${head.index}/${head.term} kind=${head.kind} bytes=${head.bytes}${lists}`;
}

function describeEnvelope(envelope: Envelope): string {
  return `to=${envelope.to} ${describeMessage(envelope.message)}`;
}

/** A message in one line: its kind, then its fields by name. */
export function describeMessage(message: RaftMessage): string {
  return describeFields(message);
}

/** An event in one line: its kind, then its fields by name. */
export function describeEvent(event: RaftEvent): string {
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
