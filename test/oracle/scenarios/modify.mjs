// Modifying instances: what is activated and in which scope, what is ended, every refusal. Recorded on the reference broker.
import {
  bpmn,
  definitions,
  end,
  ext,
  inner,
  ioMapping,
  processElement,
  start,
  task,
  xmlText,
} from './text-model.mjs';

const sub = (id, elements, flows, attributes = '') =>
  `<subProcess id="${id}" ${attributes}>${elements}${inner(flows)}</subProcess>`;
const loop = (sequential = false) =>
  `<multiInstanceLoopCharacteristics isSequential="${sequential}">${ext('<zeebe:loopCharacteristics inputCollection="=items" inputElement="item"/>')}</multiInstanceLoopCharacteristics>`;
const onTimer = (kind, value) =>
  `<timerEventDefinition><time${kind}>${xmlText(value)}</time${kind}></timerEventDefinition>`;
const onMessage = (ref) => `<messageEventDefinition messageRef="${ref}"/>`;
const message = (id, name, key) =>
  `<message id="${id}" name="${xmlText(name)}">${ext(`<zeebe:subscription correlationKey="${xmlText(key)}"/>`)}</message>`;
const boundary = (id, host, definition, cancel = true) =>
  `<boundaryEvent id="${id}" attachedToRef="${host}" cancelActivity="${cancel}">${definition}</boundaryEvent>`;
const eventSub = (id, definition, elements, flows, interrupting = true) =>
  sub(
    id,
    `<startEvent id="${id}_start" isInterrupting="${interrupting}">${definition}</startEvent>${elements}`,
    flows,
    'triggeredByEvent="true"',
  );
const call = (id, calledId, children = '') =>
  `<callActivity id="${id}">${ext(`<zeebe:calledElement processId="${calledId}" propagateAllChildVariables="false"/>`)}${children}</callActivity>`;

const aThenB = (id) => bpmn(id, start() + task('a') + task('b') + end(), 'start -> a -> b -> end');
const nested = (id) =>
  bpmn(
    id,
    start() +
      sub(
        'outer',
        start('s1') +
          sub('inner', start('s2') + task('x') + task('y') + end('e2'), 's2 -> x -> y -> e2') +
          end('e1'),
        's1 -> inner -> e1',
      ) +
      task('after') +
      end(),
    'start -> outer -> after -> end',
  );
const deploy = (t, id, xml) => t.deploy({ [`${id}.bpmn`]: xml });
/** Keys of all instances of an element that were activated, oldest first. */
const all = (t, elementId) =>
  t.records
    .filter(
      (r) =>
        r.valueType === 'PROCESS_INSTANCE' &&
        r.intent === 'ELEMENT_ACTIVATED' &&
        r.value.elementId === elementId,
    )
    .map((r) => r.key);
