// Multi-instance activities: rounds, what goes in and out, the completion condition, faults, interruption.
import {
  bpmn,
  caught,
  deploy,
  end,
  error,
  fail,
  incident,
  job,
  node,
  pass,
  script,
  start,
  sub,
  tag,
  user,
  xmlText,
} from './model.mjs';

const each = (inputCollection, { sequential = false, condition, ...attributes } = {}) =>
  `<multiInstanceLoopCharacteristics isSequential="${sequential}"><extensionElements>` +
  tag('zeebe:loopCharacteristics', { inputCollection, ...attributes }) +
  '</extensionElements>' +
  (condition ? `<completionCondition>${xmlText(condition)}</completionCondition>` : '') +
  '</multiInstanceLoopCharacteristics>';
const out = { inputElement: 'n', outputCollection: 'all', outputElement: '=r' };
const through = (id, middle) => [[start(), middle, end()], `start -> ${id} -> end`];
const one = (t, id, inside, parts = {}) =>
  deploy(t, id, ...through('work', job('work', { type: id, inside, ...parts })));

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'multi: an empty list': async (t) => {
    await one(t, 'mi-empty', each('=[]', out));
    await t.create('mi-empty');
    await one(t, 'mi-empty2', each('=[]', { sequential: true }));
    await t.create('mi-empty2');
  },
  'multi: no list': async (t) => {
    await one(t, 'mi-text', each('=items', out));
    const key = await t.create('mi-text', { variables: { items: 'x' } });
    await t.setVariables(key, { items: [1] });
    await t.resolve(incident(t));
    await t.work('mi-text', { r: 1 });
  },
  'multi: sequential with results': async (t) => {
    await one(t, 'mi-seq', each('=[1, 2]', { ...out, sequential: true }));
    await t.create('mi-seq');
    await t.work('mi-seq', { r: 10 });
    await t.work('mi-seq', { r: 20 });
  },
  'multi: without input element, result of the counter': async (t) => {
    await one(
      t,
      'mi-counter',
      each('=["a", "b"]', { outputCollection: 'all', outputElement: '=loopCounter' }),
    );
    await t.create('mi-counter');
    await t.work('mi-counter', { r: 1 });
    await t.work('mi-counter', { r: 2 });
  },
  'multi: result of the input element': async (t) => {
    await one(
      t,
      'mi-same',
      each('=[1, 2]', { inputElement: 'n', outputCollection: 'all', outputElement: '=n' }),
    );
    await t.create('mi-same');
    await t.work('mi-same', { n: 5 });
    await t.work('mi-same');
  },
  'multi: mappings of each round': async (t) => {
    await one(t, 'mi-io', each('=[1, 2]', out), {
      io: { inputs: { m: '=n * 2' }, outputs: { r: '=m + x' } },
    });
    await t.create('mi-io');
    await t.work('mi-io', { x: 1 });
    await t.work('mi-io', { x: 2 });
  },
  'multi: script tasks in parallel': async (t) => {
    await deploy(
      t,
      'mi-script',
      ...through('s', script('s', '=n * n', 'r', { inside: each('=[1, 2, 3]', out) })),
    );
    await t.create('mi-script');
  },
  'multi: script tasks one after the other': async (t) => {
    await deploy(
      t,
      'mi-script2',
      ...through(
        's',
        script('s', '=n * n', 'r', { inside: each('=[1, 2, 3]', { ...out, sequential: true }) }),
      ),
    );
    await t.create('mi-script2');
  },
  'multi: plain tasks': async (t) => {
    await deploy(t, 'mi-plain', ...through('s', pass('s', { inside: each('=[1, 2]') })));
    await t.create('mi-plain');
  },
  'multi: sub-processes': async (t) => {
    const box = sub(
      'box',
      [start('in'), job('inside', { type: 'mi-inside' }), end('out')],
      'in -> inside -> out',
      {
        inside: each('=[1, 2]', out),
      },
    );
    await deploy(t, 'mi-sub', ...through('box', box));
    await t.create('mi-sub');
    await t.work('mi-inside', { r: 1 });
    await t.work('mi-inside', { r: 2 });
  },
  'multi: sub-processes within each other': async (t) => {
    const inner = job('inside', {
      type: 'mi-deep',
      inside: each('=row', { inputElement: 'cell' }),
    });
    const box = sub('box', [start('in'), inner, end('out')], 'in -> inside -> out', {
      inside: each('=[[1, 2], [3]]', { inputElement: 'row', sequential: true }),
    });
    await deploy(t, 'mi-nested', ...through('box', box));
    await t.create('mi-nested');
    await t.work('mi-deep');
    await t.work('mi-deep');
    await t.work('mi-deep');
  },
  'multi: call activities': async (t) => {
    await t.deploy({
      'mi-kid.bpmn': bpmn(
        'mi-kid',
        [start(), job('work', { type: 'mi-child' }), end()],
        'start -> work -> end',
      ),
    });
    const calling = node('callActivity', 'call', {
      ext: tag('zeebe:calledElement', { processId: 'mi-kid' }),
      inside: each('=[1, 2]', out),
    });
    await deploy(t, 'mi-call', ...through('call', calling));
    await t.create('mi-call');
    await t.work('mi-child', { r: 1 });
    await t.work('mi-child', { r: 2 });
  },
  'multi: user tasks, cancelled in the middle': async (t) => {
    await deploy(t, 'mi-user', ...through('u', user('u', { inside: each('=[1, 2]') })));
    const key = await t.create('mi-user');
    await t.cancel(key);
  },
  'multi: the condition ends parallel rounds': async (t) => {
    await one(
      t,
      'mi-cond',
      each('=[1, 2, 3]', { ...out, condition: '=numberOfCompletedInstances >= 2' }),
    );
    await t.create('mi-cond');
    await t.work('mi-cond', { r: 1 });
    await t.work('mi-cond', { r: 2 });
  },
  'multi: the condition sees all counters': async (t) => {
    const counters =
      'x = [numberOfInstances, numberOfActiveInstances, numberOfCompletedInstances, numberOfTerminatedInstances, loopCounter]';
    await one(t, 'mi-counts', each('=[1, 2, 3]', { inputElement: 'n', condition: `=${counters}` }));
    await t.create('mi-counts', { variables: { x: [3, 1, 2, 0, 2] } });
    await t.work('mi-counts');
    await t.work('mi-counts');
  },
  'multi: the condition sees the counters of sequential rounds': async (t) => {
    const counters =
      'x = [numberOfInstances, numberOfActiveInstances, numberOfCompletedInstances, numberOfTerminatedInstances, loopCounter]';
    await one(t, 'mi-counts2', each('=[1, 2, 3]', { sequential: true, condition: `=${counters}` }));
    await t.create('mi-counts2', { variables: { x: [2, 0, 2, 0, 2] } });
    await t.work('mi-counts2');
    await t.work('mi-counts2');
  },
  'multi: a condition that is no boolean': async (t) => {
    await one(t, 'mi-null', each('=[1, 2]', { condition: '=done' }));
    const key = await t.create('mi-null', { variables: { done: 1 } });
    await t.work('mi-null');
    await t.setVariables(key, { done: true });
    await t.resolve(incident(t));
  },
  'multi: a result that fails': async (t) => {
    await one(
      t,
      'mi-bad',
      each('=[1, 2]', { outputCollection: 'all', outputElement: '=assert(x, x != null)' }),
    );
    const key = await t.create('mi-bad');
    await t.work('mi-bad');
    await t.setVariables(key, { x: 1 });
    await t.resolve(incident(t));
    await t.work('mi-bad');
  },
  'multi: the result list is overwritten with a shorter one, and with a text': async (t) => {
    await one(t, 'mi-short', each('=[1, 2]', { ...out, sequential: true }));
    await t.create('mi-short');
    const body = () =>
      t.last(
        'PROCESS_INSTANCE',
        'ELEMENT_ACTIVATED',
        (r) => r.value.bpmnElementType === 'MULTI_INSTANCE_BODY',
      ).key;
    await t.setVariables(body(), { all: [] }, true);
    await t.work('mi-short', { r: 1 });
    await t.setVariables(body(), { all: 'x' }, true);
    await t.resolve(incident(t));
    await t.setVariables(body(), { all: [7, 8] }, true);
    await t.resolve(incident(t));
    await t.work('mi-short', { r: 2 });
  },
  'multi: the list grows and shrinks': async (t) => {
    await one(t, 'mi-grow', each('=items', { inputElement: 'n', sequential: true }));
    const key = await t.create('mi-grow', { variables: { items: [1, 2] } });
    await t.work('mi-grow');
    await t.setVariables(key, { items: [1, 2, 3] });
    await t.work('mi-grow');
    await t.work('mi-grow');
  },
  'multi: the list grows, its results do not': async (t) => {
    await one(t, 'mi-grow2', each('=items', { ...out, sequential: true }));
    const key = await t.create('mi-grow2', { variables: { items: [1, 2] } });
    await t.work('mi-grow2', { r: 1 });
    await t.setVariables(key, { items: [1, 2, 3] });
    await t.work('mi-grow2', { r: 2 });
    await t.work('mi-grow2', { r: 3 });
  },
  'multi: the list is a list no more': async (t) => {
    await one(t, 'mi-lost', each('=items', { inputElement: 'n', sequential: true }));
    const key = await t.create('mi-lost', { variables: { items: [1, 2] } });
    await t.setVariables(key, { items: 'x' });
    await t.work('mi-lost');
    await t.setVariables(key, { items: [1, 2] });
    await t.resolve(incident(t));
    await t.work('mi-lost');
  },
  'multi: an error of one round is caught at the body': async (t) => {
    await deploy(
      t,
      'mi-error',
      [
        start(),
        job('work', { type: 'mi-error', inside: each('=[1, 2, 3]', out) }),
        caught('c', 'work', 'E'),
        end('a'),
        end('b'),
      ],
      'start -> work -> a; c -> b',
      error('E'),
    );
    await t.create('mi-error');
    await t.work('mi-error', { r: 1 });
    const [second] = await t.activate('mi-error', { max: 1 });
    await t.throwError(second, 'E', { variables: { y: 1 } });
  },
  'multi: an error end event inside': async (t) => {
    const box = sub('box', [start('in'), fail('broke', 'E')], 'in -> broke', {
      inside: each('=[1, 2]'),
    });
    await deploy(
      t,
      'mi-end',
      [start(), box, caught('c', 'box', 'E'), end('a'), end('b')],
      'start -> box -> a; c -> b',
      error('E'),
    );
    await t.create('mi-end');
  },
  'multi: an error that nobody catches': async (t) => {
    await one(t, 'mi-uncaught', each('=[1, 2]'));
    await t.create('mi-uncaught');
    const [first] = await t.activate('mi-uncaught', { max: 1 });
    await t.throwError(first, 'E');
  },
  'multi: an expression of one round fails': async (t) => {
    await one(t, 'mi-type', each('=["a", 2]', { inputElement: 'n' }), { type: '=n' });
    await t.create('mi-type');
    await t.setVariables(t.last('INCIDENT', 'CREATED').value.elementInstanceKey, { n: 'b' }, true);
    await t.resolve(incident(t));
    await t.work('a');
  },
  'multi: parallel, cancelled after the first': async (t) => {
    await one(t, 'mi-cancel', each('=[1, 2, 3]', out));
    const key = await t.create('mi-cancel');
    await t.work('mi-cancel', { r: 1 });
    await t.cancel(key);
  },
  'multi: sequential, cancelled': async (t) => {
    await one(t, 'mi-cancel2', each('=[1, 2, 3]', { ...out, sequential: true }));
    const key = await t.create('mi-cancel2');
    await t.work('mi-cancel2', { r: 1 });
    await t.cancel(key);
  },
  'multi: several outgoing flows of the body': async (t) => {
    await deploy(
      t,
      'mi-out',
      [start(), pass('s', { inside: each('=[1, 2]') }), end('a'), end('b')],
      'start -> s -> a; s -> b',
    );
    await t.create('mi-out');
  },
  'multi: interrupted by a message': async (t) => {
    const stop = node('boundaryEvent', 'halt', {
      at: { attachedToRef: 'work' },
      inside: '<messageEventDefinition messageRef="m"/>',
    });
    await deploy(
      t,
      'mi-stop',
      [
        start(),
        job('work', { type: 'mi-stop', inside: each('=[1, 2]', out) }),
        stop,
        end('a'),
        end('b'),
      ],
      'start -> work -> a; halt -> b',
      '<message id="m" name="mi-stop"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements></message>',
    );
    await t.create('mi-stop', { variables: { k: 'mi' } });
    await t.publish('mi-stop', 'mi');
  },
  'multi: receive tasks': async (t) => {
    await deploy(
      t,
      'mi-receive',
      ...through(
        'r',
        node('receiveTask', 'r', {
          at: { messageRef: 'm' },
          inside: each('=["x", "y"]', { inputElement: 'n' }),
        }),
      ),
      '<message id="m" name="mi-receive"><extensionElements><zeebe:subscription correlationKey="=n"/></extensionElements></message>',
    );
    await t.create('mi-receive');
    await t.publish('mi-receive', 'y');
    await t.publish('mi-receive', 'x');
  },
  'multi: 120 plain rounds': async (t) => {
    await deploy(
      t,
      'mi-120',
      ...through('s', pass('s', { inside: each('=for i in 1..120 return i') })),
    );
    await t.create('mi-120');
  },
};
