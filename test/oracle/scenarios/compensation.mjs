// Compensation: which handlers run, in which scope, and what the throwing event waits for.
import { caught, deploy, end, error, job, node, pass, start, sub } from './model.mjs';

const undo = (id, attachedToRef, handler, type = handler) => [
  node('boundaryEvent', id, {
    at: { attachedToRef },
    inside: `<compensateEventDefinition id="d-${id}"/>`,
  }),
  job(handler, { type, at: { isForCompensation: 'true' } }),
  `<association id="a-${id}" associationDirection="One" sourceRef="${id}" targetRef="${handler}"/>`,
];
const compensate = (id, activityRef) =>
  `<compensateEventDefinition id="d-${id}"${activityRef ? ` activityRef="${activityRef}"` : ''}/>`;
const throwing = (id, activityRef) =>
  node('intermediateThrowEvent', id, { inside: compensate(id, activityRef) });
const ending = (id, activityRef) => end(id, { inside: compensate(id, activityRef) });
const list =
  '<multiInstanceLoopCharacteristics><extensionElements><zeebe:loopCharacteristics inputCollection="=[1, 2]"/></extensionElements></multiInstanceLoopCharacteristics>';

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'compensation: nothing to compensate': async (t) => {
    await deploy(t, 'co-none', [start(), throwing('back'), end()], 'start -> back -> end');
    await t.create('co-none');
  },
  'compensation: an activity that was not done': async (t) => {
    await deploy(
      t,
      'co-undone',
      [
        start(),
        pass('a'),
        ...undo('ua', 'a', 'co-ua'),
        throwing('back', 'b'),
        pass('b'),
        ...undo('ub', 'b', 'co-ub'),
        end(),
      ],
      'start -> a -> back -> b -> end',
    );
    await t.create('co-undone');
  },
  'compensation: an end event and two handlers': async (t) => {
    await deploy(
      t,
      'co-two',
      [
        start(),
        pass('a'),
        ...undo('ua', 'a', 'co-a'),
        pass('b'),
        ...undo('ub', 'b', 'co-b'),
        ending('back'),
      ],
      'start -> a -> b -> back',
    );
    await t.create('co-two');
    await t.work('co-b');
    await t.work('co-a', { x: 1 });
  },
  'compensation: of one activity by name, then of the rest': async (t) => {
    await deploy(
      t,
      'co-one',
      [
        start(),
        pass('a'),
        ...undo('ua', 'a', 'co-a1'),
        pass('b'),
        ...undo('ub', 'b', 'co-b1'),
        throwing('back', 'a'),
        ending('rest'),
      ],
      'start -> a -> b -> back -> rest',
    );
    await t.create('co-one');
    await t.work('co-a1');
    await t.work('co-b1');
  },
  'compensation: an activity done twice': async (t) => {
    await deploy(
      t,
      'co-twice',
      [
        start(),
        node('parallelGateway', 'f'),
        pass('a'),
        ...undo('ua', 'a', 'co-a2'),
        node('parallelGateway', 'j'),
        ending('back'),
      ],
      'start -> f; f -> a; f -> a; a -> j; j -> back',
    );
    await t.create('co-twice');
    await t.work('co-a2');
    await t.work('co-a2');
  },
  'compensation: inside a completed sub-process': async (t) => {
    const box = sub(
      'box',
      [start('in'), pass('a'), ...undo('ua', 'a', 'co-a3'), end('out')],
      'in -> a -> out',
    );
    await deploy(
      t,
      'co-box',
      [start(), box, throwing('back'), end()],
      'start -> box -> back -> end',
    );
    await t.create('co-box', { variables: { x: 1 } });
    await t.work('co-a3');
  },
  'compensation: of a sub-process by name, with a handler of its own': async (t) => {
    const box = sub(
      'box',
      [start('in'), pass('a'), ...undo('ua', 'a', 'co-a4'), end('out')],
      'in -> a -> out',
    );
    await deploy(
      t,
      'co-named',
      [start(), box, ...undo('ubox', 'box', 'co-box4'), throwing('back', 'box'), end()],
      'start -> box -> back -> end',
    );
    await t.create('co-named');
    await t.work('co-box4');
    await t.work('co-a4');
  },
  'compensation: thrown inside a sub-process': async (t) => {
    const box = sub(
      'box',
      [start('in'), pass('a'), ...undo('ua', 'a', 'co-a5'), throwing('back'), end('out')],
      'in -> a -> back -> out',
    );
    await deploy(
      t,
      'co-inside',
      [start(), pass('b'), ...undo('ub', 'b', 'co-b5'), box, end()],
      'start -> b -> box -> end',
    );
    await t.create('co-inside');
    await t.work('co-a5');
  },
  'compensation: two levels of completed sub-processes': async (t) => {
    const inner = sub(
      'inner',
      [start('in2'), pass('a'), ...undo('ua', 'a', 'co-a6'), end('out2')],
      'in2 -> a -> out2',
    );
    const outer = sub(
      'outer',
      [start('in'), inner, pass('b'), ...undo('ub', 'b', 'co-b6'), end('out')],
      'in -> inner -> b -> out',
    );
    await deploy(t, 'co-deep', [start(), outer, ending('back')], 'start -> outer -> back');
    await t.create('co-deep');
    await t.work('co-a6');
    await t.work('co-b6');
  },
  'compensation: a sub-process that ended early has nothing left': async (t) => {
    const box = sub(
      'box',
      [
        start('in'),
        pass('a'),
        ...undo('ua', 'a', 'co-a7'),
        end('broke', { inside: '<errorEventDefinition errorRef="E"/>' }),
      ],
      'in -> a -> broke',
    );
    await deploy(
      t,
      'co-gone',
      [start(), box, caught('c', 'box', 'E'), ending('back'), end()],
      'start -> box -> end; c -> back',
      error('E'),
    );
    await t.create('co-gone');
  },
  'compensation: the whole of a multi-instance once': async (t) => {
    await deploy(
      t,
      'co-multi',
      [start(), pass('a', { inside: list }), ...undo('ua', 'a', 'co-a8'), ending('back')],
      'start -> a -> back',
    );
    await t.create('co-multi');
    await t.work('co-a8');
  },
  'compensation: inside a multi-instance sub-process': async (t) => {
    const box = sub(
      'box',
      [start('in'), pass('a'), ...undo('ua', 'a', 'co-a9'), end('out')],
      'in -> a -> out',
      { inside: list },
    );
    await deploy(t, 'co-multi2', [start(), box, ending('back')], 'start -> box -> back');
    await t.create('co-multi2');
    await t.work('co-a9');
    await t.work('co-a9');
  },
  'compensation: cancelled while a handler runs': async (t) => {
    await deploy(
      t,
      'co-cancel',
      [start(), pass('a'), ...undo('ua', 'a', 'co-a10'), throwing('back'), end()],
      'start -> a -> back -> end',
    );
    const key = await t.create('co-cancel');
    await t.cancel(key);
  },
  'compensation: the handler fails with an error that is caught': async (t) => {
    const box = sub(
      'box',
      [start('in'), pass('a'), ...undo('ua', 'a', 'co-a11'), throwing('back'), end('out')],
      'in -> a -> back -> out',
    );
    await deploy(
      t,
      'co-error',
      [start(), box, caught('c', 'box', 'E'), end()],
      'start -> box -> end; c -> end',
      error('E'),
    );
    await t.create('co-error');
    const [handler] = await t.activate('co-a11');
    await t.throwError(handler, 'E');
  },
  'compensation: the handler has mappings and the boundary too': async (t) => {
    const nodes = [
      start(),
      pass('a'),
      node('boundaryEvent', 'ua', {
        at: { attachedToRef: 'a' },
        io: { outputs: { y: '=1' } },
        inside: '<compensateEventDefinition id="d1"/>',
      }),
      job('h', {
        type: 'co-a12',
        at: { isForCompensation: 'true' },
        io: { inputs: { i: '=x' }, outputs: { z: '=r' } },
      }),
      '<association id="as" associationDirection="One" sourceRef="ua" targetRef="h"/>',
      throwing('back'),
      end(),
    ];
    await deploy(t, 'co-io', nodes, 'start -> a -> back -> end');
    await t.create('co-io', { variables: { x: 3 } });
    await t.work('co-a12', { r: 4 });
  },
  'compensation: from an event sub-process': async (t) => {
    const handler = node('subProcess', 'esp', {
      at: { triggeredByEvent: 'true' },
      nodes: [
        start('espIn', { inside: '<errorEventDefinition errorRef="E"/>' }),
        throwing('back'),
        end('espOut'),
      ],
      flows: 'espIn -> back -> espOut',
    });
    await deploy(
      t,
      'co-esp',
      [
        start(),
        pass('a'),
        ...undo('ua', 'a', 'co-a13'),
        job('b', { type: 'co-b13' }),
        end(),
        handler,
      ],
      'start -> a -> b -> end',
      error('E'),
    );
    await t.create('co-esp');
    const [b] = await t.activate('co-b13');
    await t.throwError(b, 'E');
    await t.work('co-a13');
  },
};
