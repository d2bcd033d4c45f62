// The limits of models and instances: what is large works, and what is too large has a clear answer. Their rows are in
// docs/compatibility.md.
import { Document, type LogRecord, MESSAGE_BYTES_MAX } from '@millrace/protocol';
import { expect, test } from 'vitest';
import { CALL_DEPTH_MAX } from '../../broker/src/core/engine/steps/called-process.ts';
import { after, leave } from './event-models.ts';
import { bpmn, end, job, type ModelNode, node, oneTask, pass, start, sub, xor } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

/** CPU time of this process, so that a busy machine does not count, ms. */
function cpuMs(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Of one turn, compiling and collecting garbage included. */
const TURN_CPU_MS_MAX = 500;

const text = (bytes: number): string => `"${'x'.repeat(bytes)}"`;

test('a loop that never waits is refused; with a job on its way it is deployed', () => {
  const loop = (work: ModelNode) =>
    bpmn(
      'p',
      [start(), xor('in'), work, xor('out'), end()],
      'start -> in -> work -> out; out -> in ? =again; out -> end ? else',
    );
  const s = new Scenario();
  expect(outcome(s.deploy(['p.bpmn', loop(pass('work'))]))).toContain(
    'Processes are not allowed to contain a straight-through processing loop: ',
  );
  expect(outcome(s.deploy(['p.bpmn', loop(job('work'))]))).toBe('CREATED');
});

/** Sub-processes in one another around a task. */
function nested(levels: number): string {
  let inside: ModelNode = job('work');
  for (let i = levels; i >= 1; i--)
    inside = sub(`s${i}`, [start(`i${i}`), inside, end(`e${i}`)], `i${i} -> ${inside.id} -> e${i}`);
  return bpmn('p', [start(), inside, end()], `start -> ${inside.id} -> end`);
}

test('200 sub-processes in one another run to their end, and are cancelled', () => {
  const s = new Scenario();
  s.deployModel(nested(200));
  s.create('p');
  s.work('work');
  expect(s.isEnded).toBe(true);
  s.create('p');
  s.cancelInstance();
  expect(s.leftovers()).toEqual([]);
  s.verify();
});

test('deeper than the limit of a file is refused', () => {
  expect(outcome(new Scenario().deploy(['p.bpmn', nested(600)]))).toContain(
    'Elements are nested deeper than 500 levels.',
  );
});

test('a process that calls itself stops at an incident, and can be cancelled', () => {
  const s = new Scenario({ flushEvery: 0 });
  const call = node('callActivity', 'call', {
    extensions: '<zeebe:calledElement processId="=p"/>',
  });
  s.deployModel(bpmn('p', [start(), call, end()], 'start -> call -> end'));
  s.create('p', '{"p":"p"}');
  expect(s.incident.value.errorType).toBe('CALLED_ELEMENT_ERROR');
  expect(s.incident.value.errorMessage).toContain(
    `Expected at most ${CALL_DEPTH_MAX} call activities above one another`,
  );
  s.cancelInstance();
  expect(s.leftovers()).toEqual([]);
});

test('a multi-instance over 100,000 elements completes in short turns and bounded memory', () => {
  const most = { cpuMs: 0, entryBytes: 0, memoryBytes: 0 };
  let before = process.cpuUsage();
  const s: Scenario = new Scenario({
    flushEvery: 50,
    forgets: true,
    onTurn(_, entryBytes) {
      const { user, system } = process.cpuUsage(before);
      before = process.cpuUsage();
      most.cpuMs = Math.max(most.cpuMs, (user + system) / 1000);
      most.entryBytes = Math.max(most.entryBytes, entryBytes);
      const { cacheBytes, committedBytes } = s.db.sizes();
      most.memoryBytes = Math.max(most.memoryBytes, cacheBytes + committedBytes);
    },
  });
  const marker =
    '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=items"' +
    ' inputElement="item" outputCollection="all" outputElement="=item"/></extensionElements></multiInstanceLoopCharacteristics>';
  const nodes = [start(), { ...pass('each'), inside: marker }, end()];
  s.deployModel(bpmn('p', nodes, 'start -> each -> end'));
  const items = Array.from({ length: 100_000 }, (_, i) => i);
  const variables = new Document(JSON.stringify({ items }));
  s.createWith({ bpmnProcessId: 'p', variables });
  expect(s.leftovers()).toEqual([]);
  expect(most.entryBytes).toBeLessThan(MESSAGE_BYTES_MAX);
  expect(most.memoryBytes).toBeLessThan(32 * 1024 * 1024);
  expect(most.cpuMs).toBeLessThan(TURN_CPU_MS_MAX);
}, 300_000);

const boundaries = (count: number): string => {
  const events = Array.from({ length: count }, (_, i) => leave(`b${i}`, 'work', after('PT1H')));
  const flows = events.map(({ id }) => `${id} -> other`).join(';');
  const nodes = [start(), job('work'), ...events, end(), end('other')];
  return bpmn('p', nodes, `start -> work -> end;${flows}`);
};

test('10,000 boundary events of one task are waited for, and go with it', () => {
  const s = new Scenario({ flushEvery: 1 });
  expect(outcome(s.deploy(['p.bpmn', boundaries(30_000)]))).toMatch(/^EXCEEDED_BATCH_RECORD_SIZE/);
  s.deployModel(boundaries(10_000));
  s.create('p');
  expect(s.records.filter((r) => r.valueType === 'TIMER' && r.intent === 'CREATED')).toHaveLength(
    10_000,
  );
  s.work('work');
  expect(s.isEnded).toBe(true);
  s.create('p');
  s.advance(3_600_000);
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
}, 60_000);

test('a thousand elements compile in less than a second', () => {
  const tasks = Array.from({ length: 1_000 }, (_, i) => job(`t${i}`));
  const xml = bpmn(
    'p',
    [start(), ...tasks, end()],
    `start -> ${tasks.map(({ id }) => id).join(' -> ')} -> end`,
  );
  const s = new Scenario();
  expect(cpuMs(() => s.deployModel(xml))).toBeLessThan(1_000);
});

test('variables of nearly 2 MB go through a job; what a message does not hold is refused', () => {
  const s = new Scenario({ flushEvery: 1 });
  s.deployModel(oneTask());
  s.create('p');
  const large = `{"large":${text(MESSAGE_BYTES_MAX / 2 - 100_000)}}`;
  expect(outcome(s.complete(s.take('work'), large))).toBe('COMPLETED');
  expect(s.isEnded).toBe(true);
  expect(outcome(s.createWith({ bpmnProcessId: 'p', variables: new Document(large) }))).toBe(
    'CREATED',
  );
  const tooLarge = new Document(`{"large":${text(MESSAGE_BYTES_MAX)}}`);
  expect(outcome(s.createWith({ bpmnProcessId: 'p', variables: tooLarge }))).toBe(
    `EXCEEDED_BATCH_RECORD_SIZE: Expected the records of the command to take at most ${MESSAGE_BYTES_MAX} bytes, but they take more. Use smaller variables.`,
  );
});

test('jobs that do not fit into one message come in several', () => {
  const s = new Scenario({ flushEvery: 1 });
  s.deployModel(oneTask());
  for (let i = 0; i < 5; i++) s.create('p', `{"large":${text(MESSAGE_BYTES_MAX / 3)}}`);
  const batches = [s.activate('work'), s.activate('work'), s.activate('work')];
  expect(batches.map(({ length }) => length)).toEqual([2, 2, 1]);
});

test('a job that is larger than a message becomes an incident', () => {
  const s = new Scenario({ flushEvery: 1 });
  s.deployModel(oneTask());
  s.create('p', `{"a":${text(MESSAGE_BYTES_MAX / 2.5)}}`);
  s.set(`{"b":${text(MESSAGE_BYTES_MAX / 2.5)}}`);
  s.set(`{"c":${text(MESSAGE_BYTES_MAX / 2.5)}}`);
  expect(s.activate('work')).toEqual([]);
  expect(s.incident.value.errorType).toBe('MESSAGE_SIZE_EXCEEDED');
});

test('an instance whose result is larger than a message completes; the gateway says what is wrong', () => {
  const s = new Scenario({ flushEvery: 1 });
  s.deployModel(oneTask());
  s.create('p', `{"a":${text(MESSAGE_BYTES_MAX / 2.5)}}`, true);
  s.set(`{"b":${text(MESSAGE_BYTES_MAX / 2.5)}}`);
  s.set(`{"c":${text(MESSAGE_BYTES_MAX / 2.5)}}`);
  const [key] = s.records.filter((r): r is LogRecord<'JOB'> => r.valueType === 'JOB');
  s.complete(key!.key);
  const answers = s.effects.flatMap((effect) => (effect.kind === 'answer' ? [effect.record] : []));
  expect(answers.map((record) => `${record.valueType} ${outcome(record)}`)).toEqual([
    'JOB COMPLETED',
    'PROCESS_INSTANCE_RESULT COMPLETED',
  ]);
  expect(s.leftovers()).toEqual([]);
});