const refused = async (t, instance, ...activate) => t.modify(instance, { activate });
const at = (elementId, more = {}) => ({ elementId, ...more });

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'modify: two activations of one element share new scopes': async (t) => {
    await deploy(t, 'm-share', nested('m-share'));
    const one = await t.create('m-share');
    await t.modify(one, { activate: [at('y'), at('after')] });
    await t.modify(one, { terminate: [{ elementInstanceKey: t.element('outer') }] });
  },
  'modify: scopes are created with their variables before the element': async (t) => {
    await deploy(
      t,
      'm-scopes2',
      bpmn(
        'm-scopes2',
        start() +
          task('first') +
          sub(
            'outer',
            start('s1') +
              sub('inner', start('s2') + task('x') + end('e2'), 's2 -> x -> e2') +
              end('e1'),
            's1 -> inner -> e1',
          ) +
          end(),
        'start -> first -> outer -> end',
      ),
    );
    const one = await t.create('m-scopes2');
    const variableInstructions = [
      { scopeId: 'inner', variables: '{"in":1}' },
      { scopeId: 'outer', variables: '{"out":2}' },
      { variables: '{"root":3}' },
      { scopeId: 'x', variables: '{"own":4}' },
      { scopeId: 'm-scopes2', variables: '{"process":5}' },
    ];
    await t.modify(one, { activate: [at('x', { variableInstructions })] });
    await t.activate('x');
  },
  'modify: an ancestor chooses the scope, what is below it is new': async (t) => {
    await deploy(t, 'm-ancestor', nested('m-ancestor'));
    const one = await t.create('m-ancestor');
    await t.modify(one, {
      activate: [at('y', { ancestorElementInstanceKey: t.element('outer') })],
    });
    await t.modify(one, { activate: [at('y', { ancestorElementInstanceKey: one })] });
    await t.modify(one, {
      activate: [at('y', { ancestorElementInstanceKey: all(t, 'inner')[0] })],
    });
    await t.modify(one, { terminate: [{ elementInstanceKey: all(t, 'outer')[0] }] });
  },
  'modify: moving within a sub-process keeps it': async (t) => {
    await deploy(t, 'm-within', nested('m-within'));
    const one = await t.create('m-within');
    await t.modify(one, {
      activate: [at('y')],
      terminate: [{ elementInstanceKey: t.element('x') }],
    });
    await t.work('y');
    await t.work('after');
  },
  'modify: moving out of a sub-process ends it': async (t) => {
    await deploy(t, 'm-out', nested('m-out'));
    const one = await t.create('m-out');
    await t.modify(one, {
      activate: [at('after')],
      terminate: [{ elementInstanceKey: t.element('x') }],
    });
    await t.work('after');
  },
  'modify: unknown instance, unknown elements, unknown scopes': async (t) => {
    await deploy(t, 'm-unknown', nested('m-unknown'));
    const one = await t.create('m-unknown');
    await t.modify(String(2n ** 51n + 99_999_999n), { activate: [at('x')] });
    await refused(t, one, at('nowhere'), at('x'), at('elsewhere'), at('nowhere'));
    await t.modify(one, {
      terminate: [
        { elementInstanceKey: String(2n ** 51n + 99_999_999n) },
        { elementInstanceKey: '5' },
      ],
    });
    await refused(
      t,
      one,
      at('x', { variableInstructions: [{ scopeId: 'gone', variables: '{}' }] }),
      at('y', { variableInstructions: [{ scopeId: 'x', variables: '{}' }] }),
    );
    await refused(
      t,
      one,
      at('x', { variableInstructions: [{ scopeId: 'after', variables: '{"a":1}' }] }),
    );
    await refused(
      t,
      one,
      at('after', { variableInstructions: [{ scopeId: 'outer', variables: '{"a":1}' }] }),
      at('y', { variableInstructions: [{ scopeId: 'x', variables: '{"a":1}' }] }),
    );
  },
  'modify: ancestors that are none': async (t) => {
    await deploy(t, 'm-ancestors', nested('m-ancestors'));
    const one = await t.create('m-ancestors');
    const other = await t.create('m-ancestors');
    const x = all(t, 'x')[0];
    await refused(
      t,
      one,
      at('y', { ancestorElementInstanceKey: '77' }),
      at('x', { ancestorElementInstanceKey: '78' }),
    );
    await refused(t, one, at('y', { ancestorElementInstanceKey: other }));
    await refused(t, one, at('y', { ancestorElementInstanceKey: all(t, 'outer')[1] }));
    await refused(t, one, at('y', { ancestorElementInstanceKey: x }));
    await refused(
      t,
      one,
      at('after', { ancestorElementInstanceKey: all(t, 'outer')[0] }),
      at('y', { ancestorElementInstanceKey: x }),
    );
    await refused(t, one, at('inner', { ancestorElementInstanceKey: all(t, 'inner')[0] }));
    await refused(t, one, at('y', { ancestorElementInstanceKey: '-1' }));
    await refused(t, one, at('y', { ancestorElementInstanceKey: '0' }));
  },
  'modify: elements that cannot be activated': async (t) => {
    await deploy(
      t,
      'm-kinds',
      bpmn(
        'm-kinds',
        start() +
          task('a') +
          boundary('late', 'a', onTimer('Duration', 'PT1H')) +
          '<eventBasedGateway id="choice"/>' +
          `<intermediateCatchEvent id="one">${onTimer('Duration', 'PT1H')}</intermediateCatchEvent>` +
          `<intermediateCatchEvent id="two">${onTimer('Duration', 'PT2H')}</intermediateCatchEvent>` +
          eventSub(
            'event',
            onTimer('Duration', 'PT3H'),
            task('handle') + end('e1'),
            'event_start -> handle -> e1',
          ) +
          end() +
          end('end2'),
        'start -> a -> choice; choice -> one -> end; choice -> two -> end2; late -> end2',
      ),
    );
    const instance = await t.create('m-kinds');
    await refused(t, instance, at('start'));
    await refused(t, instance, at('start_a'));
    await refused(t, instance, at('late'), at('event_start'));
    await refused(t, instance, at('two'), at('one'));
    await refused(t, instance, at('event_start'), at('one'));
    await refused(t, instance, at('event'));
    await refused(t, instance, at('handle'));
    await refused(t, instance, at('choice'));
  },
  'modify: every waiting element is ended with what it waits for': async (t) => {
    await deploy(
      t,
      'm-ends',
      bpmn(
        'm-ends',
        start() +
          '<parallelGateway id="fork"/>' +
          task('job') +
          boundary('late', 'job', onTimer('Duration', 'PT1H')) +
          `<receiveTask id="receive" messageRef="m"/>` +
          `<intermediateCatchEvent id="caught"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>` +
          task('stay') +
          end(),
        'start -> fork -> job -> end; fork -> receive -> end; fork -> caught -> end; late -> end; fork -> stay -> end',
        `${message('m', 'm-ends', '="k"')}<signal id="s" name="m-ends-signal"/>`,
      ),
    );
    const instance = await t.create('m-ends');
    const [job] = await t.activate('job');
    await t.fail(job, { errorMessage: 'broken' });
    await t.modify(instance, {
      terminate: ['job', 'receive', 'caught'].map((id) => ({ elementInstanceKey: t.element(id) })),
    });
    await t.cancel(instance);
  },
  'modify: an element in an incident moves on': async (t) => {
    await deploy(
      t,
      'm-incident',
      bpmn(
        'm-incident',
        `${start()}<exclusiveGateway id="gw"/>${task('yes')}${task('no')}${end()}`,
        'start -> gw; gw -[=amount > 10]-> yes -> end; gw -[=amount <= 10]-> no -> end',
      ),
    );
    const instance = await t.create('m-incident');
    const gateway = t.last(
      'PROCESS_INSTANCE',
      'ELEMENT_ACTIVATING',
      (r) => r.value.elementId === 'gw',
    ).key;
    await t.modify(instance, {
      activate: [at('yes')],
      terminate: [{ elementInstanceKey: gateway }],
    });
    await t.work('yes');
  },
  'modify: scopes subscribe to their events when they are created': async (t) => {
    await deploy(
      t,
      'm-events',
      bpmn(
        'm-events',
        start() +
          task('first') +
          sub(
            'sub',
            start('s1') +
              task('x') +
              end('e1') +
              eventSub('event', onMessage('m'), end('e2'), 'event_start -> e2', false),
            's1 -> x -> e1',
          ) +
          boundary('late', 'sub', onTimer('Duration', 'PT1H'), false) +
          end(),
        'start -> first -> sub -> end; late -> end',
        message('m', 'm-events', '=key'),
      ),
    );
    const instance = await t.create('m-events');
    await t.modify(instance, { activate: [at('x')] });
    await t.modify(instance, {
      activate: [at('x', { variableInstructions: [{ scopeId: 'sub', variables: '{"key":"k"}' }] })],
    });
    await t.publish('m-events', 'k');
    await t.advance(3_700_000);
    await t.work('x');
  },
  'modify: an interrupted scope takes work again': async (t) => {
    await deploy(
      t,
      'm-interrupted',
      bpmn(
        'm-interrupted',
        start() +
          task('a') +
          end() +
          eventSub(
            'event',
            onMessage('m'),
            task('handle') + end('e2'),
            'event_start -> handle -> e2',
          ),
        'start -> a -> end',
        message('m', 'm-interrupted', '="k"'),
      ),
    );
    const instance = await t.create('m-interrupted');
    await t.publish('m-interrupted', 'k');
    await t.modify(instance, { activate: [at('a')] });
    await t.work('handle');
    await t.work('a');
  },
  'modify: rounds of a multi-instance': async (t) => {
    await deploy(
      t,
      'm-rounds',
      bpmn(
        'm-rounds',
        start() +
          sub(
            'sub',
            loop() + start('s1') + task('x') + task('y') + end('e1'),
            's1 -> x -> y -> e1',
          ) +
          task('after') +
          end(),
        'start -> sub -> after -> end',
      ),
    );
    const instance = await t.create('m-rounds', { variables: { items: [1, 2] } });
    const [body, round, second] = all(t, 'sub');
    await refused(t, instance, at('y', { ancestorElementInstanceKey: body }));
    await refused(t, instance, at('y', { ancestorElementInstanceKey: instance }));
    await refused(t, instance, at('sub', { ancestorElementInstanceKey: body }));
    await refused(t, instance, at('y', { ancestorElementInstanceKey: round }));
    await t.modify(instance, { terminate: [{ elementInstanceKey: second }] });
    await t.modify(instance, { activate: [at('sub')] });
    await t.modify(instance, { terminate: [{ elementInstanceKey: body }] });
    await t.cancel(instance);
  },
  'modify: a multi-instance body that does not run cannot be entered': async (t) => {
    await deploy(
      t,
      'm-norounds',
      bpmn(
        'm-norounds',
        start() +
          task('first') +
          sub('sub', loop(true) + start('s1') + task('x') + end('e1'), 's1 -> x -> e1') +
          end(),
        'start -> first -> sub -> end',
      ),
    );
    const instance = await t.create('m-norounds', { variables: { items: [1, 2] } });
    await refused(t, instance, at('x'));
    await t.modify(instance, {
      activate: [at('sub')],
      terminate: [{ elementInstanceKey: t.element('first') }],
    });
    await t.work('x');
    await t.work('x');
  },
  'modify: inside a single sequential round': async (t) => {
    await deploy(
      t,
      'm-round',
      bpmn(
        'm-round',
        start() +
          sub(
            'sub',
            loop(true) + start('s1') + task('x') + task('y') + end('e1'),
            's1 -> x -> y -> e1',
          ) +
          end(),
        'start -> sub -> end',
      ),
    );
    const instance = await t.create('m-round', { variables: { items: [1, 2] } });
    await t.modify(instance, {
      activate: [at('y', { ancestorElementInstanceKey: all(t, 'sub')[1] })],
      terminate: [{ elementInstanceKey: t.element('x') }],
    });
    await t.work('y');
    await t.modify(instance, { terminate: [{ elementInstanceKey: all(t, 'sub')[2] }] });
  },
  'modify: a call activity is ended with what it called': async (t) => {
    await t.deploy({
      'm-caller.bpmn': bpmn(
        'm-caller',
        start() + call('call', 'm-called') + task('after') + end(),
        'start -> call -> after -> end',
      ),
      'm-called.bpmn': aThenB('m-called'),
    });
    const instance = await t.create('m-caller');
    await t.modify(instance, {
      activate: [at('after')],
      terminate: [{ elementInstanceKey: t.element('call') }],
    });
    await t.work('after');
  },
  'modify: inside a called instance, but never to its end': async (t) => {
    await t.deploy({
      'm-caller2.bpmn': bpmn(
        'm-caller2',
        start() + call('call', 'm-called2') + task('after') + end(),
        'start -> call -> after -> end',
      ),
      'm-called2.bpmn': aThenB('m-called2'),
    });
    await t.create('m-caller2');
    const child = t.element('m-called2');
    await t.modify(child, { terminate: [{ elementInstanceKey: t.element('a') }] });
    await t.work('a');
    await t.work('b');
    await t.work('after');
  },
  'modify: one ancestor for two instructions': async (t) => {
    await deploy(t, 'm-two', nested('m-two'));
    const one = await t.create('m-two');
    const ancestor = { ancestorElementInstanceKey: t.element('outer') };
    const variableInstructions = [
      { scopeId: 'inner', variables: '{"inner":1}' },
      { scopeId: 'outer', variables: '{"outer":2}' },
    ];
    await t.modify(one, {
      activate: [at('y', { ...ancestor, variableInstructions }), at('x', ancestor)],
    });
    await t.cancel(one);
  },
  'modify: an inclusive join is activated': async (t) => {
    await deploy(
      t,
      'm-inclusive',
      bpmn(
        'm-inclusive',
        start() +
          '<inclusiveGateway id="fork"/>' +
          task('a') +
          task('b') +
          '<inclusiveGateway id="join"/>' +
          task('after') +
          end(),
        'start -> fork; fork -[=true]-> a -> join -> after -> end; fork -[=true]-> b -> join',
      ),
    );
    const instance = await t.create('m-inclusive');
    await t.work('a');
    await t.modify(instance, {
      activate: [at('join')],
      terminate: [{ elementInstanceKey: t.element('b') }],
    });
    await t.work('after');
  },
  'modify: one of several children is ended': async (t) => {
    await deploy(
      t,
      'm-several',
      bpmn(
        'm-several',
        start() +
          sub(
            'sub',
            start('s1') +
              '<parallelGateway id="fork"/>' +
              task('x') +
              task('y') +
              task('z') +
              end('e1'),
            's1 -> fork -> x -> e1; fork -> y -> e1; fork -> z -> e1',
          ) +
          end(),
        'start -> sub -> end',
      ),
    );
    const instance = await t.create('m-several');
    await t.modify(instance, { terminate: [{ elementInstanceKey: t.element('y') }] });
    await t.modify(instance, {
      activate: [at('z')],
      terminate: [{ elementInstanceKey: t.element('x') }, { elementInstanceKey: t.element('z') }],
    });
    await t.modify(instance, {
      activate: [at('end')],
      terminate: [{ elementInstanceKey: t.element('sub') }],
    });
  },
  'modify: activating a call activity calls': async (t) => {
    await t.deploy({
      'm-caller3.bpmn': bpmn(
        'm-caller3',
        start() + task('first') + call('call', 'm-called3') + end(),
        'start -> first -> call -> end',
      ),
      'm-called3.bpmn': aThenB('m-called3'),
    });
    const instance = await t.create('m-caller3', { variables: { n: 1 } });
    await t.modify(instance, {
      activate: [at('call')],
      terminate: [{ elementInstanceKey: t.element('first') }],
    });
    await t.work('a');
    await t.work('b');
  },
  'modify: an activated join counts as reached by all': async (t) => {
    await deploy(
      t,
      'm-join',
      bpmn(
        'm-join',
        start() +
          '<parallelGateway id="fork"/>' +
          task('a') +
          task('b') +
          '<parallelGateway id="join"/>' +
          task('after') +
          end(),
        'start -> fork -> a -> join -> after -> end; fork -> b -> join',
      ),
    );
    const instance = await t.create('m-join');
    await t.work('a');
    await t.modify(instance, {
      activate: [at('join')],
      terminate: [{ elementInstanceKey: t.element('b') }],
    });
    await t.work('after');
  },
  'modify: terminating twice, a parent and its child': async (t) => {
    await deploy(t, 'm-twice', nested('m-twice'));
    const instance = await t.create('m-twice');
    await t.modify(instance, {
      activate: [at('after')],
      terminate: [
        { elementInstanceKey: t.element('outer') },
        { elementInstanceKey: t.element('x') },
        { elementInstanceKey: t.element('outer') },
      ],
    });
    await t.work('after');
  },
  'modify: the whole instance is terminated': async (t) => {
    await deploy(t, 'm-whole', nested('m-whole'));
    const instance = await t.create('m-whole');
    await t.modify(instance, { terminate: [{ elementInstanceKey: instance }] });
    const next = await t.create('m-whole');
    await t.modify(next, { activate: [at('after')], terminate: [{ elementInstanceKey: next }] });
  },
  'modify: nothing to do': async (t) => {
    await deploy(t, 'm-nothing', aThenB('m-nothing'));
    const instance = await t.create('m-nothing');
    await t.modify(instance, {});
    await t.modify(instance, {
      activate: [at('b', { variableInstructions: [{ variables: '[1]' }] })],
    });
    await t.modify(instance, {
      activate: [at('b', { variableInstructions: [{ variables: '{' }] })],
    });
    await t.modify(instance, {
      activate: [at('b', { variableInstructions: [{ variables: '' }] })],
    });
    await t.modify(instance, { activate: [at('')] });
    await t.modify('0', { activate: [at('b')] });
    await t.modify('-1', { activate: [at('b')] });
  },
  'modify: inputs and listeners of an activated element, its incident': async (t) => {
    await deploy(
      t,
      'm-inputs',
      bpmn(
        'm-inputs',
        start() +
          task('a') +
          task('b', 'b', { extensions: ioMapping({ inputs: { v: '=assert(x, x != null)' } }) }) +
          end(),
        'start -> a -> b -> end',
      ),
    );
    const instance = await t.create('m-inputs');
    await t.modify(instance, {
      activate: [
        at('b'),
        at('b', { variableInstructions: [{ scopeId: 'b', variables: '{"x":1}' }] }),
      ],
    });
    await t.modify(instance, { terminate: [{ elementInstanceKey: t.element('a') }] });
    await t.setVariables(instance, { x: 2 });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
  },
  'modify: several processes in a row of calls': async (t) => {
    await t.deploy({
      'm-row.bpmn': definitions(
        processElement(
          'm-row',
          start() + call('call1', 'm-row2') + end(),
          'start -> call1 -> end',
        ) +
          processElement(
            'm-row2',
            start('s2') + call('call2', 'm-row3') + end('e2'),
            's2 -> call2 -> e2',
          ) +
          processElement('m-row3', start('s3') + task('deep') + end('e3'), 's3 -> deep -> e3'),
      ),
    });
    const instance = await t.create('m-row');
    await t.cancel(t.element('m-row3'));
    await t.modify(instance, { terminate: [{ elementInstanceKey: t.element('call1') }] });
  },
};
