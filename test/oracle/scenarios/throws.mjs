// Events that are thrown: none, link, message as a job, escalation, and where an escalation is caught.
import { deploy, end, incident, job, node, start, stop, sub } from './model.mjs';

const throwing = (id, inside = '', parts = {}) =>
  node('intermediateThrowEvent', id, { ...parts, inside });
const catching = (id, inside) => node('intermediateCatchEvent', id, { inside });
const link = (id, name) => `<linkEventDefinition id="${id}" name="${name}"/>`;
const onEscalation = (ref) =>
  ref ? `<escalationEventDefinition escalationRef="${ref}"/>` : '<escalationEventDefinition/>';
const escalation = (id, escalationCode = id) =>
  `<escalation id="${id}" escalationCode="${escalationCode}"/>`;
const heard = (id, attachedToRef, ref, cancelActivity = 'true', parts = {}) =>
  node('boundaryEvent', id, {
    ...parts,
    at: { attachedToRef, cancelActivity },
    inside: onEscalation(ref),
  });
const handler = (id, ref, nodes, flows, isInterrupting = 'true') =>
  node('subProcess', id, {
    at: { triggeredByEvent: 'true' },
    nodes: [start(`${id}In`, { at: { isInterrupting }, inside: onEscalation(ref) }), ...nodes],
    flows,
  });
