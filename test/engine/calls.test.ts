// Call activities: what the recorded scenarios do not show.
import { EMPTY_PROCESS_INSTANCE, type Key, type LogRecord, NO_KEY } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { and, bpmn, end, job, type ModelNode, node, pass, start, stop } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const call = (id: string, processId: string): ModelNode =>
  node('callActivity', id, { extensions: `<zeebe:calledElement processId="${processId}"/>` });

const child = (work: ModelNode = job('work')): string =>
  bpmn('child', [start(), work, end()], `start -> ${work.id} -> end`);

function deploy(...models: readonly string[]): Scenario {
  s = new Scenario();
  for (const [i, xml] of models.entries()) s.deployModel(xml, `${i}.bpmn`);
  return s;
}

const parent = bpmn('p', [start(), call('call', 'child'), end()], 'start -> call -> end');

describe('the version with a tag', () => {
  const tagged = (tag: string, type: string): string =>
    bpmn('child', [start(), job(type), end()], `start -> ${type} -> end`).replace(
      /(<process [^>]*>)/,
      `$1<extensionElements><zeebe:versionTag value="${tag}"/></extensionElements>`,
    );
  const called = 'processId="child" bindingType="versionTag" versionTag="t"';
  const bound = node('callActivity', 'call', { extensions: `<zeebe:calledElement ${called}/>` });
  const caller = bpmn('p', [start(), bound, end()], 'start -> call -> end');

  /** Deploys four versions, deletes some, and calls. */
  function callAfterDeleting(...versions: readonly number[]): readonly string[] {
    s = new Scenario();
    const keys = ['t one', 't two', 'u three', 't four'].map((text) => {
      const [tag = '', type = ''] = text.split(' ');
      s.deployModel(tagged(tag, type), 'child.bpmn');
      return s.last('PROCESS', 'CREATED').key;
    });
    s.deployModel(caller, 'p.bpmn');
    for (const version of versions) {
      const resourceKey = keys[version - 1] as Key;
      s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, { resourceKey, tenantId: '' });
    }
    s.create('p');
    return s.records
      .filter((r) => r.intent === 'CREATED' && /^(?:JOB|INCIDENT)$/.test(r.valueType))
      .map((r) => (r.valueType === 'JOB' ? (r as LogRecord<'JOB'>).value.type : 'incident'));
  }

  test('is the newest one', () => {
    expect(callAfterDeleting()).toEqual(['four']);
  });

  test('is the newest one also when older ones and others are deleted', () => {
    expect(callAfterDeleting(2, 3)).toEqual(['four']);
  });

  test('is the one before when the newest one is deleted', () => {
    expect(callAfterDeleting(4)).toEqual(['two']);
    expect(callAfterDeleting(1, 2, 4)).toEqual(['incident']);
  });
});

test('the version of the same deployment is found among many, with gaps', () => {
  s = new Scenario();
  const work = (i: number) =>
    bpmn('child', [start(), job(`w${i}`), end()], `start -> w${i} -> end`);
  const called = 'processId="child" bindingType="deployment"';
  const bound = node('callActivity', 'call', { extensions: `<zeebe:calledElement ${called}/>` });
  const definitions: Key[] = [];
  for (let i = 1; i <= 20; i++) {
    const caller = bpmn('p', [start(), bound, end()], 'start -> call -> end').replace(
      '"p"',
      `"p${i}"`,
    );
    s.deploy(['child.bpmn', work(i)], ['p.bpmn', caller]);
    const created = s.records.filter((r) => r.valueType === 'PROCESS' && r.intent === 'CREATED');
    definitions.push(created.at(-2)?.key as Key);
  }
  for (const version of [2, 3, 10, 11, 12, 19]) {
    const resourceKey = definitions[version - 1] as Key;
    s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, { resourceKey, tenantId: '' });
  }
  const versions = Array.from({ length: 20 }, (_, i) => {
    s.create(`p${i + 1}`);
    const made = s.records.findLast(
      (r) => r.intent === 'CREATED' && /^(?:JOB|INCIDENT)$/.test(r.valueType),
    );
    return made?.valueType === 'JOB' ? Number((made as LogRecord<'JOB'>).value.type.slice(1)) : 0;
  });
  expect(versions).toEqual([1, 0, 0, 4, 5, 6, 7, 8, 9, 0, 0, 0, 13, 14, 15, 16, 17, 18, 0, 20]);
});

describe('the end of a caller', () => {
  test('takes the called instance along, also when the call has only just begun', () => {
    // The called instance is commanded, then the scope of its caller ends: it must leave nothing behind.
    const nodes = [start(), and('f'), call('call', 'child'), stop(), pass('a')];
    deploy(child(), bpmn('p', nodes, 'start -> f; f -> call; f -> a -> stop'));
    s.create('p', '{"x":1}');
    expect(s.leftovers()).toEqual([]);
  });

  test('a called instance is not cancelled on its own, at any depth', () => {
    deploy(
      child(),
      bpmn('middle', [start(), call('inner', 'child'), end()], 'start -> inner -> end'),
      bpmn('p', [start(), call('call', 'middle'), end()], 'start -> call -> end'),
    );
    s.create('p', '{}');
    const answer = s.run('PROCESS_INSTANCE', 'CANCEL', s.keyOf('child'), EMPTY_PROCESS_INSTANCE);
    expect(outcome(answer)).toMatch(/INVALID_STATE: .*it is created by a parent process instance/);
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });
});

test('a process that calls itself stops at the depth limit, and all of it can be cancelled', () => {
  deploy(bpmn('p', [start(), call('call', '=id'), end()], 'start -> call -> end'));
  s.create('p', '{"id":"p"}');
  expect(s.incident.value.errorType).toBe('CALLED_ELEMENT_ERROR');
  expect(s.incident.value.errorMessage).toMatch(/^Expected at most 1000 call activities/);
  expect(s.incident.value.elementInstancePath).toHaveLength(1001);
  s.cancelInstance();
  expect(s.leftovers()).toEqual([]);
});

test('the variables of a child replace those of its caller, others are left', () => {
  deploy(child(), parent);
  s.create('p', '{"a":1,"b":2}');
  s.complete(s.take('work'), '{"a":7,"c":3}');
  const changed = s.records
    .filter((r) => r.valueType === 'VARIABLE')
    .map((r) => r.value as { name: string; value: string; processInstanceKey: number })
    .filter((value) => value.processInstanceKey === s.instanceKey)
    .map(({ name, value }) => `${name}=${value}`);
  expect(changed.sort()).toEqual(['a=1', 'a=7', 'b=2', 'c=3']);
  expect(s.isEnded).toBe(true);
});
