// What the model says about a job: type, retries, headers, assignment, dates; script tasks with an expression.
import {
  deploy,
  deployTask,
  end,
  headers,
  incident,
  job,
  script,
  start,
  tag,
  user,
} from './model.mjs';

/** One task per instance whose attribute comes from the variable `v`; each value in an instance of its own. */
async function each(t, id, parts, values) {
  await deployTask(t, id, parts);
  for (const v of values) await t.create(id, { variables: { v } });
}
const oneUser = (t, id, ext, parts = {}) =>
  deploy(t, id, [start(), user('ask', { ...parts, ext }), end()], 'start -> ask -> end');
const oneScript = (t, id, ...rest) =>
  deploy(t, id, [start(), script('calc', ...rest), end()], 'start -> calc -> end');
const userJobs = (t, options) => t.activate('io.camunda.zeebe:userTask', options);

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'type: from a variable: text, empty, number, list, nothing': (t) =>
    each(t, 'type', { type: '=v' }, ['kind', '', 7, ['a'], null]),
  'type: static number': async (t) => {
    await deployTask(t, 'type-number', { type: '123' });
    await t.create('type-number');
  },
  'type: put right after an incident': async (t) => {
    await deployTask(t, 'type-late', { type: '=v' });
    const instance = await t.create('type-late', { variables: { v: '' } });
    await t.resolve(incident(t));
    await t.setVariables(instance, { v: 'found' });
    await t.resolve(incident(t));
    await t.work('found');
  },
  'type: sees the input mappings of its task': async (t) => {
    await deployTask(t, 'type-input', { type: '=kind', io: { inputs: { kind: '="made"' } } });
    await t.create('type-input');
    await t.work('made');
  },
  'type: with spaces and letters of other scripts': async (t) => {
    await deployTask(t, 'type-text', { type: ' größe 数 ' });
    await t.create('type-text');
    await t.activate(' größe 数 ');
  },
  'retries: from a variable: number, decimal, negative, zero': (t) =>
    each(t, 'retries', { retries: '=v' }, [5, 2.7, -1, 0]),
  'retries: from a variable: text, nothing, list, true': (t) =>
    each(t, 'retries-bad', { retries: '=v' }, ['5', null, [1], true]),
  'retries: static: one, zero, negative, decimal': async (t) => {
    for (const [i, retries] of ['1', '0', '-1', '1.5'].entries()) {
      await deployTask(t, `retries-${i}`, { retries });
      await t.create(`retries-${i}`);
    }
  },
  'retries: static text': async (t) => {
    await deployTask(t, 'retries-text', { retries: 'many' });
    const instance = await t.create('retries-text');
    await t.cancel(instance);
  },
  'retries: type and retries both fail': async (t) => {
    await deployTask(t, 'both-bad', { type: '=a', retries: '=b' });
    const instance = await t.create('both-bad');
    await t.setVariables(instance, { a: 'fine' });
    await t.resolve(incident(t));
    await t.setVariables(instance, { b: 2 });
    await t.resolve(incident(t));
  },
  'kinds: send, script and business rule task as jobs with headers and mappings': async (t) => {
    const parts = { ext: headers(['k', 'v']), io: { inputs: { i: '=1' }, outputs: { o: '=r' } } };
    await deploy(
      t,
      'kinds',
      [
        start(),
        job('n', { ...parts, kind: 'sendTask' }),
        job('s', { ...parts, kind: 'scriptTask' }),
        job('b', { ...parts, kind: 'businessRuleTask' }),
        end(),
      ],
      'start -> n -> s -> b -> end',
    );
    await t.create('kinds');
    for (const type of ['n', 's', 'b']) await t.work(type, { r: type });
  },
  'user task: nothing set': async (t) => {
    await oneUser(t, 'u-plain', '');
    await t.create('u-plain');
    await t.work('io.camunda.zeebe:userTask', { ok: true });
  },
  'user task: input and output mappings': async (t) => {
    await oneUser(t, 'u-io', '', { io: { inputs: { i: '=a' }, outputs: { o: '=i + r' } } });
    await t.create('u-io', { variables: { a: 1 } });
    await t.work('io.camunda.zeebe:userTask', { r: 2 });
  },
  'user task: assignee static, a number, from an expression': async (t) => {
    for (const [i, assignee] of ['ada', '42', '="e" + "ve"', ''].entries()) {
      await oneUser(t, `u-assignee-${i}`, tag('zeebe:assignmentDefinition', { assignee }));
      await t.create(`u-assignee-${i}`);
    }
    await userJobs(t);
  },
  'user task: assignee from a variable: null, number, empty': async (t) => {
    await oneUser(t, 'u-assignee-v', tag('zeebe:assignmentDefinition', { assignee: '=v' }));
    for (const v of [null, 5, '']) await t.create('u-assignee-v', { variables: { v } });
    await userJobs(t);
  },
  'user task: candidates static': async (t) => {
    for (const [i, candidateGroups] of ['a', 'a,b', ' a , b '].entries()) {
      await oneUser(
        t,
        `u-groups-${i}`,
        tag('zeebe:assignmentDefinition', { candidateGroups, candidateUsers: candidateGroups }),
      );
      await t.create(`u-groups-${i}`);
    }
    await userJobs(t);
  },
  'user task: candidates from a variable: list, empty list, numbers, text, null': async (t) => {
    await oneUser(t, 'u-groups-v', tag('zeebe:assignmentDefinition', { candidateGroups: '=v' }));
    for (const v of [['a', 'b'], [], [1, 2], 'a', null])
      await t.create('u-groups-v', { variables: { v } });
    await userJobs(t);
  },
  'user task: due and follow-up date static, with zone, with offset': async (t) => {
    for (const [i, dueDate] of [
      '2026-01-02T03:04:05Z',
      '2026-01-02T03:04:05+02:00',
      '2026-01-02T03:04:05+01:00[Europe/Berlin]',
      '2026-01-02T03:04:05.123Z',
    ].entries()) {
      await oneUser(t, `u-due-${i}`, tag('zeebe:taskSchedule', { dueDate, followUpDate: dueDate }));
      await t.create(`u-due-${i}`);
    }
    await userJobs(t);
  },
  'user task: due date from a variable: text, empty, null, no date, number, local': async (t) => {
    await oneUser(t, 'u-due-v', tag('zeebe:taskSchedule', { dueDate: '=v' }));
    for (const v of ['2026-01-02T03:04:05Z', '', null, 'tomorrow', 5, '2026-01-02T03:04:05'])
      await t.create('u-due-v', { variables: { v } });
    await userJobs(t);
  },
  'user task: form key, and headers beside it': async (t) => {
    await oneUser(t, 'u-form', [
      tag('zeebe:formDefinition', { formKey: 'camunda-forms:bpmn:f' }),
      headers(['color', 'red']),
    ]);
    await t.create('u-form');
    await t.work('io.camunda.zeebe:userTask');
  },
  'user task: assignment put right after an incident': async (t) => {
    await oneUser(t, 'u-late', tag('zeebe:assignmentDefinition', { assignee: '=v' }));
    const instance = await t.create('u-late');
    await t.setVariables(instance, { v: 'ada' });
    await t.resolve(incident(t));
    await t.work('io.camunda.zeebe:userTask');
  },
  'script: number, text, null, list, object': async (t) => {
    for (const [i, expression] of [
      '=1 + 1',
      '="a" + "b"',
      '=null',
      '=[1, "two", null]',
      '={a: {b: 1}}',
    ].entries()) {
      await oneScript(t, `s-${i}`, expression, 'r');
      await t.create(`s-${i}`);
    }
  },
  'script: missing variable gives null, without incident': async (t) => {
    await oneScript(t, 's-missing', '=x + 1', 'r');
    await t.create('s-missing');
  },
  'script: evaluation fails, is resolved': async (t) => {
    await oneScript(t, 's-fails', '=assert(x, x != null)', 'r');
    const instance = await t.create('s-fails');
    await t.resolve(incident(t));
    await t.setVariables(instance, { x: 3 });
    await t.resolve(incident(t));
  },
  'script: result with output mapping stays local': async (t) => {
    await oneScript(t, 's-output', '=2 * 3', 'r', { io: { outputs: { total: '=r + 1' } } });
    await t.create('s-output');
  },
  'script: result with input mapping of the same name': async (t) => {
    await oneScript(t, 's-absorb', '=r + 1', 'r', { io: { inputs: { r: '=1' } } });
    await t.create('s-absorb', { variables: { r: 10 } });
  },
  'script: input mapping fails': async (t) => {
    await oneScript(t, 's-input', '=1', 'r', { io: { inputs: { i: '=assert(x, x != null)' } } });
    await t.create('s-input');
  },
  'script: writes the value that is there already': async (t) => {
    await oneScript(t, 's-same', '=1', 'r');
    await t.create('s-same', { variables: { r: 1 } });
  },
  'script: headers are allowed and mean nothing': async (t) => {
    await oneScript(t, 's-headers', '=1', 'r', { ext: headers(['a', 'b']) });
    await t.create('s-headers');
  },
};
