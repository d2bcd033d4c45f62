// Cancelling an instance in every state that it can be in, and what is left for late commands.
import {
  and,
  caught,
  deploy,
  end,
  error,
  fail,
  incident,
  incidents,
  job,
  start,
  sub,
  unknownKey,
  user,
} from './model.mjs';

const guarded = { io: { inputs: { n: '=assert(late, late != null)' } } };

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'cancel: three nested sub-processes with tasks at every level': async (t) => {
    const low = sub('low', [start('s3'), job('z')], 's3 -> z');
    const mid = sub('mid', [start('s2'), low, job('y')], 's2 -> low; s2 -> y');
    const top = sub('top', [start('s1'), mid, job('x')], 's1 -> mid; s1 -> x');
    await deploy(t, 'c-nested', [start(), top, job('w')], 'start -> top; start -> w');
    const instance = await t.create('c-nested');
    await t.cancel(instance);
  },
  'cancel: job activated, then worker commands': async (t) => {
    await deploy(t, 'c-active', [start(), job('x'), end()], 'start -> x -> end');
    const instance = await t.create('c-active');
    const [work] = await t.activate('x');
    await t.cancel(instance);
    await t.fail(work, { retries: 1 });
    await t.throwError(work, 'E');
    await t.updateRetries(work, 1);
    await t.updateTimeout(work, 1000);
    await t.setVariables(instance, { a: 1 });
    await t.cancel(instance);
  },
  'cancel: job failed with retries left': async (t) => {
    await deploy(t, 'c-failed', [start(), job('x'), end()], 'start -> x -> end');
    const instance = await t.create('c-failed');
    const [work] = await t.activate('x');
    await t.fail(work, { retries: 1, errorMessage: 'try again', variables: { attempt: 1 } });
    await t.cancel(instance);
  },
  'cancel: job in back-off, which then ends': async (t) => {
    await deploy(t, 'c-backoff', [start(), job('x'), end()], 'start -> x -> end');
    const instance = await t.create('c-backoff');
    const [work] = await t.activate('x');
    await t.fail(work, { retries: 1, retryBackOff: 30_000 });
    await t.cancel(instance);
    await t.advance(31_000);
    await t.activate('x');
  },
  'cancel: incident of a failed job': async (t) => {
    await deploy(t, 'c-noretries', [start(), job('x'), end()], 'start -> x -> end');
    const instance = await t.create('c-noretries');
    const [work] = await t.activate('x');
    await t.fail(work, { retries: 0, errorMessage: 'over' });
    await t.cancel(instance);
    await t.resolve(incident(t));
  },
  'cancel: incidents of an input mapping, a condition, an output mapping and an error, in two scopes':
    async (t) => {
      const part = sub(
        'sub',
        [start('in'), job('a', guarded), fail('bad', 'E1')],
        'in -> a; in -> bad',
      );
      await deploy(
        t,
        'c-incidents',
        [
          start(),
          part,
          { ...job('gw'), name: 'exclusiveGateway' },
          job('o', { io: { outputs: { n: '=assert(late, late != null)' } } }),
          end(),
        ],
        'start -> sub; start -> gw; gw -> end ? =nothing; start -> o',
        error('E1'),
      );
      const instance = await t.create('c-incidents');
      await t.work('o');
      await t.cancel(instance);
      for (const key of incidents(t).slice(0, 1)) await t.resolve(key);
    },
  'cancel: sub-process waits in an incident of its own input mapping': async (t) => {
    await deploy(
      t,
      'c-sub-in',
      [start(), sub('sub', [start('in')], '', guarded), end()],
      'start -> sub -> end',
    );
    const instance = await t.create('c-sub-in');
    await t.cancel(instance);
  },
  'cancel: sub-process waits in an incident of its output mapping': async (t) => {
    await deploy(
      t,
      'c-sub-out',
      [start(), sub('sub', [start('in')], '', { io: { outputs: guarded.io.inputs } }), end()],
      'start -> sub -> end',
    );
    const instance = await t.create('c-sub-out');
    await t.cancel(instance);
  },
  'cancel: start event of the process waits in an incident': async (t) => {
    await deploy(
      t,
      'c-start',
      [start('start', { io: { outputs: guarded.io.inputs } }), end()],
      'start -> end',
    );
    const instance = await t.create('c-start');
    await t.cancel(instance);
  },
  'cancel: tokens wait at a join': async (t) => {
    await deploy(
      t,
      'c-join',
      [start(), and('f'), job('x'), job('y'), and('j'), end()],
      'start -> f; f -> x -> j; f -> y -> j; j -> end',
    );
    const instance = await t.create('c-join');
    await t.work('x');
    await t.cancel(instance);
  },
  'cancel: only tokens at joins are left, nothing is active': async (t) => {
    await deploy(
      t,
      'c-stuck',
      [start(), { ...job('gw'), name: 'exclusiveGateway' }, and('j'), end()],
      'start -> gw; gw -> j ? =true; gw -> j ? else; j -> end',
    );
    const instance = await t.create('c-stuck');
    await t.cancel(instance);
  },
  'cancel: user task, send task and a task with boundary events': async (t) => {
    await deploy(
      t,
      'c-kinds',
      [start(), user('u'), job('n', { kind: 'sendTask' }), job('x'), caught('c', 'x', 'E1'), end()],
      'start -> u; start -> n; start -> x; c -> end',
      error('E1'),
    );
    const instance = await t.create('c-kinds');
    await t.cancel(instance);
  },
  'cancel: keys of a sub-process, of a job, of an incident and of nothing': async (t) => {
    await deploy(
      t,
      'c-keys',
      [start(), sub('sub', [start('in'), job('x', guarded), job('y')], 'in -> x; in -> y'), end()],
      'start -> sub -> end',
    );
    await t.create('c-keys');
    await t.cancel(t.element('sub'));
    await t.cancel(t.last('JOB', 'CREATED').key);
    await t.cancel(incident(t));
    await t.cancel(unknownKey);
    await t.cancel(0);
    await t.cancel(-1);
  },
  'cancel: instance that is completed': async (t) => {
    await deploy(t, 'c-done', [start(), end()], 'start -> end');
    const instance = await t.create('c-done');
    await t.cancel(instance);
    await t.setVariables(instance, { a: 1 });
  },
};
