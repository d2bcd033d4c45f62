// Commands that come too late: their scope was interrupted or is being ended while they waited in the queue.
import {
  and,
  caught,
  deploy,
  end,
  error,
  fail,
  job,
  pass,
  start,
  stop,
  sub,
  xor,
} from './model.mjs';

/** Forks of a sub-process are started in the reverse of their order in the file, so the last one comes first. */
const failing = (...flows) => [
  start('in'),
  fail('bad', 'E1'),
  pass('p'),
  xor('gw'),
  job('w'),
  end('out'),
  flows.join(';'),
];
const inSub =
  (id, nodes, rest = 'E1') =>
  async (t) => {
    const flows = nodes.pop();
    await deploy(
      t,
      id,
      [start(), sub('part', nodes, flows), caught('c', 'part', 'E1'), end()],
      'start -> part -> end; c -> end',
      error(rest),
    );
    await t.create(id);
  };

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'interrupted by a terminate end event: the activation behind a gateway comes too late': async (
    t,
  ) => {
    await deploy(
      t,
      'g-act',
      [start(), and('f'), xor('gw'), job('w'), stop()],
      'start -> f; f -> gw -> w; f -> stop',
    );
    await t.create('g-act');
  },
  'interrupted by a terminate end event: the activation is in time and is ended': async (t) => {
    await deploy(
      t,
      'g-time',
      [start(), and('f'), xor('gw'), job('w'), stop()],
      'start -> f; f -> stop; f -> gw -> w',
    );
    await t.create('g-time');
  },
  'interrupted by a terminate end event: the completion of a task comes too late': async (t) => {
    await deploy(
      t,
      'g-com',
      [start(), and('f'), pass('p'), end(), stop()],
      'start -> f; f -> p -> end; f -> stop',
    );
    await t.create('g-com');
  },
  'interrupted by a terminate end event: a sub-process is just starting': async (t) => {
    await deploy(
      t,
      'g-sub',
      [start(), and('f'), sub('part', [start('in'), job('w')], 'in -> w'), stop()],
      'start -> f; f -> part; f -> stop',
    );
    await t.create('g-sub');
  },
  'interrupted by a terminate end event: a join would be complete': async (t) => {
    await deploy(
      t,
      'g-join',
      [start(), and('f'), and('j'), stop(), end()],
      'start -> f; f -> j; f -> j; f -> stop; j -> end',
    );
    await t.create('g-join');
  },
  'ended by an error: the activation behind a gateway comes too late': inSub(
    'g-error-act',
    failing('in -> gw -> w', 'in -> bad'),
  ),
  'ended by an error: the completion of a task comes too late': inSub(
    'g-error-com',
    failing('in -> p -> out', 'in -> bad'),
  ),
  'ended by an error: the task before it is still activated': inSub(
    'g-error-time',
    failing('in -> bad', 'in -> w'),
  ),
  'ended by an error: an error in an inner sub-process while the outer one is being ended': async (
    t,
  ) => {
    const inner = sub('inner', [start('i'), fail('bad1', 'E1')], 'i -> bad1');
    for (const [id, flows] of [
      ['g-two-a', 'o -> inner; o -> bad2'],
      ['g-two-b', 'o -> bad2; o -> inner'],
    ]) {
      const outer = sub(
        'outer',
        [start('o'), inner, caught('c1', 'inner', 'E1'), fail('bad2', 'E2'), end('oe')],
        `${flows}; c1 -> oe`,
      );
      await deploy(
        t,
        id,
        [start(), outer, caught('c2', 'outer', 'E2'), end()],
        'start -> outer -> end; c2 -> end',
        error('E1') + error('E2'),
      );
      await t.create(id);
    }
  },
  'ended by an error: the same error twice in two sub-processes of one scope': async (t) => {
    const inner = (id) => sub(id, [start(`${id}s`), fail(`${id}bad`, 'E1')], `${id}s -> ${id}bad`);
    const outer = sub('outer', [start('o'), inner('x'), inner('y')], 'o -> x; o -> y');
    await deploy(
      t,
      'g-same',
      [start(), outer, caught('c', 'outer', 'E1'), end()],
      'start -> outer -> end; c -> end',
      error('E1'),
    );
    await t.create('g-same');
  },
  'ended by an error: terminate end event and error end event in one step': async (t) => {
    for (const [id, flows] of [
      ['g-both-a', 'in -> stop; in -> bad'],
      ['g-both-b', 'in -> bad; in -> stop'],
    ]) {
      await deploy(
        t,
        id,
        [
          start(),
          sub('part', [start('in'), stop(), fail('bad', 'E1')], flows),
          caught('c', 'part', 'E1'),
          end(),
          end('handled'),
        ],
        'start -> part -> end; c -> handled',
        error('E1'),
      );
      await t.create(id);
    }
  },
  'ended by an error: the sub-process completes in the same step': async (t) => {
    const nodes = [start('in'), pass('p'), pass('q'), fail('bad', 'E1'), end('out')];
    await deploy(
      t,
      'g-last',
      [
        start(),
        sub('part', nodes, 'in -> p -> out; in -> q -> bad'),
        caught('c', 'part', 'E1'),
        end(),
      ],
      'start -> part -> end; c -> end',
      error('E1'),
    );
    await t.create('g-last');
  },
};
