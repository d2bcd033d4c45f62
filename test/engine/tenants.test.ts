// Tenants: what is deployed, started, published and waited for in one is not seen from another.
import {
  Document,
  deploymentOf,
  type Key,
  type LogRecord,
  makeKey,
  NO_KEY,
  NO_REQUEST,
  type ProcessInstanceCreationValue,
} from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { after, onSignal, signal, startWhen, wait } from './event-models.ts';
import { message, publish, startOn, waitFor } from './message-models.ts';
import { bpmn, end, job, type ModelNode, start } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

function deploy(tenantId: string, xml: string): LogRecord | undefined {
  const files = [{ resourceName: 'p.bpmn', resource: new TextEncoder().encode(xml) }];
  return s.run('DEPLOYMENT', 'CREATE', NO_KEY, deploymentOf(files, tenantId));
}

function create(
  tenantId: string,
  of: Partial<ProcessInstanceCreationValue> = { bpmnProcessId: 'p' },
): LogRecord | undefined {
  return s.run('PROCESS_INSTANCE_CREATION', 'CREATE', NO_KEY, {
    bpmnProcessId: '',
    version: -1,
    processDefinitionKey: NO_KEY,
    processInstanceKey: NO_KEY,
    variables: new Document('{"k":"o-1"}'),
    fetchVariables: [],
    startInstructions: [],
    awaitedBy: NO_REQUEST,
    tenantId,
    ...of,
  });
}

function activate(type: string, ...tenantIds: string[]): readonly Key[] {
  const answer = s.run('JOB_BATCH', 'ACTIVATE', NO_KEY, {
    type,
    worker: 'test',
    timeout: 60_000,
    maxJobsToActivate: 10,
    jobKeys: [],
    jobs: [],
    tenantIds,
    variables: [],
    truncated: false,
  });
  return (answer as LogRecord<'JOB_BATCH'>).value.jobKeys;
}

const oneJob = () => bpmn('p', [start(), job('work'), end()], 'start -> work -> end');
const waiting = (event: ModelNode, rest: string) =>
  bpmn('p', [start(), event, end()], `start -> ${event.id} -> end`, rest);

/** Tenants of the instances that have completed, in order. */
const completedIn = () =>
  s.records
    .filter((r) => r.valueType === 'PROCESS_INSTANCE' && r.intent === 'ELEMENT_COMPLETED')
    .map((r) => (r as LogRecord<'PROCESS_INSTANCE'>).value)
    .filter((value) => value.bpmnElementType === 'PROCESS')
    .map((value) => value.tenantId);

describe('definitions', () => {
  test('count their versions in their tenant', () => {
    s = new Scenario();
    const versions = ['acme', 'acme', '<default>', 'beta'].map((tenantId, i) => {
      const changed = `${oneJob()}<!-- ${i} -->`;
      const { value } = deploy(tenantId, changed) as LogRecord<'DEPLOYMENT'>;
      return value.processesMetadata[0]?.version;
    });
    expect(versions).toEqual([1, 2, 1, 1]);
  });

  test('the same file is a duplicate in its own tenant only', () => {
    s = new Scenario();
    const duplicates = ['acme', 'beta', 'acme'].map((tenantId) => {
      const { value } = deploy(tenantId, oneJob()) as LogRecord<'DEPLOYMENT'>;
      return value.processesMetadata[0]?.duplicate;
    });
    expect(duplicates).toEqual([false, false, true]);
  });

  test('are found by id, version and key from their tenant only', () => {
    s = new Scenario();
    const { value } = deploy('acme', oneJob()) as LogRecord<'DEPLOYMENT'>;
    const processDefinitionKey = value.processesMetadata[0]?.processDefinitionKey ?? NO_KEY;
    const ways = [
      { bpmnProcessId: 'p' },
      { bpmnProcessId: 'p', version: 1 },
      { processDefinitionKey },
    ];
    for (const way of ways) {
      expect(outcome(create('beta', way))).toMatch(/^NOT_FOUND/);
      expect(outcome(create('<default>', way))).toMatch(/^NOT_FOUND/);
      expect(outcome(create('acme', way))).toBe('CREATED');
    }
  });

  test('no id reaches into another tenant', () => {
    s = new Scenario();
    deploy('acme', oneJob());
    const disguised = { bpmnProcessId: 'p\u0000acme' };
    expect(outcome(create('<default>', disguised))).toMatch(/^NOT_FOUND/);
    create('acme');
    expect(activate('work\u0000acme', '<default>')).toEqual([]);
  });
});

