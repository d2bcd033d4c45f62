// Runs the text scenarios: each command and, below the dashes, what it must give. UPDATE=1 rewrites the files; the
// difference is to be reviewed.
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { describeEffects, describeState } from './describe.ts';
import type { RaftEvent } from './events.ts';
import { LogView } from './log-view.ts';
import { createRaftState, type RaftState } from './state.ts';
import { step } from './step.ts';

const folder = path.join(import.meta.dirname, 'scenarios');

type Fields = Record<string, unknown>;

function fieldsOf(words: readonly string[]): Fields {
  const fields: Fields = {};
  for (const word of words) {
    const [name, text] = [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)];
    fields[name] = /^[\d[{]/.test(text) && !text.includes(',') ? JSON.parse(text) : parseList(text);
  }
  return fields;
}

function parseList(text: string): unknown {
  return /^[[{]/.test(text) ? JSON.parse(text) : text;
}

function numbers(value: unknown): number[] {
  return value === undefined ? [] : String(value).split(',').map(Number);
}

function newState(fields: Fields): RaftState {
  const log = new LogView(Number(fields.first ?? 1), Number(fields.previousTerm ?? 0));
  for (const term of numbers(fields.log)) log.append(term);
  return createRaftState({
    id: Number(fields.id),
    configurations: [
      {
        index: 0,
        members: numbers(fields.members).map((id) => ({ id, type: 'voter', priority: 1 })),
        oldMembers: null,
      },
    ],
    term: Number(fields.term ?? 0),
    votedFor: fields.votedFor === undefined ? null : Number(fields.votedFor),
    log,
    durableIndex: Number(fields.durable ?? 0),
    commitIndex: Number(fields.commit ?? 0),
  });
}

class Scenario {
  #state: RaftState | null = null;

  run(command: string): string[] {
    const [name = '', ...words] = command.split(' ');
    const fields = fieldsOf(words);
    try {
      if (name === 'new') {
        this.#state = newState(fields);
        return [describeState(this.#state)];
      }
      if (this.#state === null) throw new Error('A scenario begins with "new".');
      if (name === 'state') return [describeState(this.#state)];
      return this.#step(name, fields);
    } catch (error) {
      return [`error ${(error as Error).message}`];
    }
  }

  #step(name: string, { times = 1, entropy = 0, kind, ...fields }: Fields): string[] {
    const event = { kind: name, ...(kind === undefined ? {} : { entryKind: kind }), ...fields };
    let lines: string[] = [];
    for (let time = 1; time <= Number(times); time++) {
      const more = describeEffects(
        step(this.#state as RaftState, event as RaftEvent, Number(entropy)),
      );
      if (times === 1) return more;
      if (more.join() !== 'ok') lines = [...lines, ...more.map((line) => `after ${time}: ${line}`)];
    }
    return lines.length === 0 ? ['ok'] : lines;
  }
}

/** The file with what the commands give now. */
function rewritten(text: string): string {
  const scenario = new Scenario();
  const out: string[] = [];
  let isExpectation = false;
  for (const line of text.split('\n')) {
    if (line === '') isExpectation = false;
    if (isExpectation) continue;
    if (line === '----') {
      const command = out.at(-1) as string;
      out.push(line, ...scenario.run(command));
      isExpectation = true;
    } else out.push(line);
  }
  return out.join('\n');
}

it.each(fs.readdirSync(folder))('%s', (name) => {
  const file = path.join(folder, name);
  const before = fs.readFileSync(file, 'utf8');
  const after = rewritten(before);
  if (process.env.UPDATE === '1') fs.writeFileSync(file, after);
  else expect(after).toBe(before);
});
