// Starting instances: which definition, where, with what; results that are waited for.
import {
  and,
  caught,
  deploy,
  deployTask,
  end,
  error,
  incident,
  job,
  pass,
  start,
  stop,
  sub,
  unknownKey,
  xor,
} from './model.mjs';

const create = (t, request) => t.call('CreateProcessInstance', request);
const instance = (t) =>
  t.last('PROCESS_INSTANCE', 'ELEMENT_ACTIVATED', (r) => r.value.bpmnElementType === 'PROCESS')
    ?.key;
/** A process with a task in a sub-process in a sub-process, a join and a boundary event. */
const house = (t, id) =>
  deploy(
    t,
    id,
    [
      start(),
      and('f'),
      job('a', { type: `${id}-a` }),
      job('b', { type: `${id}-b` }),
      and('j'),
      caught('c', 'a', 'E'),
      xor('gw'),
      sub(
        'outer',
        [
          start('s1'),
          sub(
            'inner',
            [start('s2'), job('x', { type: `${id}-x` }), job('y', { type: `${id}-y` }), end('e2')],
            's2 -> x -> y -> e2',
            { io: { inputs: { i: '=1' } } },
          ),
          end('e1'),
        ],
        's1 -> inner -> e1',
        { io: { outputs: { o: '=2' } } },
      ),
      end(),
    ],
    'start -> f; f -> a -> j; f -> b -> j; j -> gw; gw -> outer ? else; outer -> end; c -> end',
    error('E'),
  );

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'by key, by version, by latest': async (t) => {
    const one = await deployTask(t, 'which', { type: 'old' });
    await deployTask(t, 'which', { type: 'new' });
    await t.create('which');
    await t.create('which', { version: 1 });
    await t.create('which', { version: 2 });
    await t.create('', { processDefinitionKey: one.deployments[0].process.processDefinitionKey });
    await t.create('other-id', {
      processDefinitionKey: one.deployments[0].process.processDefinitionKey,
    });
  },
  'unknown: id, version, key': async (t) => {
    await deployTask(t, 'known');
    await t.create('unknown');
    await t.create('known', { version: 2 });
    await t.create('known', { version: 0 });
    await t.create('known', { version: -2 });
    await t.create('', { processDefinitionKey: unknownKey });
    await t.create('', { processDefinitionKey: -1 });
    await create(t, { version: 1 });
    await create(t, { bpmnProcessId: ' ' });
  },
  'key of another entity': async (t) => {
    await deployTask(t, 'not-a-key');
    await t.create('not-a-key');
    await t.create('', { processDefinitionKey: t.last('JOB', 'CREATED').key });
  },
  'variables: null, empty, list, text, number, broken': async (t) => {
    await deploy(t, 'documents', [start(), end()], 'start -> end');
    for (const variables of [
      '',
      'null',
      '{}',
      '[]',
      '"a"',
      '1',
      'true',
      '{"a":',
      'a',
      '{"a":1,}',
      '{"a":01}',
      '{"a":NaN}',
    ])
      await t.create('documents', { variables });
  },
  'result: all variables, chosen ones, none': async (t) => {
    await deployTask(t, 'result');
    for (const fetchVariables of [[], ['b'], ['nothing'], ['b', 'b'], ['']]) {
      await t.createAndAwait('result', {
        variables: { a: 1 },
        fetchVariables,
        meanwhile: () => t.work('result-work', { b: 2 }),
      });
    }
  },
  'result: of a process that runs through': async (t) => {
    await deploy(
      t,
      'through',
      [start('start', { io: { outputs: { made: '=a + 1' } } }), end()],
      'start -> end',
    );
    await t.createAndAwait('through', { variables: { a: 1 } });
    await t.createAndAwait('through');
  },
  'result: ended by a terminate end event in a branch': async (t) => {
    await deploy(
      t,
      'r-stop',
      [start(), job('w'), pass('p'), stop()],
      'start -> w; start -> p -> stop',
    );
    await t.createAndAwait('r-stop', { variables: { a: 1 } });
  },
  'result: after an incident that is resolved': async (t) => {
    await deployTask(t, 'r-incident', { io: { outputs: { x: '=assert(y, y != null)' } } });
    await t.createAndAwait('r-incident', {
      meanwhile: async () => {
        await t.work('r-incident-work');
        await t.setVariables(instance(t), { y: 1 });
        await t.resolve(incident(t));
      },
    });
  },
  'result: of an unknown process, and with variables that are no object': async (t) => {
    await t.createAndAwait('nowhere');
    await t.createAndAwait('nowhere', { variables: '[]' });
  },
  'start before: one task': async (t) => {
    await house(t, 'b-one');
    await t.create('b-one', { startBefore: ['b'], variables: { v: 1 } });
    await t.work('b-one-b');
  },
  'start before: two tasks, and the join behind them': async (t) => {
    await house(t, 'b-two');
    await t.create('b-two', { startBefore: ['a', 'b'] });
    await t.work('b-two-a');
    await t.work('b-two-b');
  },
  'start before: the same task twice': async (t) => {
    await house(t, 'b-same');
    await t.create('b-same', { startBefore: ['a', 'a'] });
  },
  'start before: in a nested sub-process': async (t) => {
    await house(t, 'b-nested');
    await t.create('b-nested', { startBefore: ['y'] });
    await t.work('b-nested-y');
  },
  'start before: two in one sub-process and one outside': async (t) => {
    await house(t, 'b-shared');
    await t.create('b-shared', { startBefore: ['x', 'a', 'y'] });
    for (const type of ['b-shared-y', 'b-shared-x']) await t.work(type);
  },
  'start before: the sub-processes themselves': async (t) => {
    await house(t, 'b-sub');
    await t.create('b-sub', { startBefore: ['inner'] });
    await t.create('b-sub', { startBefore: ['outer'] });
  },
  'start before: gateways: fork, join, exclusive': async (t) => {
    await house(t, 'b-gateways');
    for (const id of ['f', 'j', 'gw']) await t.create('b-gateways', { startBefore: [id] });
  },
  'start before: end events': async (t) => {
    await house(t, 'b-ends');
    await t.create('b-ends', { startBefore: ['end'] });
    await t.create('b-ends', { startBefore: ['e2'] });
  },
  'start before: elements that do not exist, alone and among others': async (t) => {
    await house(t, 'b-bad');
    for (const id of ['nowhere', '', ' ']) await t.create('b-bad', { startBefore: [id] });
    await t.create('b-bad', { startBefore: ['a', 'nowhere'] });
    await t.create('b-bad', { startBefore: ['start', 'nowhere', 'c'] });
  },
  'start before: the process itself': async (t) => {
    await house(t, 'b-process');
    await t.create('b-process', { startBefore: ['b-process'] });
  },
  'start before: element of another version': async (t) => {
    await deploy(t, 'b-version', [start(), job('old'), end()], 'start -> old -> end');
    await deploy(t, 'b-version', [start(), job('new'), end()], 'start -> new -> end');
    await t.create('b-version', { startBefore: ['old'] });
    await t.create('b-version', { version: 1, startBefore: ['old'] });
  },
  'start before: a task whose input mapping needs variables': async (t) => {
    await deploy(
      t,
      'b-input',
      [start(), job('a', { type: 'b-input-a', io: { inputs: { i: '=v + 1' } } }), end()],
      'start -> a -> end',
    );
    await t.create('b-input', { startBefore: ['a'], variables: { v: 1 } });
    await t.activate('b-input-a');
  },
  'start before: awaited result': async (t) => {
    await house(t, 'b-result');
    await t.call('CreateProcessInstanceWithResult', {
      request: {
        bpmnProcessId: 'b-result',
        version: -1,
        variables: '{"v":1}',
        startInstructions: [{ elementId: 'end' }],
      },
      requestTimeout: 5_000,
    });
  },
  'start before: sub-process with a task that ends it': async (t) => {
    await house(t, 'b-ends-sub');
    await t.create('b-ends-sub', { startBefore: ['e1'] });
  },
};
