// Deployments: versions, repetitions, all or nothing, and deletion.
import { type Key, type LogRecord, makeKey, NO_KEY } from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { file, job, oneTask, processXml, start } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const versions = (answer: LogRecord | undefined): string[] =>
  (answer as LogRecord<'DEPLOYMENT'>).value.processesMetadata.map(
    (each) => `${each.bpmnProcessId} ${each.version}${each.duplicate ? ' again' : ''}`,
  );
const keyOf = (answer: LogRecord | undefined, at = 0): Key =>
  (answer as LogRecord<'DEPLOYMENT'>).value.processesMetadata[at]?.processDefinitionKey as Key;
const remove = (key: Key) =>
  s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, { resourceKey: key, tenantId: '<default>' });

const model = (id: string, type: string) => oneTask(id, { type });

describe('versions', () => {
  test('other content is a new version, the same is the old one', () => {
    s = new Scenario();
    const first = s.deploy(['p.bpmn', model('p', 'a')]);
    expect(versions(first)).toEqual(['p 1']);
    const again = s.deploy(['p.bpmn', model('p', 'a')]);
    expect(versions(again)).toEqual(['p 1 again']);
    expect(keyOf(again)).toBe(keyOf(first));
    expect(versions(s.deploy(['p.bpmn', model('p', 'b')]))).toEqual(['p 2']);
    expect(versions(s.deploy(['p.bpmn', model('p', 'a')]))).toEqual(['p 3']);
    expect(versions(s.deploy(['other.bpmn', model('p', 'a')]))).toEqual(['p 4']);
  });

  test('one changed file makes all new', () => {
    s = new Scenario();
    s.deploy(['p.bpmn', model('p', 'a')], ['q.bpmn', model('q', 'a')]);
    expect(versions(s.deploy(['p.bpmn', model('p', 'a')], ['q.bpmn', model('q', 'b')]))).toEqual([
      'p 2',
      'q 2',
    ]);
    expect(versions(s.deploy(['q.bpmn', model('q', 'b')]))).toEqual(['q 2 again']);
  });
});

describe('a refused deployment', () => {
  test('leaves nothing behind, not even keys', () => {
    s = new Scenario();
    const before = s.dump();
    const answer = s.deploy(['good.bpmn', model('p', 'a')], ['bad.bpmn', '<definitions>']);
    expect(outcome(answer)).toMatch(/^INVALID_ARGUMENT: [\s\S]*'bad\.bpmn'/);
    expect(s.deploy(['good.bpmn', model('p', 'a')])?.key).toBe(makeKey(1, 1));
    expect(before).toEqual([]);
    expect(s.records.filter((r) => r.valueType === 'PROCESS')).toHaveLength(1);
  });

  test.each([
    ['no files', [], 'Expected to deploy at least one resource, but none given'],
    ['an unknown kind of file', [['p.txt', 'x']], 'unknown resource type'],
    [
      'one process id in two files',
      [
        ['a.bpmn', oneTask()],
        ['b.bpmn', oneTask()],
      ],
      'p',
    ],
  ] as const)('%s', (_, files, why) => {
    s = new Scenario();
    const answer = s.deploy(...(files as unknown as [string, string][]));
    expect(answer?.rejectionType).toBe('INVALID_ARGUMENT');
    expect(answer?.rejectionReason).toContain(why);
  });
});

describe('deletion', () => {
  test('the one before becomes the latest; its number never comes again', () => {
    s = new Scenario();
    s.deploy(['p.bpmn', model('p', 'a')]);
    const second = keyOf(s.deploy(['p.bpmn', model('p', 'b')]));
    expect(outcome(remove(second))).toBe('DELETING');
    s.create('p');
    expect(s.activate('a')).toHaveLength(1);
    expect(versions(s.deploy(['p.bpmn', model('p', 'a')]))).toEqual(['p 3']);
  });

  test('a version in the middle; the last one of all', () => {
    s = new Scenario();
    const keys = ['a', 'b', 'c'].map((type) => keyOf(s.deploy(['p.bpmn', model('p', type)])));
    remove(keys[1] as Key);
    remove(keys[2] as Key);
    s.create('p');
    s.work('a');
    remove(keys[0] as Key);
    expect(outcome(s.createWith({ bpmnProcessId: 'p' }))).toContain('none found');
    expect(versions(s.deploy(['p.bpmn', model('p', 'a')]))).toEqual(['p 4']);
  });

  test('is refused while instances run, and for what is not there', () => {
    s = new Scenario();
    const key = keyOf(s.deploy(['p.bpmn', model('p', 'a')]));
    s.create('p');
    expect(outcome(remove(key))).toContain('but there are still running instances');
    s.cancelInstance();
    expect(outcome(remove(key))).toBe('DELETING');
    expect(outcome(remove(key))).toContain(
      'NOT_FOUND: Expected to delete resource but no resource found',
    );
  });
});

test('two processes of one file have versions of their own', () => {
  s = new Scenario();
  const both = file(
    processXml('p', [start('s1'), job('a1')], 's1 -> a1'),
    processXml('q', [start('s2'), job('a2')], 's2 -> a2'),
  );
  expect(versions(s.deploy(['both.bpmn', both]))).toEqual(['p 1', 'q 1']);
  expect(versions(s.deploy(['p.bpmn', oneTask('q')]))).toEqual(['q 2']);
  s.create('p');
  expect(s.activate('a1')).toHaveLength(1);
});
