// How long the history of a definition is worth keeping: told by a record of our own, on every partition.
import { type LogRecord, NO_KEY, recordJson } from '@millrace/protocol';
import { afterEach, expect, test } from 'vitest';
import { bpmn, job, oneTask, start } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const kept = (value: string): string =>
  bpmn('p', [start(), job('a')], 'start -> a').replace(
    '<process id="p" isExecutable="true">',
    `<process id="p" isExecutable="true"><extensionElements><zeebe:properties><zeebe:property name="historyTimeToLive" value="${value}"/></zeebe:properties></extensionElements>`,
  );

const declared = () => s.records.filter((r) => r.valueType === 'HISTORY') as LogRecord<'HISTORY'>[];

test('a definition that says it declares it beside its PROCESS record, and it is in the state', () => {
  s = new Scenario();
  s.deployModel(kept('90'));
  const { key, position } = s.last('PROCESS', 'CREATED');
  const [record, ...more] = declared();
  expect(more).toEqual([]);
  expect(record).toMatchObject({
    key,
    position: position + 1,
    value: { processDefinitionKey: key, bpmnProcessId: 'p', version: 1, timeToLive: 'P90D' },
  });
  expect(s.engine.state.processes.historyTimeToLive(key)).toBe('P90D');
  expect(JSON.parse(recordJson(record as LogRecord, 1))).toMatchObject({
    valueType: 'HISTORY',
    intent: 'DECLARED',
    value: { bpmnProcessId: 'p', timeToLive: 'P90D', tenantId: '<default>' },
  });
});

test('one that says nothing declares nothing, and neither does the same file again', () => {
  s = new Scenario();
  s.deployModel(oneTask('q'), 'q.bpmn');
  expect(declared()).toEqual([]);
  s.deployModel(kept('P1Y'));
  s.deployModel(kept('P1Y'));
  s.deployModel(kept('P2Y'));
  expect(declared().map(({ value }) => `${value.version} ${value.timeToLive}`)).toEqual([
    '1 P1Y',
    '2 P2Y',
  ]);
});

test('one that cannot be read is refused', () => {
  s = new Scenario();
  expect(outcome(s.deploy(['p.bpmn', kept('for ever')]))).toContain(
    "'historyTimeToLive' must be a number of days or a duration such as P30D, but was 'for ever'",
  );
});

test('a deletion takes it out of the state', () => {
  s = new Scenario();
  s.deployModel(kept('30'));
  const { key } = s.last('PROCESS', 'CREATED');
  s.run('RESOURCE_DELETION', 'DELETE', NO_KEY, { resourceKey: key, tenantId: '<default>' });
  expect(s.engine.state.processes.historyTimeToLive(key)).toBeUndefined();
});
