// Error end events, error boundary events, errors thrown by workers: who catches what, and what is ended for it.
import {
  and,
  caught,
  deploy,
  end,
  error,
  fail,
  incident,
  job,
  pass,
  script,
  start,
  sub,
  unknownKey,
  user,
} from './model.mjs';

const retry = async (t) => t.resolve(incident(t));

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'error end: nobody catches, no event exists': async (t) => {
    await deploy(t, 'lost', [start(), fail('bad', 'E1')], 'start -> bad', error('E1'));
    await t.create('lost');
    await retry(t);
  },
  'error end: nobody catches, other codes could have been': async (t) => {
    const part = sub('sub', [start('in'), fail('bad', 'E1')], 'in -> bad');
    const outer = sub(
      'outer',
      [start('o'), part, caught('c2', 'sub', 'E2'), end('oe')],
      'o -> sub -> oe; c2 -> oe',
    );
    await deploy(
      t,
      'others',
      [start(), outer, caught('c3', 'outer', 'E3'), end()],
      'start -> outer -> end; c3 -> end',
      error('E1') + error('E2') + error('E3'),
    );
    await t.create('others');
  },
  'error end: incident in a scope with a running sibling, cancelled': async (t) => {
    await deploy(
      t,
      'lost-sibling',
      [start(), job('w'), fail('bad', 'E1')],
      'start -> w; start -> bad',
      error('E1'),
    );
    const instance = await t.create('lost-sibling');
    await t.work('w');
    await t.cancel(instance);
  },
  'error end: caught two levels up': async (t) => {
    const low = sub('low', [start('i2'), job('x'), fail('bad', 'E1')], 'i2 -> x; i2 -> bad');
    const mid = sub('mid', [start('i1'), low, job('y'), end('oe')], 'i1 -> low -> oe; i1 -> y');
    await deploy(
      t,
      'two-up',
      [start(), mid, caught('c', 'mid', 'E1'), job('after'), end()],
      'start -> mid -> end; c -> after',
      error('E1'),
    );
    await t.create('two-up');
    await t.work('after');
  },
  'error end: a near catch-all wins over a far exact code': async (t) => {
    const low = sub('low', [start('i2'), fail('bad', 'E1')], 'i2 -> bad');
    const mid = sub(
      'mid',
      [start('i1'), low, caught('near', 'low'), end('oe')],
      'i1 -> low -> oe; near -> oe',
    );
    await deploy(
      t,
      'near-all',
      [start(), mid, caught('far', 'mid', 'E1'), end()],
      'start -> mid -> end; far -> end',
      error('E1'),
    );
    await t.create('near-all');
  },
  'error end: of one scope the exact code wins over the catch-all, in both orders': async (t) => {
    const part = sub('sub', [start('in'), fail('bad', 'E1')], 'in -> bad');
    const ends = [end('exactly'), end('any')];
    await deploy(
      t,
      'exact-last',
      [start(), part, caught('all', 'sub'), caught('exact', 'sub', 'E1'), ...ends],
      'start -> sub; exact -> exactly; all -> any',
      error('E1'),
    );
    await deploy(
      t,
      'exact-first',
      [start(), part, caught('exact', 'sub', 'E1'), caught('all', 'sub'), ...ends],
      'start -> sub; exact -> exactly; all -> any',
      error('E1'),
    );
    await t.create('exact-last');
    await t.create('exact-first');
  },
  'error end: a near other code is passed by': async (t) => {
    const low = sub('low', [start('i2'), fail('bad', 'E1')], 'i2 -> bad');
    const mid = sub(
      'mid',
      [start('i1'), low, caught('near', 'low', 'E2'), end('oe')],
      'i1 -> low -> oe; near -> oe',
    );
    await deploy(
      t,
      'pass-by',
      [start(), mid, caught('far', 'mid'), end()],
      'start -> mid -> end; far -> end',
      error('E1') + error('E2'),
    );
    await t.create('pass-by');
  },
  'error end: code from an expression': async (t) => {
    const part = sub('sub', [start('in'), fail('bad', 'E')], 'in -> bad');
    await deploy(
      t,
      'code-feel',
      [start(), part, caught('c', 'sub', 'late'), end(), end('handled')],
      'start -> sub -> end; c -> handled',
      error('E', '=code') + error('late', 'LATE'),
    );
    await t.create('code-feel', { variables: { code: 'LATE' } });
  },
  'error end: code expression without a value, then with a number, then right': async (t) => {
    const part = sub('sub', [start('in'), fail('bad', 'E')], 'in -> bad');
    await deploy(
      t,
      'code-null',
      [start(), part, caught('c', 'sub', 'late'), end(), end('handled')],
      'start -> sub -> end; c -> handled',
      error('E', '=code') + error('late', 'LATE'),
    );
    const instance = await t.create('code-null');
    await t.setVariables(instance, { code: 12 });
    await retry(t);
    await t.setVariables(instance, { code: 'OTHER' });
    await retry(t);
    await t.setVariables(instance, { code: 'LATE' });
    await retry(t);
  },
  'error end: ends siblings with jobs and incidents in its sub-process': async (t) => {
    const part = sub(
      'sub',
      [start('in'), job('x'), job('bad-type', { type: '=nothing' }), job('d'), fail('bad', 'E1')],
      'in -> x; in -> bad-type; in -> d -> bad',
    );
    await deploy(
      t,
      'siblings',
      [start(), part, caught('c', 'sub', 'E1'), end()],
      'start -> sub; c -> end',
      error('E1'),
    );
    await t.create('siblings');
    await t.activate('x');
    await t.work('d');
  },
  'error end: only its own sub-process is ended, the branch beside it goes on': async (t) => {
    const part = sub('sub', [start('in'), fail('bad', 'E1')], 'in -> bad');
    await deploy(
      t,
      'beside',
      [start(), part, caught('c', 'sub', 'E1'), job('w'), and('join'), end()],
      'start -> sub -> join; c -> join; start -> w -> join; join -> end',
      error('E1'),
    );
    await t.create('beside');
    await t.work('w');
  },
  'error end: two of them in one step': async (t) => {
    const part = sub(
      'sub',
      [start('in'), fail('bad1', 'E1'), fail('bad2', 'E1')],
      'in -> bad1; in -> bad2',
    );
    await deploy(
      t,
      'two-bad',
      [start(), part, caught('c', 'sub', 'E1'), end()],
      'start -> sub; c -> end',
      error('E1'),
    );
    await t.create('two-bad');
  },
  'error end: input and output mappings': async (t) => {
    const part = sub(
      'sub',
      [start('in'), fail('bad', 'E1', { io: { inputs: { i: '=1' }, outputs: { o: '=2' } } })],
      'in -> bad',
    );
    await deploy(
      t,
      'bad-io',
      [start(), part, caught('c', 'sub', 'E1', { io: { outputs: { seen: '=3' } } }), end()],
      'start -> sub; c -> end',
      error('E1'),
    );
    await t.create('bad-io');
  },
  'error end: boundary catches again and again in a loop': async (t) => {
    const part = sub(
      'sub',
      [start('in'), script('count', '=n + 1', 'n'), fail('bad', 'E1')],
      'in -> count -> bad',
    );
    await deploy(
      t,
      'bad-loop',
      [
        start(),
        part,
        caught('c', 'sub', 'E1'),
        { ...pass('choice'), name: 'exclusiveGateway' },
        end(),
      ],
      'start -> sub; c -> choice; choice -> sub ? =n < 3; choice -> end ? else',
      error('E1'),
    );
    await t.create('bad-loop', { variables: { n: 0 } });
  },
  'boundary: output mapping fails, then is set right': async (t) => {
    await deploy(
      t,
      'c-io',
      [
        start(),
        job('x'),
        caught('c', 'x', 'E1', { io: { outputs: { o: '=assert(late, late != null)' } } }),
        end(),
      ],
      'start -> x -> end; c -> end',
      error('E1'),
    );
    const instance = await t.create('c-io');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E1', { variables: { part: 'belt' } });
    await t.setVariables(instance, { late: 1 });
    await retry(t);
  },
  'throwError: without variables, without mapping': async (t) => {
    await deploy(
      t,
      'throw-plain',
      [start(), job('x'), caught('c', 'x', 'E1'), end()],
      'start -> x -> end; c -> end',
      error('E1'),
    );
    await t.create('throw-plain', { variables: { a: 1 } });
    const [work] = await t.activate('x');
    await t.throwError(work, 'E1', { errorMessage: 'why' });
    await t.throwError(work, 'E1');
  },
  'throwError: variables and an output mapping on the boundary event': async (t) => {
    await deploy(
      t,
      'throw-mapped',
      [start(), job('x'), caught('c', 'x', 'E1', { io: { outputs: { seen: '=part' } } }), end()],
      'start -> x -> end; c -> end',
      error('E1'),
    );
    await t.create('throw-mapped');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E1', { variables: { part: 'belt' } });
  },
  'throwError: variables without a mapping, a task waits behind': async (t) => {
    await deploy(
      t,
      'throw-local',
      [start(), job('x'), caught('c', 'x', 'E1'), job('after'), end()],
      'start -> x -> end; c -> after -> end',
      error('E1'),
    );
    await t.create('throw-local', { variables: { part: 'root' } });
    const [work] = await t.activate('x');
    await t.throwError(work, 'E1', { variables: { part: 'belt' } });
    await t.work('after');
  },
  'throwError: caught on the sub-process around the task, a sibling is ended': async (t) => {
    const part = sub('sub', [start('in'), job('x'), job('y')], 'in -> x; in -> y');
    await deploy(
      t,
      'throw-sub',
      [start(), part, caught('c', 'sub', 'E1', { io: { outputs: { seen: '=part' } } }), end()],
      'start -> sub; c -> end',
      error('E1'),
    );
    await t.create('throw-sub');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E1', { variables: { part: 'belt' } });
  },
  'throwError: on a job that nobody activated, by key': async (t) => {
    await deploy(
      t,
      'throw-idle',
      [start(), job('x'), caught('c', 'x'), end()],
      'start -> x; c -> end',
    );
    await t.create('throw-idle');
    await t.throwError(t.last('JOB', 'CREATED').key, 'ANY');
  },
  'throwError: script, send and user tasks as jobs': async (t) => {
    const nodes = [
      job('s', { kind: 'scriptTask' }),
      job('n', { kind: 'sendTask' }),
      user('u'),
      job('r', { kind: 'businessRuleTask' }),
    ];
    await deploy(
      t,
      'throw-kinds',
      [start(), ...nodes, ...nodes.map((n) => caught(`c_${n.id}`, n.id, 'E1')), end()],
      nodes.map((n) => `start -> ${n.id}; c_${n.id} -> end`).join(';'),
      error('E1'),
    );
    await t.create('throw-kinds');
    for (const type of ['s', 'n', 'io.camunda.zeebe:userTask', 'r']) {
      const [work] = await t.activate(type);
      await t.throwError(work, 'E1');
    }
  },
  'throwError: empty code and code nobody knows, catch-all there': async (t) => {
    await deploy(
      t,
      'throw-empty',
      [start(), job('x'), caught('c', 'x'), end()],
      'start -> x; c -> end',
    );
    await t.create('throw-empty');
    const [work] = await t.activate('x');
    await t.throwError(work, '');
  },
  'throwError: empty code, nobody catches': async (t) => {
    await deploy(t, 'throw-none', [start(), job('x'), end()], 'start -> x -> end');
    await t.create('throw-none');
    const [work] = await t.activate('x');
    await t.throwError(work, '');
    await t.throwError(work, 'E');
    await t.complete(work);
    await t.fail(work, { retries: 1 });
    await t.activate('x');
    await t.updateRetries(work, 2);
    await t.updateTimeout(work, 1000);
    await retry(t);
    await t.work('x');
  },
  'throwError: uncaught with variables and message, in a sub-process, list of codes': async (t) => {
    const part = sub(
      'sub',
      [start('in'), job('x'), caught('c1', 'x', 'E1'), end('o')],
      'in -> x -> o; c1 -> o',
    );
    await deploy(
      t,
      'throw-list',
      [start(), part, caught('c2', 'sub', 'E2'), end()],
      'start -> sub -> end; c2 -> end',
      error('E1') + error('E2'),
    );
    await t.create('throw-list');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E9', { errorMessage: 'gone', variables: { part: 'belt' } });
    await retry(t);
    const [again] = await t.activate('x');
    await t.throwError(again, 'E2');
  },
  'throwError: uncaught, then the instance is cancelled': async (t) => {
    await deploy(t, 'throw-cancel', [start(), job('x'), end()], 'start -> x -> end');
    const instance = await t.create('throw-cancel');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E9');
    await t.cancel(instance);
  },
  'throwError: on a failed job in an incident, and on an unknown job': async (t) => {
    await deploy(
      t,
      'throw-failed',
      [start(), job('x'), caught('c', 'x'), end()],
      'start -> x; c -> end',
    );
    await t.create('throw-failed');
    const [work] = await t.activate('x');
    await t.fail(work, { retries: 0 });
    await t.throwError(work, 'E1');
    await t.throwError(unknownKey, 'E1');
  },
  'boundary: of a task that fails at activation is not open, that of its sub-process ends it':
    async (t) => {
      const part = sub(
        'sub',
        [start('in'), job('x', { type: '=nothing' }), job('d'), fail('bad', 'E1')],
        'in -> x; in -> d -> bad',
      );
      await deploy(
        t,
        'c-incident',
        [start(), part, caught('c', 'sub'), end()],
        'start -> sub; c -> end',
        error('E1'),
      );
      await t.create('c-incident');
      await t.work('d');
    },
  'boundary: two on one task with different codes': async (t) => {
    await deploy(
      t,
      'c-two',
      [start(), job('x'), caught('c1', 'x', 'E1'), caught('c2', 'x', 'E2'), end('one'), end('two')],
      'start -> x; c1 -> one; c2 -> two',
      error('E1') + error('E2'),
    );
    await t.create('c-two');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E2');
  },
  'boundary: two outgoing flows': async (t) => {
    await deploy(
      t,
      'c-fork',
      [start(), job('x'), caught('c', 'x', 'E1'), end('one'), end('two')],
      'start -> x; c -> one; c -> two',
      error('E1'),
    );
    await t.create('c-fork');
    const [work] = await t.activate('x');
    await t.throwError(work, 'E1');
  },
  'boundary: error with an empty code catches everything': async (t) => {
    await deploy(
      t,
      'c-empty',
      [start(), job('x'), caught('c', 'x', 'E0'), end()],
      'start -> x; c -> end',
      error('E0', ''),
    );
    await t.create('c-empty');
    const [work] = await t.activate('x');
    await t.throwError(work, 'ANY');
  },
  'boundary: on manual and undefined tasks never fires': async (t) => {
    await deploy(
      t,
      'c-pass',
      [start(), pass('p'), caught('c', 'p'), end()],
      'start -> p -> end; c -> end',
    );
    await t.create('c-pass');
  },
};