describe('jobs', () => {
  test('are handed out in the tenants that are named, each once', () => {
    s = new Scenario();
    for (const tenantId of ['acme', 'beta', '<default>']) {
      deploy(tenantId, oneJob());
      create(tenantId);
    }
    expect(activate('work')).toEqual([]);
    expect(activate('work', 'gamma')).toEqual([]);
    expect(activate('work', 'acme', '<default>', 'acme')).toHaveLength(2);
    expect(activate('work', 'beta')).toHaveLength(1);
    for (const { value } of s.records.filter((r) => r.valueType === 'JOB_BATCH')) {
      const { jobs, tenantIds } = value as LogRecord<'JOB_BATCH'>['value'];
      for (const each of jobs) expect(tenantIds).toContain(each.tenantId);
    }
  });
});

describe('events', () => {
  test('a message reaches those who wait in its tenant, and no id is used up in another', () => {
    s = new Scenario();
    const model = waiting(waitFor('paid'), message('paid', '=k'));
    for (const tenantId of ['acme', '<default>']) {
      deploy(tenantId, model);
      create(tenantId);
    }
    const other = { tenantId: 'beta', messageId: 'id', timeToLive: 60_000 };
    publish(s, 'paid', 'o-1', other);
    expect(completedIn()).toEqual([]);
    publish(s, 'paid', 'o-1', { ...other, tenantId: 'acme' });
    expect(completedIn()).toEqual(['acme']);
    expect(outcome(publish(s, 'paid', 'o-1', { ...other, tenantId: 'acme' }))).toMatch(/^ALREADY/);
    publish(s, 'paid', 'o-1');
    expect(completedIn()).toEqual(['acme', '<default>']);
  });

  test('a message starts instances of its tenant', () => {
    s = new Scenario();
    for (const tenantId of ['acme', 'beta']) {
      deploy(tenantId, bpmn('p', [startOn('paid'), end()], 'paid -> end', message('paid')));
    }
    publish(s, 'paid', '', { tenantId: 'beta' });
    expect(completedIn()).toEqual(['beta']);
  });

  test('a signal reaches start events and those who wait in its tenant', () => {
    s = new Scenario();
    const alarm = signal('alarm');
    for (const tenantId of ['acme', 'beta']) {
      deploy(tenantId, waiting(wait('wait', onSignal('alarm')), alarm));
      create(tenantId);
      const rings = startWhen('rings', onSignal('alarm'));
      deploy(tenantId, bpmn('q', [rings, end()], 'rings -> end', alarm));
    }
    const variables = new Document('{}');
    s.run('SIGNAL', 'BROADCAST', NO_KEY, { signalName: 'alarm', variables, tenantId: 'beta' });
    expect(completedIn()).toEqual(['beta', 'beta']);
  });

  test('a timer starts instances in the tenant of its definition', () => {
    s = new Scenario();
    const later = startWhen('later', after('PT1M'));
    deploy('acme', bpmn('p', [later, end()], 'later -> end'));
    s.advance(60_000);
    expect(completedIn()).toEqual(['acme']);
  });
});

test('an instance and all that belongs to it are in its tenant', () => {
  s = new Scenario();
  deploy('acme', oneJob());
  create('acme');
  const [jobKey = makeKey(1, 1)] = activate('work', 'acme');
  s.fail(jobKey, 0);
  const withTenant = s.records.filter((r) => 'tenantId' in r.value && r.recordType === 'EVENT');
  const tenants = withTenant.map((r) => (r.value as { tenantId: string }).tenantId);
  expect(withTenant.map((r) => r.valueType)).toContain('INCIDENT');
  expect([...new Set(tenants)]).toEqual(['acme']);
});
