// Native user tasks with task listeners: jobs before each transition ends, one after the other.
import {
  Document,
  EMPTY_JOB,
  type JobResult,
  type JobValue,
  type Key,
  keyText,
  type LogRecord,
  NO_KEY,
  NO_REQUEST,
  type UserTaskValue,
  withJobResult,
} from '@millrace/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import { broadcast, leave, onSignal, signal } from './event-models.ts';
import { end, start, user } from './models.ts';
import { outcome, Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

type Listener = readonly [event: string, type: string];

const task = (listeners: readonly Listener[], rest = '', retries = '') =>
  user('task', {
    extensions:
      `<zeebe:userTask/>${rest}<zeebe:taskListeners>` +
      listeners
        .map(
          ([event, type]) =>
            `<zeebe:taskListener eventType="${event}" type="${type.replaceAll('"', '&quot;')}"${retries}/>`,
        )
        .join('') +
      '</zeebe:taskListeners>',
  });

const of = (listeners: readonly Listener[], rest?: string, retries?: string) =>
  Scenario.of([start(), task(listeners, rest, retries), end()], 'start -> task -> end');

const EMPTY: UserTaskValue = {
  userTaskKey: NO_KEY,
  assignee: '',
  candidateGroupsList: [],
  candidateUsersList: [],
  dueDate: '',
  followUpDate: '',
  formKey: NO_KEY,
  externalFormReference: '',
  priority: -1,
  variables: new Document('{}'),
  customHeaders: '{}',
  changedAttributes: [],
  action: '',
  creationTimestamp: -1,
  elementId: '',
  elementInstanceKey: NO_KEY,
  bpmnProcessId: '',
  processDefinitionVersion: -1,
  processDefinitionKey: NO_KEY,
  processInstanceKey: NO_KEY,
  tenantId: '<default>',
  awaitedBy: NO_REQUEST,
  deniedReason: '',
};

const taskKey = (): Key => s.last('USER_TASK', 'CREATING').key;
const ask = (
  intent: 'ASSIGN' | 'CLAIM' | 'UPDATE' | 'COMPLETE',
  value: Partial<UserTaskValue> = {},
): LogRecord | undefined => s.run('USER_TASK', intent, taskKey(), { ...EMPTY, ...value });

/** What happened to the task and its listeners. */
const steps = () =>
  s.story
    .filter((line) => /^(USER_TASK|JOB|INCIDENT)\./.test(line))
    .map((line) => line.split(' ')[0]?.replace('USER_TASK.', ''));

const takenJob = (type: string): JobValue => {
  s.take(type);
  return s.last('JOB_BATCH', 'ACTIVATED').value.jobs[0] as JobValue;
};

describe('without listeners', () => {
  test('both events of a transition stand together', () => {
    s = of([]);
    expect(outcome(ask('ASSIGN', { assignee: 'ada' }))).toBe('ASSIGNED');
    expect(outcome(ask('UPDATE', { priority: 7, changedAttributes: ['priority'] }))).toBe(
      'UPDATED',
    );
    expect(outcome(ask('COMPLETE', { variables: new Document('{"x":1}') }))).toBe('COMPLETED');
    expect(steps()).toEqual([
      'CREATING',
      'CREATED',
      'ASSIGNING',
      'ASSIGNED',
      'UPDATING',
      'UPDATED',
      'COMPLETING',
      'COMPLETED',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('completing', () => {
  test('the request is answered after the last listener', () => {
    s = of([
      ['completing', 'first'],
      ['completing', 'second'],
    ]).skip();
    expect(ask('COMPLETE', { variables: new Document('{"x":1}') })).toBeUndefined();
    expect(outcome(ask('COMPLETE'))).toContain('INVALID_STATE: Expected to complete user task');
    expect(outcome(s.work('first'))).toBe('COMPLETED');
    expect(s.last('JOB', 'COMPLETED').value).toMatchObject({
      jobKind: 'TASK_LISTENER',
      jobListenerEventType: 'COMPLETING',
    });
    s.work('second');
    expect(s.effects.filter(({ kind }) => kind === 'answer')).toHaveLength(2);
    expect(s.last('USER_TASK', 'COMPLETED').value.variables.text).toBe('{"x":1}');
    expect(s.since().slice(0, 12)).toEqual([
      'task USER_TASK.COMPLETING',
      'task JOB.CREATED',
      expect.stringContaining('COMPLETE  !INVALID_STATE'),
      'task JOB.COMPLETED',
      'task JOB.CREATED',
      'task JOB.COMPLETED',
      'task USER_TASK.COMPLETED',
      'task PROCESS_EVENT.TRIGGERING',
      'task COMPING',
      'task PROCESS_EVENT.TRIGGERED',
      'x=1 VARIABLE.CREATED',
      'task COMPED',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('variables of a listener are refused', () => {
    s = of([['completing', 'check']]);
    ask('COMPLETE');
    expect(outcome(s.work('check', '{"x":1}'))).toContain('INVALID_ARGUMENT');
    expect(s.isEnded).toBe(false);
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });

  test('an instance that is canceled meanwhile refuses what was asked', () => {
    s = of([['completing', 'check']]);
    ask('COMPLETE');
    s.cancelInstance();
    const answers = s.effects.filter((effect) => effect.kind === 'answer');
    expect(answers.map(({ record }) => `${record.valueType} ${outcome(record)}`)).toEqual([
      'PROCESS_INSTANCE ELEMENT_TERMINATING',
      'USER_TASK INVALID_STATE: The user task was canceled before its listeners were done',
    ]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('creating and assigning', () => {
  test('who is named in the model gets the task after the listeners', () => {
    s = of(
      [
        ['creating', 'prepare'],
        ['assigning', 'ask'],
      ],
      '<zeebe:assignmentDefinition assignee="ada"/>',
    );
    expect(s.life('task')).toBe('ACTING ACTED');
    expect(outcome(ask('COMPLETE'))).toContain("it is in state 'CREATING'");
    s.work('prepare');
    expect(s.last('USER_TASK', 'CREATED').value.assignee).toBe('');
    s.work('ask');
    expect(s.last('USER_TASK', 'ASSIGNED').value.assignee).toBe('ada');
    expect(outcome(ask('COMPLETE'))).toBe('COMPLETED');
    expect(s.leftovers()).toEqual([]);
  });

  test('a claim runs the assigning listeners, whose headers show what will be', () => {
    s = of(
      [['assigning', 'ask']],
      '<zeebe:taskHeaders><zeebe:header key="k" value="v"/></zeebe:taskHeaders>',
    );
    expect(ask('CLAIM', { assignee: 'ada' })).toBeUndefined();
    expect(JSON.parse(takenJob('ask').customHeaders)).toEqual({
      k: 'v',
      'io.camunda.zeebe:action': 'claim',
      'io.camunda.zeebe:assignee': 'ada',
      'io.camunda.zeebe:priority': '50',
      'io.camunda.zeebe:userTaskKey': keyText(taskKey()),
    });
    s.complete(s.last('JOB', 'CREATED').key);
    expect(s.last('USER_TASK', 'ASSIGNED').value.assignee).toBe('ada');
  });
});

test('updating: changed attributes are in the job', () => {
  s = of([['updating', 'check']]);
  const changedAttributes = ['priority', 'candidateUsersList'];
  ask('UPDATE', { priority: 3, candidateUsersList: ['ada', 'bob'], changedAttributes });
  const { changedAttributes: changed, customHeaders } = takenJob('check');
  expect(changed).toEqual(['candidateUsersList', 'priority']);
  expect(JSON.parse(customHeaders)).toMatchObject({
    'io.camunda.zeebe:candidateUsers': '["ada","bob"]',
    'io.camunda.zeebe:changedAttributes': '["candidateUsersList","priority"]',
    'io.camunda.zeebe:priority': '3',
  });
  s.complete(s.last('JOB', 'CREATED').key);
  expect(s.last('USER_TASK', 'UPDATED').value.priority).toBe(3);
});

describe('canceling', () => {
  test('the instance ends after the listeners', () => {
    s = of([
      ['canceling', 'tidy'],
      ['canceling', 'report'],
    ]);
    expect(outcome(s.cancelInstance())).toBe('ELEMENT_TERMINATING');
    expect(s.life('task')).toBe('ACTING ACTED TERMING');
    s.work('tidy');
    expect(s.isEnded).toBe(false);
    s.work('report');
    expect(steps().slice(-3)).toEqual(['JOB.CREATED', 'JOB.COMPLETED', 'CANCELED']);
    expect(s.life('task')).toBe('ACTING ACTED TERMING TERMED');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('an interrupting boundary event begins after the listeners, a job under way is canceled', () => {
    s = Scenario.of(
      [
        start(),
        task([
          ['completing', 'check'],
          ['canceling', 'tidy'],
        ]),
        end(),
        leave('stopped', 'task', onSignal('alarm')),
        end('left'),
      ],
      'start -> task -> end; stopped -> left',
      { rest: signal('alarm') },
    );
    ask('COMPLETE');
    broadcast(s, 'alarm');
    expect(s.life('stopped')).toBe('');
    expect(steps()).toContain('JOB.CANCELED');
    s.work('tidy');
    expect(s.life('left')).toContain('COMPED');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

describe('a result', () => {
  const result = (type: string, said: Partial<JobResult>) =>
    s.run(
      'JOB',
      'COMPLETE',
      s.take(type),
      withJobResult(EMPTY_JOB, { isDenied: false, deniedReason: '', corrections: {}, ...said }),
    );
  const userTaskAnswer = () =>
    s.effects.flatMap((effect) =>
      effect.kind === 'answer' && effect.record.valueType === 'USER_TASK'
        ? [outcome(effect.record)]
        : [],
    );

  test('denies: the task is as it was, and whoever asked is told why', () => {
    s = of([
      ['assigning', 'ask'],
      ['completing', 'check'],
    ]);
    ask('ASSIGN', { assignee: 'ada' });
    result('ask', { isDenied: true, deniedReason: 'on leave' });
    expect(userTaskAnswer()).toEqual([
      "INVALID_STATE: Assignment of the User Task with key 'KEY' was denied by Task Listener. Reason to deny: 'on leave'",
    ]);
    ask('COMPLETE');
    result('check', { isDenied: true, deniedReason: 'no' });
    expect(userTaskAnswer()[0]).toContain('Completion of the User Task');
    expect(s.last('USER_TASK', 'COMPLETION_DENIED').value.assignee).toBe('');
    expect(s.life('task')).toBe('ACTING ACTED');
    ask('COMPLETE');
    result('check', {});
    expect(userTaskAnswer()).toEqual(['COMPLETED']);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('corrects what the task will be, also for the next listener', () => {
    s = of([
      ['updating', 'first'],
      ['updating', 'second'],
    ]);
    ask('UPDATE', { priority: 3, changedAttributes: ['priority'] });
    result('first', { corrections: { assignee: 'bob', priority: 4 } });
    expect(takenJob('second')).toMatchObject({ changedAttributes: ['assignee', 'priority'] });
    s.complete(s.last('JOB', 'CREATED').key);
    expect(s.last('USER_TASK', 'UPDATED').value).toMatchObject({ assignee: 'bob', priority: 4 });
    expect(steps()).toContain('CORRECTED');
  });

  test('that cannot be taken is refused, and the job stays', () => {
    s = of([
      ['creating', 'prepare'],
      ['completing', 'check'],
    ]);
    expect(outcome(result('prepare', { isDenied: true }))).toContain('can be denied');
    s.advance(60_001);
    expect(outcome(result('prepare', { corrections: { priority: 101 } }))).toContain(
      'from 0 to 100',
    );
    s.advance(60_001);
    result('prepare', { corrections: { assignee: 'ada' } });
    expect(s.last('USER_TASK', 'CREATED').value.assignee).toBe('ada');
    ask('COMPLETE');
    const both = { isDenied: true, corrections: { priority: 1 } };
    expect(outcome(result('check', both))).toContain('either denied or corrected');
  });
});

describe('a listener that fails', () => {
  test('works again while it has retries, then there is an incident', () => {
    s = of([['completing', 'check']], '', ' retries="2"');
    ask('COMPLETE');
    s.fail(s.take('check'), 1);
    const key = s.take('check');
    s.fail(key, 0, 0, 'no');
    expect(s.incident.value).toMatchObject({
      errorType: 'TASK_LISTENER_NO_RETRIES',
      errorMessage: 'no',
      jobKey: key,
    });
    s.job('UPDATE_RETRIES', key, { retries: 1 });
    s.resolve();
    s.work('check');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('throws no error', () => {
    s = of([['completing', 'check']]);
    ask('COMPLETE');
    expect(outcome(s.throwError(s.take('check'), 'E'))).toContain('TASK_LISTENER');
  });

  test('by its type: the incident is resolved, and it is tried again', () => {
    s = of([['creating', '=kind']]);
    expect(s.incident.value.errorType).toBe('EXTRACT_VALUE_ERROR');
    expect(s.life('task')).toBe('ACTING ACTED');
    s.set('{"kind":"prepare"}');
    s.resolve();
    s.work('prepare');
    expect(steps()).toContain('CREATED');
    ask('COMPLETE');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('by its type while its task is canceled: an incident if that can be mended, else the end', () => {
    s = Scenario.of(
      [
        start(),
        task([['canceling', '=kind']]),
        end(),
        leave('stopped', 'task', onSignal('alarm')),
        user('later'),
      ],
      'start -> task -> end; stopped -> later',
      { rest: signal('alarm') },
    );
    broadcast(s, 'alarm');
    expect(s.incident.value.errorType).toBe('EXTRACT_VALUE_ERROR');
    s.set('{"kind":"tidy"}');
    s.resolve();
    s.work('tidy');
    expect(s.life('later')).toBe('ACTING ACTED');
    s.create('p');
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
  });
});

describe('an instance that is banned', () => {
  const ban = () =>
    s.run('ERROR', 'BAN', NO_KEY, {
      exceptionMessage: 'Banned by an operator',
      stacktrace: '',
      errorEventPosition: -1,
      processInstanceKey: s.instanceKey,
    });

  test('ends without its canceling listeners', () => {
    s = of([['canceling', 'tidy']]);
    ban();
    expect(outcome(ask('COMPLETE'))).toContain('banned');
    s.cancelInstance();
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('also when it waits for one', () => {
    s = of([['canceling', 'tidy']]);
    s.cancelInstance();
    ban();
    expect(s.activate('tidy')).toEqual([]);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});

test('each round of a multi-instance has its own task and listeners', () => {
  const rounds =
    '<multiInstanceLoopCharacteristics><extensionElements>' +
    '<zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="n"/></extensionElements></multiInstanceLoopCharacteristics>';
  const many = { ...task([['completing', '="check" + string(n)']]), inside: rounds };
  s = Scenario.of([start(), many, end()], 'start -> task -> end');
  const tasks = s.records.flatMap(({ valueType, intent, key }) =>
    valueType === 'USER_TASK' && intent === 'CREATING' ? [key] : [],
  );
  for (const key of tasks) s.run('USER_TASK', 'COMPLETE', key, EMPTY);
  s.work('check2');
  s.work('check1');
  expect(s.isEnded).toBe(true);
  expect(s.leftovers()).toEqual([]);
});
