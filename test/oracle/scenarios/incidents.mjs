// Incidents: resolving in every order, several at once, and what each kind carries.
import {
  and,
  deploy,
  deployTask,
  end,
  error,
  fail,
  incident,
  incidents,
  job,
  start,
  sub,
  unknownKey,
  xor,
} from './model.mjs';

const need = (name) => `=assert(${name}, ${name} != null)`;

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'resolve: unknown, twice, key of the element': async (t) => {
    await deployTask(t, 'r-twice', { type: '=kind' });
    const instance = await t.create('r-twice');
    await t.resolve(unknownKey);
    await t.resolve(instance);
    await t.setVariables(instance, { kind: 'k' });
    await t.resolve(incident(t));
    await t.resolve(incidents(t)[0]);
  },
  'resolve: nothing was repaired, three times': async (t) => {
    await deployTask(t, 'r-again', { type: '=kind' });
    await t.create('r-again');
    for (let i = 0; i < 3; i++) await t.resolve(incident(t));
  },
  'resolve: the repair leads to the next incident of the same element': async (t) => {
    await deployTask(t, 'r-next', {
      type: '=kind',
      io: { inputs: { i: need('x') }, outputs: { o: need('y') } },
    });
    const instance = await t.create('r-next');
    await t.setVariables(instance, { x: 1 });
    await t.resolve(incident(t));
    await t.setVariables(instance, { kind: 'r-next-work' });
    await t.resolve(incident(t));
    await t.work('r-next-work');
    await t.setVariables(instance, { y: 1 });
    await t.resolve(incident(t));
  },
  'two incidents in one instance, resolved in the other order': async (t) => {
    await deploy(
      t,
      'two',
      [start(), and('f'), job('a', { type: '=x' }), job('b', { type: '=y' }), and('j'), end()],
      'start -> f; f -> a -> j; f -> b -> j; j -> end',
    );
    const instance = await t.create('two');
    const [first, second] = incidents(t);
    await t.setVariables(instance, { x: 'ka' });
    await t.setVariables(instance, { y: 'kb' });
    await t.resolve(second);
    await t.resolve(first);
    await t.work('ka');
    await t.work('kb');
  },
  'two incidents, one is resolved, the instance is cancelled': async (t) => {
    await deploy(
      t,
      'half',
      [start(), job('a', { type: '=x' }), job('b', { type: '=y' }), end()],
      'start -> a -> end; start -> b -> end',
    );
    const instance = await t.create('half');
    await t.setVariables(instance, { x: 'ka' });
    await t.setVariables(instance, { y: 'kb' });
    await t.resolve(incidents(t)[0]);
    await t.cancel(instance);
  },
  'two instances, one incident each': async (t) => {
    await deployTask(t, 'pair', { type: '=x' });
    const one = await t.create('pair');
    await t.create('pair');
    await t.setVariables(one, { x: 'found' });
    for (const key of incidents(t)) await t.resolve(key);
  },
  'a failed job in three nested sub-processes: path of the incident': async (t) => {
    const low = sub('low', [start('s3'), job('x')], 's3 -> x');
    const mid = sub('mid', [start('s2'), low], 's2 -> low');
    await deploy(
      t,
      'path',
      [start(), sub('top', [start('s1'), mid], 's1 -> mid'), end()],
      'start -> top -> end',
    );
    await t.create('path');
    const [work] = await t.activate('x');
    await t.fail(work, { retries: 0, errorMessage: 'no ink' });
  },
  'input mapping of a sub-process in a sub-process': async (t) => {
    const low = sub('low', [start('s2'), end('e2')], 's2 -> e2', {
      io: { inputs: { i: need('x') } },
    });
    await deploy(
      t,
      'sub-input',
      [start(), sub('top', [start('s1'), low, end('e1')], 's1 -> low -> e1'), end()],
      'start -> top -> end',
    );
    await t.create('sub-input');
    await t.setVariables(t.element('top'), { x: 1 }, true);
    await t.resolve(incident(t));
  },
  'condition: repaired in the scope of the gateway': async (t) => {
    await deploy(
      t,
      'scope',
      [
        start(),
        sub(
          'part',
          [start('in'), xor('gw'), end('a'), end('b')],
          'in -> gw; gw -> a ? =v > 1; gw -> b ? else',
        ),
        end(),
      ],
      'start -> part -> end',
    );
    await t.create('scope');
    await t.setVariables(t.element('part'), { v: 2 }, true);
    await t.resolve(incident(t));
  },
  'job without retries: resolve first, retries afterwards': async (t) => {
    await deployTask(t, 'late-retries');
    await t.create('late-retries');
    const [work] = await t.activate('late-retries-work');
    await t.fail(work, { retries: 0, errorMessage: 'over' });
    await t.resolve(incident(t));
    await t.updateRetries(work, 3);
    await t.activate('late-retries-work');
    await t.resolve(incident(t));
    await t.work('late-retries-work');
  },
  'job without retries: variables of the failure are seen after it is resolved': async (t) => {
    await deployTask(t, 'seen');
    await t.create('seen');
    const [work] = await t.activate('seen-work');
    await t.fail(work, { retries: 0, variables: { why: 'ink' } });
    await t.updateRetries(work, 1);
    await t.resolve(incident(t));
    await t.work('seen-work', { why: 'none' });
  },
  'job without retries: several of one type, resolved, handed out oldest first': async (t) => {
    await deployTask(t, 'several');
    for (let i = 0; i < 3; i++) await t.create('several', { variables: { i } });
    const jobs = await t.activate('several-work');
    for (const each of jobs) await t.fail(each, { retries: 0 });
    for (const each of jobs) await t.updateRetries(each, 1);
    for (const key of incidents(t).reverse()) await t.resolve(key);
    await t.activate('several-work');
  },
  'uncaught error of a worker and a failed job in one instance': async (t) => {
    await deploy(
      t,
      'mixed',
      [start(), job('a'), job('b'), end()],
      'start -> a -> end; start -> b -> end',
    );
    await t.create('mixed');
    const [a] = await t.activate('a');
    const [b] = await t.activate('b');
    await t.throwError(a, 'E1', { errorMessage: 'broken' });
    await t.fail(b, { retries: 0 });
    await t.updateRetries(b, 1);
    for (const key of incidents(t)) await t.resolve(key);
    await t.work('a');
    await t.work('b');
  },
  'uncaught error end event: cannot be resolved, is cancelled': async (t) => {
    await deploy(t, 'end-error', [start(), fail('bad', 'E1')], 'start -> bad', error('E1'));
    const instance = await t.create('end-error');
    await t.resolve(incident(t));
    await t.resolve(incident(t));
    await t.cancel(instance);
  },
};
