// Parallel gateways: forks, joins, tokens too many, and chains of more commands than one batch takes.
import { and, deploy, end, job, pass, start, sub, xor } from './model.mjs';

const many = (n, name) => Array.from({ length: n }, (_, i) => `${name}${i + 1}`);

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'parallel: fork and join of three, completed out of order': async (t) => {
    await deploy(
      t,
      'p-three',
      [start(), and('f'), job('a'), job('b'), job('c'), and('j'), end()],
      'start -> f; f -> a -> j; f -> b -> j; f -> c -> j; j -> end',
    );
    await t.create('p-three');
    for (const type of ['b', 'c', 'a']) await t.work(type, { [type]: 1 });
  },
  'parallel: fork to three end events': async (t) => {
    await deploy(
      t,
      'p-ends',
      [start(), and('f'), end('a'), end('b'), end('c')],
      'start -> f; f -> a; f -> b; f -> c',
    );
    await t.create('p-ends');
  },
  'parallel: fork straight into its join': async (t) => {
    await deploy(
      t,
      'p-straight',
      [start(), and('f'), and('j'), end()],
      'start -> f; f -> j; f -> j; f -> j; j -> end',
    );
    await t.create('p-straight');
  },
  'parallel: one gateway joins and forks': async (t) => {
    await deploy(
      t,
      'p-both',
      [start(), and('f'), pass('a'), job('b'), and('jf'), job('x'), job('y')],
      'start -> f; f -> a -> jf; f -> b -> jf; jf -> x; jf -> y',
    );
    await t.create('p-both');
    await t.work('b');
    await t.work('x');
    await t.work('y');
  },
  'parallel: a join that is fed twice by one flow waits for the other': async (t) => {
    await deploy(
      t,
      'p-twice',
      [start(), and('f'), pass('a'), pass('b'), xor('m'), job('c'), and('j'), job('after')],
      'start -> f; f -> a -> m; f -> b -> m; m -> j; f -> c -> j; j -> after',
    );
    await t.create('p-twice');
    await t.work('c');
    await t.work('after');
  },
  'parallel: a surplus token is kept for the next round': async (t) => {
    await deploy(
      t,
      'p-surplus',
      [
        start(),
        and('f'),
        pass('a'),
        pass('b'),
        xor('m'),
        xor('loop'),
        job('c'),
        and('j'),
        xor('more'),
        end(),
      ],
      'start -> f; f -> a -> m; f -> b -> m; m -> j; f -> loop; loop -> c -> j; j -> more; more -> loop ? =again; more -> end ? else',
    );
    await t.create('p-surplus');
    await t.work('c', { again: true });
    await t.work('c', { again: false });
  },
  'parallel: a join of one incoming flow passes each token': async (t) => {
    await deploy(
      t,
      'p-one',
      [start(), pass('a'), and('j'), end()],
      'start -> a -> j; start -> j; j -> end',
    );
    await deploy(t, 'p-single', [start(), and('j'), end()], 'start -> j -> end');
    await t.create('p-one');
    await t.create('p-single');
  },
  'parallel: gateway without outgoing flow': async (t) => {
    await deploy(
      t,
      'p-stop',
      [start(), and('f'), pass('a'), pass('b'), and('j')],
      'start -> f; f -> a -> j; f -> b -> j',
    );
    await t.create('p-stop');
  },
  'parallel: a branch ends before the join, the instance waits for ever': async (t) => {
    await deploy(
      t,
      'p-stuck',
      [start(), xor('gw'), pass('a'), job('b'), and('j'), end()],
      'start -> gw; gw -> a -> j ? =true; gw -> b -> j ? else; j -> end',
    );
    const instance = await t.create('p-stuck');
    await t.cancel(instance);
  },
  'parallel: nested fork in fork, joins in turn': async (t) => {
    await deploy(
      t,
      'p-nested',
      [start(), and('f1'), and('f2'), job('a'), job('b'), job('c'), and('j2'), and('j1'), end()],
      'start -> f1; f1 -> f2; f2 -> a -> j2; f2 -> b -> j2; f1 -> c -> j1; j2 -> j1; j1 -> end',
    );
    await t.create('p-nested');
    for (const type of ['a', 'c', 'b']) await t.work(type);
  },
  'parallel: branches write the same variable': async (t) => {
    await deploy(
      t,
      'p-write',
      [start(), and('f'), job('a'), job('b'), and('j'), end()],
      'start -> f; f -> a -> j; f -> b -> j; j -> end',
    );
    await t.create('p-write', { variables: { r: 0 } });
    await t.work('a', { r: 1 });
    await t.work('b', { r: 2 });
  },
  'parallel: join in a loop, two rounds': async (t) => {
    await deploy(
      t,
      'p-loop',
      [start(), xor('m'), and('f'), job('a'), job('b'), and('j'), xor('more'), end()],
      'start -> m -> f; f -> a -> j; f -> b -> j; j -> more; more -> m ? =again; more -> end ? else',
    );
    await t.create('p-loop');
    for (const again of [true, false]) {
      await t.work('a');
      await t.work('b', { again });
    }
  },
  'batch: a fork to 120 end events': async (t) => {
    const ends = many(120, 'e');
    await deploy(
      t,
      'b-ends',
      [start(), and('f'), ...ends.map((id) => end(id))],
      `start -> f;${ends.map((id) => `f -> ${id}`).join(';')}`,
    );
    await t.create('b-ends');
  },
  'batch: a chain of 70 undefined tasks': async (t) => {
    const tasks = many(70, 't');
    await deploy(
      t,
      'b-chain',
      [start(), ...tasks.map((id) => pass(id)), end()],
      `start -> ${tasks.join(' -> ')} -> end`,
    );
    await t.create('b-chain');
  },
  'batch: cancelling a sub-process with 60 tasks': async (t) => {
    const tasks = many(60, 't');
    const part = sub(
      'sub',
      [start('in'), and('f'), ...tasks.map((id) => job(id, { type: 'b' }))],
      `in -> f;${tasks.map((id) => `f -> ${id}`).join(';')}`,
    );
    await deploy(t, 'b-cancel', [start(), part], 'start -> sub');
    const instance = await t.create('b-cancel');
    await t.cancel(instance);
  },
};
