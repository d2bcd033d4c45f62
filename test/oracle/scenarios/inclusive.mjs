// Inclusive gateways: which flows are taken, when the join goes on, and when it waits for ever.
import {
  and,
  caught,
  deploy,
  end,
  error,
  incident,
  job,
  node,
  pass,
  start,
  sub,
} from './model.mjs';

const or = (id) => node('inclusiveGateway', id);
const catching = (id, inside) => node('intermediateCatchEvent', id, { inside });
const throwing = (id, inside) => node('intermediateThrowEvent', id, { inside });
const link = (id, name) => `<linkEventDefinition id="${id}" name="${name}"/>`;

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'inclusive: no condition is true and there is a default flow': async (t) => {
    await deploy(
      t,
      'or-default',
      [start(), or('g'), end('a'), end('b'), end('c')],
      'start -> g; g -> a ? =x = 1; g -> b ? =x = 2; g -> c ? else',
    );
    await t.create('or-default', { variables: { x: 3 } });
    await t.create('or-default', { variables: { x: 2 } });
  },
  'inclusive: no condition is true and there is no default flow': async (t) => {
    await deploy(
      t,
      'or-none',
      [start(), or('g'), end('a'), end('b')],
      'start -> g; g -> a ? =x = 1; g -> b ? =x = 2',
    );
    const key = await t.create('or-none', { variables: { x: 3 } });
    await t.setVariables(key, { x: 2 });
    await t.resolve(incident(t));
  },
  'inclusive: a condition that is no boolean': async (t) => {
    await deploy(
      t,
      'or-text',
      [start(), or('g'), end('a'), end('b')],
      'start -> g; g -> a ? =x; g -> b ? =true',
    );
    const key = await t.create('or-text', { variables: { x: 'text' } });
    await t.setVariables(key, { x: true });
    await t.resolve(incident(t));
  },
  'inclusive: one flow without condition': async (t) => {
    await deploy(t, 'or-one', [start(), or('g'), end()], 'start -> g -> end');
    await t.create('or-one');
  },
  'inclusive: no outgoing flow': async (t) => {
    await deploy(t, 'or-last', [start(), or('g')], 'start -> g');
    await t.create('or-last');
  },
  'inclusive: join of two out of three, then on': async (t) => {
    await deploy(
      t,
      'or-two',
      [start(), or('f'), job('a'), job('b'), job('c'), or('j'), job('after'), end()],
      'start -> f; f -> a -> j ? =x > 1; f -> b -> j ? =x > 2; f -> c -> j ? =x > 3; j -> after -> end',
    );
    await t.create('or-two', { variables: { x: 3 } });
    await t.work('a');
    await t.work('b');
    await t.work('after');
  },
  'inclusive: one branch ends elsewhere and nobody looks at the join again': async (t) => {
    await deploy(
      t,
      'or-waits',
      [
        start(),
        and('f'),
        job('a'),
        job('b'),
        or('j'),
        node('exclusiveGateway', 'x'),
        end('out'),
        end(),
      ],
      'start -> f; f -> a -> j; f -> b -> x; x -> j ? =y = 1; x -> out ? else; j -> end',
    );
    await t.create('or-waits', { variables: { y: 2 } });
    await t.work('a');
    await t.work('b');
  },
  'inclusive: a branch that cannot come any more does not hold the join': async (t) => {
    await deploy(
      t,
      'or-gone',
      [start(), and('f'), job('a'), job('b'), or('j'), end('out'), end()],
      'start -> f; f -> a -> j; f -> b -> out; j -> end',
    );
    await t.create('or-gone');
    await t.work('a');
    await t.work('b');
  },
  'inclusive: a boundary event may still lead to the join': async (t) => {
    await deploy(
      t,
      'or-boundary',
      [start(), and('f'), job('a'), job('b'), caught('c', 'b', 'E'), or('j'), end('out'), end()],
      'start -> f; f -> a -> j; f -> b -> out; c -> j; j -> end',
      error('E'),
    );
    await t.create('or-boundary');
    await t.work('a');
    const [b] = await t.activate('b');
    await t.throwError(b, 'E');
  },
  'inclusive: a link may still lead to the join': async (t) => {
    await deploy(
      t,
      'or-link',
      [
        start(),
        and('f'),
        job('a'),
        job('b'),
        throwing('jump', link('l1', 'over')),
        catching('land', link('l2', 'over')),
        or('j'),
        end(),
      ],
      'start -> f; f -> a -> j; f -> b -> jump; land -> j; j -> end',
    );
    await t.create('or-link');
    await t.work('a');
    await t.work('b');
  },
  'inclusive: in a loop, twice through the join': async (t) => {
    await deploy(
      t,
      'or-loop',
      [start(), or('f'), job('a'), job('b'), or('j'), node('exclusiveGateway', 'x'), end()],
      'start -> f; f -> a -> j ? =x > 0; f -> b -> j ? =x > 1; j -> x; x -> f ? =again; x -> end ? else',
    );
    await t.create('or-loop', { variables: { x: 2, again: true } });
    await t.work('a');
    await t.work('b');
    await t.work('b', { again: false });
    await t.work('a');
  },
  'inclusive: joins inside a sub-process do not look outside': async (t) => {
    const box = sub(
      'box',
      [start('in'), or('f'), job('a'), pass('b'), or('j'), end('out')],
      'in -> f; f -> a -> j ? =x > 0; f -> b -> j ? =x > 1; j -> out',
    );
    await deploy(
      t,
      'or-box',
      [start(), and('s'), box, job('side'), end()],
      'start -> s; s -> box -> end; s -> side -> end',
    );
    await t.create('or-box', { variables: { x: 2 } });
    await t.work('a');
    await t.work('side');
  },
  'inclusive: cancelled while the join waits': async (t) => {
    await deploy(
      t,
      'or-cancel',
      [start(), or('f'), job('a'), job('b'), or('j'), end()],
      'start -> f; f -> a -> j ? =true; f -> b -> j ? =true; j -> end',
    );
    const key = await t.create('or-cancel');
    await t.work('a');
    await t.cancel(key);
  },
  'inclusive: two tokens on one flow': async (t) => {
    await deploy(
      t,
      'or-twice',
      [start(), and('f'), pass('m'), job('b'), or('j'), end()],
      'start -> f; f -> m; f -> m; f -> b; m -> j; b -> j; j -> end',
    );
    await t.create('or-twice');
    await t.work('b');
  },
};
