// Chains that are longer or larger than one batch: pending commands, and the limit in bytes.
import { Document, EMPTY_JOB, MESSAGE_BYTES_MAX } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { and, bpmn, end, job, oneTask, pass, start, sub } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const many = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i + 1}`);

describe('more than a hundred commands', () => {
  test('the rest waits in the log, in order, and runs before anything else', () => {
    const ends = many(120, 'e');
    s = Scenario.of(
      [start(), and('f'), ...ends.map((id) => end(id))],
      `start -> f;${ends.map((id) => `f -> ${id}`).join(';')}`,
    );
    const commands = s.records.filter((r) => r.recordType === 'COMMAND').slice(1);
    const unprocessed = commands.filter((r) => !r.processed);
    expect(unprocessed[0]?.intent).toBe('ACTIVATE_ELEMENT');
    expect(commands.indexOf(unprocessed[0] as never)).toBe(100);
    // What a pending command leads to names its position.
    for (const command of unprocessed) {
      expect(s.records.some((r) => r.sourcePosition === command.position)).toBe(true);
    }
    const completed = s.story.filter((line) => /COMPLETED e\d/.test(line));
    // As in the reference: a pending command runs with all that it leads to.
    const pending = ends.slice(0, 25).toReversed();
    expect(completed.map((line) => line.split(' ')[1])).toEqual([
      ...pending,
      ...ends.slice(25).toReversed(),
    ]);
    expect(s.isEnded).toBe(true);
  });

  test('a long chain of tasks that never wait', () => {
    const tasks = many(260, 't');
    s = Scenario.of(
      [start(), ...tasks.map((id) => pass(id)), end()],
      `start -> ${tasks.join(' -> ')} -> end`,
      { flushEvery: 1 },
    );
    expect(s.isEnded).toBe(true);
  });

  test('a fork that many paths leave and one join waits for', () => {
    const tasks = many(150, 't');
    s = Scenario.of(
      [start(), and('f'), ...tasks.map((id) => pass(id)), and('j'), end()],
      `start -> f;${tasks.map((id) => `f -> ${id} -> j`).join(';')};j -> end`,
    );
    expect(s.life('j')).toBe('ACTING ACTED COMPING COMPED');
    expect(s.isEnded).toBe(true);
  });

  test('a cancellation in the middle of it', () => {
    const tasks = many(150, 't');
    const box = sub(
      'box',
      [start('in'), and('f'), ...tasks.map((id) => job(id, { type: 'w' }))],
      `in -> f;${tasks.map((id) => `f -> ${id}`).join(';')}`,
    );
    s = Scenario.of([start(), box, end()], 'start -> box -> end', { flushEvery: 1 });
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
  });
});

const megabytes = (count: number) => 'x'.repeat(count * 1024 * 1024);

describe('more than four megabytes', () => {
  test('a chain is cut into smaller ones', () => {
    const tasks = many(10, 't');
    const nodes = tasks.map((id) => job(id, { inputs: { copy: '=big' } }));
    s = new Scenario();
    s.deployModel(
      bpmn(
        'p',
        [start(), and('f'), ...nodes],
        `start -> f;${tasks.map((id) => `f -> ${id}`).join(';')}`,
      ),
    );
    s.create('p', `{"big":"${megabytes(0.5)}"}`);
    for (const id of tasks) expect(s.life(id)).toBe('ACTING ACTED');
    expect(s.records.some((r) => r.rejectionType === 'EXCEEDED_BATCH_RECORD_SIZE')).toBe(false);
  });

  test('a result of nearly two megabytes is taken', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    s.create('p');
    expect(outcome(s.complete(s.take('work'), `{"big":"${megabytes(1.9)}"}`))).toBe('COMPLETED');
    expect(s.isEnded).toBe(true);
  });

  test('a command that is too large by itself is refused and changes nothing', () => {
    s = new Scenario({ flushEvery: 0 });
    s.deployModel(oneTask());
    s.create('p');
    const key = s.take('work');
    const before = s.dump().length;
    const answer = s.run('JOB', 'COMPLETE', key, {
      ...EMPTY_JOB,
      variables: new Document(`{"big":"${megabytes(3)}"}`),
    });
    expect(outcome(answer)).toContain(
      `EXCEEDED_BATCH_RECORD_SIZE: Expected the records of the command to take at most ${MESSAGE_BYTES_MAX} bytes`,
    );
    expect(s.dump()).toHaveLength(before);
    expect(outcome(s.complete(key))).toBe('COMPLETED');
  });

  test('half a million names are refused before they cost much', () => {
    s = new Scenario();
    s.deployModel(oneTask());
    const names = Array.from({ length: 400_000 }, (_, i) => `"${i.toString(36)}":1`);
    const answer = s.createWith({
      bpmnProcessId: 'p',
      variables: new Document(`{${names.join(',')}}`),
    });
    expect(outcome(answer)).toContain('EXCEEDED_BATCH_RECORD_SIZE');
    expect(s.records.length).toBeLessThan(10);
  });

  test('an element that writes too much waits in an incident; smaller variables help', () => {
    const work = job('work', { inputs: { all: '=[big, big, big, big, big]' } });
    s = Scenario.of([start(), work], 'start -> work', { variables: `{"big":"${megabytes(1)}"}` });
    expect(s.incident.value).toMatchObject({
      errorType: 'MESSAGE_SIZE_EXCEEDED',
      elementId: 'work',
    });
    expect(s.life('work')).toBe('ACTING');
    expect(outcome(s.resolve())).toContain('EXCEEDED_BATCH_RECORD_SIZE');
    s.set('{"big":1}');
    expect(outcome(s.resolve())).toBe('RESOLVED');
    expect(s.life('work')).toBe('ACTING ACTED');
    s.work('work');
    expect(s.isEnded).toBe(true);
  });

  test('the same when it completes', () => {
    const work = job('work', { outputs: { all: '=[big, big, big, big, big]' } });
    s = Scenario.of([start(), work], 'start -> work', { variables: `{"big":"${megabytes(1)}"}` });
    s.work('work');
    expect(s.life('work')).toBe('ACTING ACTED COMPING');
    expect(s.incident.value.errorType).toBe('MESSAGE_SIZE_EXCEEDED');
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
  });
});