const definition = (type) => `<zeebe:taskDefinition type="${type}"/>`;
const message = '<messageEventDefinition messageRef="m"/>';

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'throw: none event with output mappings': async (t) => {
    await deploy(
      t,
      'th-none',
      [start(), throwing('here', '', { io: { outputs: { y: '=x + 1' } } }), end()],
      'start -> here -> end',
    );
    await t.create('th-none', { variables: { x: 1 } });
  },
  'throw: none event whose output mapping fails': async (t) => {
    await deploy(
      t,
      'th-bad',
      [start(), throwing('here', '', { io: { outputs: { y: '=assert(x, x != null)' } } }), end()],
      'start -> here -> end',
    );
    const key = await t.create('th-bad');
    await t.setVariables(key, { x: 1 });
    await t.resolve(incident(t));
  },
  'throw: message events are jobs': async (t) => {
    await deploy(
      t,
      'th-message',
      [
        start(),
        throwing('say', message, {
          ext: definition('th-say'),
          io: { inputs: { a: '=x' }, outputs: { y: '=r' } },
        }),
        end('end', { inside: message, ext: definition('th-end'), io: { outputs: { z: '=r' } } }),
      ],
      'start -> say -> end',
      '<message id="m" name="m"/>',
    );
    await t.create('th-message', { variables: { x: 1 } });
    await t.work('th-say', { r: 2 });
    await t.work('th-end', { r: 3 });
  },
  'throw: a link goes on at its catch event': async (t) => {
    await deploy(
      t,
      'th-link',
      [
        start(),
        throwing('jump', link('l1', 'over'), { io: { outputs: { y: '=x + 1' } } }),
        catching('land', link('l2', 'over')),
        job('after', { type: 'th-after' }),
        end(),
      ],
      'start -> jump; land -> after -> end',
    );
    await t.create('th-link', { variables: { x: 1 } });
    await t.work('th-after');
  },
  'throw: two links to one catch event inside a sub-process': async (t) => {
    const box = sub(
      'box',
      [
        start('in'),
        node('parallelGateway', 'f'),
        throwing('one', link('l1', 'over')),
        throwing('two', link('l2', 'over')),
        catching('land', link('l3', 'over')),
        end('out'),
      ],
      'in -> f; f -> one; f -> two; land -> out',
    );
    await deploy(t, 'th-links', [start(), box, end()], 'start -> box -> end');
    await t.create('th-links');
  },
  'escalation: nobody catches it': async (t) => {
    await deploy(
      t,
      'esc-none',
      [start(), throwing('shout', onEscalation('L')), end('last', { inside: onEscalation('L') })],
      'start -> shout -> last',
      escalation('L', 'LATE'),
    );
    await t.create('esc-none');
  },
  'escalation: its code is an expression': async (t) => {
    await deploy(
      t,
      'esc-code',
      [start(), throwing('shout', onEscalation('L'), { io: { outputs: { y: '=x' } } }), end()],
      'start -> shout -> end',
      escalation('L', '=x'),
    );
    const key = await t.create('esc-code', { variables: { x: 1 } });
    await t.setVariables(key, { x: 'ok' });
    await t.resolve(incident(t));
  },
  'escalation: an interrupting boundary event ends the sub-process': async (t) => {
    const box = sub(
      'box',
      [
        start('in'),
        node('parallelGateway', 'f'),
        job('slow', { type: 'esc-slow' }),
        throwing('shout', onEscalation('L')),
        end('out'),
      ],
      'in -> f; f -> slow; f -> shout -> out',
    );
    await deploy(
      t,
      'esc-stop',
      [
        start(),
        box,
        heard('h', 'box', 'L', 'true', { io: { outputs: { y: '=1' } } }),
        end('a'),
        end('b'),
      ],
      'start -> box -> a; h -> b',
      escalation('L', 'LATE'),
    );
    await t.create('esc-stop');
  },
  'escalation: an interrupting boundary event and an end event': async (t) => {
    const box = sub('box', [start('in'), end('out', { inside: onEscalation('L') })], 'in -> out');
    await deploy(
      t,
      'esc-end',
      [start(), box, heard('h', 'box', 'L'), end('a'), end('b')],
      'start -> box -> a; h -> b',
      escalation('L', 'LATE'),
    );
    await t.create('esc-end');
  },
  'escalation: a boundary event beside the sub-process, twice': async (t) => {
    const box = sub(
      'box',
      [
        start('in'),
        throwing('one', onEscalation('L')),
        throwing('two', onEscalation('M')),
        end('out', { inside: onEscalation('L') }),
      ],
      'in -> one -> two -> out',
    );
    await deploy(
      t,
      'esc-beside',
      [
        start(),
        box,
        heard('h', 'box', 'L', 'false'),
        heard('all', 'box', undefined, 'false'),
        end('a'),
        end('b'),
        end('c'),
      ],
      'start -> box -> a; h -> b; all -> c',
      escalation('L', 'LATE') + escalation('M', 'MORE'),
    );
    await t.create('esc-beside');
  },
  'escalation: the code before the event that catches all, the inner scope before the outer':
    async (t) => {
      const inner = sub(
        'inner',
        [start('in2'), throwing('shout', onEscalation('L')), end('out2')],
        'in2 -> shout -> out2',
      );
      const outer = sub(
        'outer',
        [start('in'), inner, heard('near', 'inner', undefined, 'false'), end('n'), end('out')],
        'in -> inner -> out; near -> n',
      );
      await deploy(
        t,
        'esc-near',
        [start(), outer, heard('far', 'outer', 'L'), end('a'), end('b')],
        'start -> outer -> a; far -> b',
        escalation('L', 'LATE'),
      );
      await t.create('esc-near');
    },
  'escalation: an interrupting event sub-process': async (t) => {
    await deploy(
      t,
      'esc-esp',
      [
        start(),
        node('parallelGateway', 'f'),
        job('slow', { type: 'esc-slow2' }),
        throwing('shout', onEscalation('L')),
        end(),
        handler('h', 'L', [job('help', { type: 'esc-help' }), end('hOut')], 'hIn -> help -> hOut'),
      ],
      'start -> f; f -> slow -> end; f -> shout -> end',
      escalation('L', 'LATE'),
    );
    await t.create('esc-esp');
    await t.work('esc-help');
  },
  'escalation: an event sub-process beside': async (t) => {
    await deploy(
      t,
      'esc-esp2',
      [
        start(),
        throwing('shout', onEscalation('L')),
        job('slow', { type: 'esc-slow3' }),
        end(),
        handler(
          'h',
          'L',
          [job('help', { type: 'esc-help2' }), end('hOut')],
          'hIn -> help -> hOut',
          'false',
        ),
      ],
      'start -> shout -> slow -> end',
      escalation('L', 'LATE'),
    );
    await t.create('esc-esp2');
    await t.work('esc-slow3');
    await t.work('esc-help2');
  },
  'escalation: out of an event sub-process to the boundary of its scope': async (t) => {
    const box = sub(
      'box',
      [
        start('in'),
        end('go', { inside: onEscalation('L') }),
        handler(
          'h',
          'L',
          [throwing('more', onEscalation('M')), end('hOut')],
          'hIn -> more -> hOut',
        ),
      ],
      'in -> go',
    );
    await deploy(
      t,
      'esc-out',
      [start(), box, heard('b', 'box', 'M', 'false'), end('a'), end('c')],
      'start -> box -> a; b -> c',
      escalation('L', 'LATE') + escalation('M', 'MORE'),
    );
    await t.create('esc-out');
  },
  'escalation: after a terminate end event there is nothing left': async (t) => {
    const box = sub(
      'box',
      [start('in'), throwing('shout', onEscalation('L')), stop('halt')],
      'in -> shout -> halt',
    );
    await deploy(
      t,
      'esc-halt',
      [start(), box, heard('b', 'box', 'L', 'false'), job('late', { type: 'esc-late' }), end()],
      'start -> box -> end; b -> late -> end',
      escalation('L', 'LATE'),
    );
    await t.create('esc-halt');
    await t.work('esc-late');
  },
};
