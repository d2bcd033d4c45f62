// One text form of events, effects and state, for logs and for text scenarios.
// Guarantees: one line per fact, stable order, nothing left out that a reader of a scenario needs.
// Leaves to others: nothing; it only reads.
import type { DurableWrite, RaftEffects } from './effects.ts';
import type { RaftEvent } from './events.ts';
import type { EntryHead, Envelope, RaftMessage } from './messages.ts';
import type { RaftState } from './state.ts';

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
  for (const ready of effects.readsReady) lines.push(`read-ready id=${ready.id} at=${ready.index}`);
  for (const { request, id, reason } of effects.refused) {
    lines.push(`refused ${request}${id === 0 ? '' : ` id=${id}`} ${reason}`);
  }
  return lines.length === 0 ? ['ok'] : lines;
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
  return `${head.index}/${head.term} kind=${head.kind} bytes=${head.bytes}`;
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
