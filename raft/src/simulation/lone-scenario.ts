// Scenarios of one core by itself: every command but three is an event, given to it as it stands.
// Guarantees: nothing is added; what the disk answers is said by the scenario too.
// Leaves to others: groups (group-scenario.ts).
//
//   new id=1 members=1,2 term=4 votedFor=1 log=1,1,4 durable=3 commit=1 first=1 previousTerm=0
//   state
//   progress
//   <event> name=value ... times=3 entropy=0.5      (values in JSON)
import { describeEffects, describeProgress, describeState } from '../core/describe.ts';
import type { RaftEvent } from '../core/events.ts';
import { LogView } from '../core/log-view.ts';
import { createRaftState, type RaftState } from '../core/state.ts';
import { step } from '../core/step.ts';
import { type Command, numbersOf, type Scenario } from './scenario.ts';

export class LoneScenario implements Scenario {
  #state: RaftState | null = null;

  run({ words, values }: Command): string[] {
    const [name = ''] = words;
    if (name === 'new') this.#state = newState(values);
    if (this.#state === null) throw new Error('A scenario begins with "new".');
    if (name === 'new' || name === 'state') return [describeState(this.#state)];
    if (name === 'progress') return describeProgress(this.#state);
    return stepOf(this.#state, name, values);
  }
}

function newState(values: Readonly<Record<string, string>>): RaftState {
  const log = new LogView(Number(values.first ?? 1), Number(values.previousTerm ?? 0));
  for (const term of numbersOf(values.log)) log.append(term);
  const members = numbersOf(values.members).map((id) => ({
    id,
    type: 'voter' as const,
    priority: 1,
  }));
  return createRaftState({
    id: Number(values.id),
    configurations: [{ index: 0, members, oldMembers: null }],
    term: Number(values.term ?? 0),
    votedFor: values.votedFor === undefined ? null : Number(values.votedFor),
    log,
    durableIndex: Number(values.durable ?? 0),
    commitIndex: Number(values.commit ?? 0),
  });
}

function stepOf(
  state: RaftState,
  name: string,
  { times, entropy, kind, ...fields }: Readonly<Record<string, string>>,
): string[] {
  const event: Record<string, unknown> = { kind: name };
  if (kind !== undefined) event.entryKind = Number(kind);
  for (const [field, text] of Object.entries(fields)) event[field] = parsed(text);
  const lines: string[] = [];
  for (let time = 1; time <= Number(times ?? 1); time++) {
    const more = describeEffects(step(state, event as unknown as RaftEvent, Number(entropy ?? 0)));
    if (times === undefined) return more;
    if (more.join() !== 'ok') lines.push(...more.map((line) => `after ${time}: ${line}`));
  }
  return lines.length === 0 ? ['ok'] : lines;
}

function parsed(text: string): unknown {
  return /^[\d[{]/.test(text) ? JSON.parse(text) : text;
}
