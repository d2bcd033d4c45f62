// Migrating instances: what the recorded scenarios do not show, first of all the message's side on another partition.
import {
  type Key,
  type LogRecord,
  NO_OPERATION,
  NO_REQUEST,
  partitionOf,
} from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import type { Effect } from '../../broker/src/core/engine/effects.ts';
import { broadcast, handler, onSignal, signal } from './event-models.ts';
import { completions, leaveOn, message, noteOn, publish } from './message-models.ts';
import { bpmn, end, job, type ModelNode, node, start } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

const engines: Scenario[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.verify();
});

const open = (partitionId = 1, partitionCount = 1): Scenario => {
  const engine = new Scenario({ partitionId, partitionCount, flushEvery: 2 });
  engines.push(engine);
  return engine;
};

function migrate(
  s: Scenario,
  target: Key,
  mappings: Readonly<Record<string, string>>,
  processInstanceKey = s.instanceKey,
): string {
  const answer = s.run('PROCESS_INSTANCE_MIGRATION', 'MIGRATE', processInstanceKey, {
    processInstanceKey,
    targetProcessDefinitionKey: target,
    mappingInstructions: Object.entries(mappings).map(([sourceElementId, targetElementId]) => ({
      sourceElementId,
      targetElementId,
    })),
  });
  return outcome(answer);
}

const definition = (s: Scenario): Key => s.last('PROCESS', 'CREATED').key;
const one = (id: string, work: ModelNode, ...more: readonly ModelNode[]) =>
  bpmn(id, [start(), work, ...more, end()], `start -> ${work.id} -> end`);

describe('one partition', () => {
  test('a single element is no instance', () => {
    const s = open();
    s.deployModel(one('p', job('a')));
    s.create('p');
    s.deployModel(one('q', job('b')), 'q.bpmn');
    expect(migrate(s, definition(s), { a: 'b' }, s.keyOf('a'))).toContain('NOT_FOUND');
  });

  test('what was compensable stays so', () => {
    const undo = node(
      'boundaryEvent',
      'undo',
      {},
      '<compensateEventDefinition/>',
      ' attachedToRef="a"',
    );
    const handler = node('serviceTask', 'undoing', {
      extensions: '<zeebe:taskDefinition type="undoing"/>',
    });
    const model = (id: string, handlerId: string, later: string) =>
      bpmn(
        id,
        [
          start(),
          job('a'),
          undo,
          { ...handler, id: handlerId, attributes: ' isForCompensation="true"' },
          job(later),
          node('endEvent', 'end', {}, '<compensateEventDefinition/>'),
        ],
        `start -> a -> ${later} -> end`,
      ).replace(
        '</process>',
        `<association id="as" sourceRef="undo" targetRef="${handlerId}"/></process>`,
      );
    const s = open();
    s.deployModel(model('p', 'undoing', 'b'));
    s.create('p');
    s.work('a');
    s.deployModel(model('q', 'other', 'c'), 'q.bpmn');
    expect(migrate(s, definition(s), { b: 'c' })).toContain('can be compensated');
    s.deployModel(model('r', 'undoing', 'd'), 'r.bpmn');
    expect(migrate(s, definition(s), { b: 'd' })).toBe('MIGRATED');
    s.work('b');
    s.work('undoing');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('a completed job whose result cannot be mapped is mapped by the target', () => {
    const s = open();
    s.deployModel(one('p', job('a', { outputs: { y: '=assert(x, x != null)' } })));
    s.create('p');
    s.work('a', '{"z":1}');
    s.deployModel(one('q', job('b', { outputs: { w: '=z' } })), 'q.bpmn');
    expect(migrate(s, definition(s), { a: 'b' })).toBe('MIGRATED');
    s.resolve();
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

test('an event sub-process goes on interrupting its scope under its new id', () => {
  const model = (id: string, handlerId: string) =>
    bpmn(
      id,
      [
        start(),
        job('a'),
        end(),
        handler(
          handlerId,
          onSignal('alarm'),
          [job(`${handlerId}Work`), end(`${handlerId}End`)],
          `${handlerId}Work -> ${handlerId}End`,
        ),
      ],
      'start -> a -> end',
      signal('alarm'),
    );
  const s = open();
  s.deployModel(model('p', 'h'));
  s.create('p');
  broadcast(s, 'alarm');
  s.deployModel(model('q', 'k'), 'q.bpmn');
  expect(migrate(s, definition(s), { h: 'k', hWork: 'kWork' })).toBe('MIGRATED');
  s.work('hWork');
  expect(s.isEnded).toBe(true);
});

describe('the message lives on another partition', () => {
  const guarded = (id: string, task: string, event: string, isInterrupting: boolean) =>
    bpmn(
      id,
      [
        start(),
        job(task),
        (isInterrupting ? leaveOn : noteOn)(event, task, 'message-m'),
        end(),
        end(`${event}End`),
      ],
      `start -> ${task} -> end; ${event} -> ${event}End`,
      message('m', '=key'),
    );

  /** What an engine has sent before its next command. */
  const kept: Effect[] = [];

  /** Two engines; letters are delivered as they were sent, twice. */
  function settle(): void {
    for (let moved = true; moved; ) {
      moved = false;
      for (const from of engines) {
        for (const effect of [...kept.splice(0), ...from.effects.splice(0)]) {
          if (effect.kind !== 'send' && effect.kind !== 'send-once') continue;
          moved = true;
          deliver(effect.partitionId, effect.record);
          deliver(effect.partitionId, effect.record);
        }
      }
    }
  }

  function deliver(to: number, record: LogRecord): void {
    engines[to - 1]?.perform({
      valueType: record.valueType,
      intent: record.intent,
      key: record.key,
      value: record.value,
      requestId: NO_REQUEST,
      operationReference: NO_OPERATION,
      streamId: 0,
      pendingPosition: -1,
    });
  }

  test('it learns of the migration, and a second one waits for the first', () => {
    const s = open(1, 2);
    const other = open(2, 2);
    for (const [id, task, event] of [
      ['p', 'a', 'am'],
      ['q', 'b', 'bm'],
      ['r', 'c', 'cm'],
    ] as const) {
      s.deployModel(guarded(id, task, event, id === 'p'), `${id}.bpmn`);
      settle();
    }
    const keys = s.records.filter((r) => r.valueType === 'PROCESS').map((r) => r.key);
    const key = ['a', 'b', 'c', 'd', 'e'].find((text) => {
      s.create('p', JSON.stringify({ key: text }));
      const { value } = s.last('PROCESS_MESSAGE_SUBSCRIPTION', 'CREATING');
      return value.subscriptionPartitionId === 2;
    });
    settle();
    expect(migrate(s, keys[1] as Key, { a: 'b', am: 'bm' })).toBe('MIGRATED');
    kept.push(...s.effects.splice(0));
    expect(migrate(s, keys[2] as Key, { b: 'c', bm: 'cm' })).toContain(
      'pending message subscription',
    );
    settle();
    const told = other.last('MESSAGE_SUBSCRIPTION', 'MIGRATED').value;
    expect([told.bpmnProcessId, told.interrupting]).toEqual(['q', false]);
    expect(migrate(s, keys[2] as Key, { b: 'c', bm: 'cm' })).toBe('MIGRATED');
    settle();
    for (let i = 0; i < 2; i++) {
      publish(other, 'm', key as string);
      settle();
    }
    expect(completions(engines, 'cm')).toHaveLength(2);
    expect(partitionOf(told.elementInstanceKey)).toBe(1);
    s.work('a');
    settle();
    expect(s.isEnded).toBe(true);
  });
});
