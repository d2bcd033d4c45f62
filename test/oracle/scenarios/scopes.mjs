// Sub-processes and terminate end events: what ends a scope, and in which order.
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
  start,
  stop,
  sub,
  user,
  xor,
} from './model.mjs';

const forked = (ids) => ids.map((id) => `fork -> ${id}`).join('; ');

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'terminate end: nothing else is active in the process': async (t) => {
    await deploy(t, 'stop-alone', [start(), stop()], 'start -> stop');
    await t.create('stop-alone');
  },
  'terminate end: three siblings in the process are terminated, one with an activated job': async (
    t,
  ) => {
    await deploy(
      t,
      'stop-three',
      [start(), and('fork'), job('a'), job('b'), job('c'), job('d'), stop()],
      `start -> fork; ${forked(['a', 'b', 'c', 'd'])}; d -> stop`,
    );
    await t.create('stop-three');
    await t.activate('b');
    await t.work('d');
  },
  'terminate end: siblings wait in incidents': async (t) => {
    await deploy(
      t,
      'stop-incident',
      [start(), and('fork'), job('bad', { type: '=missing' }), job('failed'), job('d'), stop()],
      `start -> fork; ${forked(['bad', 'failed', 'd'])}; d -> stop`,
    );
    await t.create('stop-incident');
    const [failed] = await t.activate('failed');
    await t.fail(failed, { retries: 0 });
    await t.work('d');
  },
  'terminate end: a sibling is a sub-process with two tasks': async (t) => {
    const inner = sub('sub', [start('in'), job('x'), job('y')], 'in -> x; in -> y');
    await deploy(
      t,
      'stop-sub',
      [start(), and('fork'), inner, job('d'), stop()],
      'start -> fork; fork -> sub; fork -> d -> stop',
    );
    await t.create('stop-sub');
    await t.work('d');
  },
  'terminate end: in a nested sub-process, two levels deep': async (t) => {
    const innermost = sub(
      'low',
      [start('in2'), job('x'), job('d'), stop()],
      'in2 -> x; in2 -> d -> stop',
    );
    const middle = sub(
      'high',
      [start('in1'), innermost, job('y'), end('out1')],
      'in1 -> low -> out1; in1 -> y',
    );
    await deploy(t, 'stop-nested', [start(), middle, end()], 'start -> high -> end');
    await t.create('stop-nested');
    await t.work('d');
    await t.work('y');
  },
  'terminate end: as last element of a sub-process whose siblings are done': async (t) => {
    const part = sub('sub', [start('in'), pass('x'), stop()], 'in -> x -> stop', {
      io: { outputs: { kept: '=inside' } },
      ext: [],
    });
    await deploy(t, 'stop-last', [start(), part, end()], 'start -> sub -> end');
    await t.create('stop-last', { variables: { inside: 1 } });
  },
  'terminate end: a token waits at a parallel join': async (t) => {
    await deploy(
      t,
      'stop-join',
      [start(), and('fork'), pass('a'), job('d'), job('e'), and('join'), stop(), end()],
      'start -> fork; fork -> a -> join; fork -> d -> stop; fork -> e -> join; join -> end',
    );
    await t.create('stop-join');
    await t.work('d');
  },
  'terminate end: two of them are reached in one step': async (t) => {
    await deploy(
      t,
      'stop-twice',
      [start(), and('fork'), stop('s1'), stop('s2'), job('w')],
      'start -> fork; fork -> s1; fork -> s2; fork -> w',
    );
    await t.create('stop-twice');
  },
  'terminate end: the process was started with a wish for its result': async (t) => {
    await deploy(
      t,
      'stop-result',
      [start(), and('fork'), job('w'), job('d'), stop()],
      'start -> fork; fork -> w; fork -> d -> stop',
    );
    await t.createAndAwait('stop-result', { variables: { a: 1 }, meanwhile: () => t.work('d') });
  },
  'terminate end: input mapping of a sibling failed, output mapping of the sub-process fails':
    async (t) => {
      const part = sub(
        'sub',
        [start('in'), job('x'), job('d'), stop()],
        'in -> x; in -> d -> stop',
        { io: { outputs: { n: '=assert(late, late != null)' } } },
      );
      await deploy(t, 'stop-mapping', [start(), part, end()], 'start -> sub -> end');
      const instance = await t.create('stop-mapping');
      await t.work('d');
      await t.setVariables(instance, { late: 2 });
      await t.resolve(incident(t));
    },
  'sub-process: three deep, one task at the bottom': async (t) => {
    const three = sub('three', [start('s3'), job('x'), end('e3')], 's3 -> x -> e3');
    const two = sub('two', [start('s2'), three, end('e2')], 's2 -> three -> e2');
    const one = sub('one', [start('s1'), two, end('e1')], 's1 -> two -> e1');
    await deploy(t, 'deep', [start(), one, end()], 'start -> one -> end');
    await t.create('deep');
    await t.work('x', { done: true });
  },
  'sub-process: without end event and without outgoing flow': async (t) => {
    await deploy(
      t,
      'open-end',
      [start(), sub('sub', [start('in'), job('x')], 'in -> x')],
      'start -> sub',
    );
    await t.create('open-end');
    await t.work('x');
  },
  'sub-process: only a start event': async (t) => {
    await deploy(
      t,
      'hollow',
      [start(), sub('sub', [start('in')], ''), end()],
      'start -> sub -> end',
    );
    await t.create('hollow');
  },
  'sub-process: several ends, the last one completes it': async (t) => {
    await deploy(
      t,
      'ends',
      [
        start(),
        sub(
          'sub',
          [start('in'), job('x'), job('y'), end('ex'), end('ey')],
          'in -> x -> ex; in -> y -> ey',
        ),
        end(),
      ],
      'start -> sub -> end',
    );
    await t.create('ends');
    await t.work('y');
    await t.work('x');
  },
  'sub-process: two tokens make two instances of it': async (t) => {
    await deploy(
      t,
      'two-tokens',
      [
        start(),
        and('fork'),
        sub('sub', [start('in'), job('x'), end('out')], 'in -> x -> out'),
        end(),
      ],
      'start -> fork; fork -> sub; fork -> sub; sub -> end',
    );
    await t.create('two-tokens');
    const jobs = await t.activate('x');
    await t.complete(jobs[1]);
    await t.complete(jobs[0]);
  },
  'sub-process: input and output mappings keep its variables inside': async (t) => {
    const part = sub('sub', [start('in'), job('x'), end('out')], 'in -> x -> out', {
      io: { inputs: { local: '=a * 2' }, outputs: { result: '=local + r' } },
    });
    await deploy(t, 'sub-io', [start(), part, end()], 'start -> sub -> end');
    await t.create('sub-io', { variables: { a: 2 } });
    await t.work('x', { local: 10 });
  },
  'sub-process: result of its task stays at the nearest scope that has the name': async (t) => {
    const part = sub('sub', [start('in'), job('x'), end('out')], 'in -> x -> out', {
      io: { inputs: { r: '=0' } },
    });
    await deploy(t, 'sub-absorbs', [start(), part, end()], 'start -> sub -> end');
    await t.create('sub-absorbs');
    await t.work('x', { r: 5 });
  },
  'sub-process: its start event has an output mapping': async (t) => {
    const part = sub(
      'sub',
      [start('in', { io: { outputs: { made: '=7' } } }), end('out')],
      'in -> out',
    );
    await deploy(t, 'sub-start-io', [start(), part, end()], 'start -> sub -> end');
    await t.create('sub-start-io');
  },
  'sub-process: input mapping fails, is set right and resolved': async (t) => {
    const part = sub('sub', [start('in'), end('out')], 'in -> out', {
      io: { inputs: { n: '=assert(late, late != null)' } },
    });
    await deploy(t, 'sub-input', [start(), part, end()], 'start -> sub -> end');
    const instance = await t.create('sub-input');
    await t.setVariables(instance, { late: 2 });
    await t.resolve(incident(t));
  },
  'sub-process: output mapping fails inside an outer sub-process': async (t) => {
    const low = sub('low', [start('in2'), end('out2')], 'in2 -> out2', {
      io: { outputs: { n: '=assert(late, late != null)' } },
    });
    const high = sub('high', [start('in1'), low, end('out1')], 'in1 -> low -> out1');
    await deploy(t, 'sub-output', [start(), high, end()], 'start -> high -> end');
    await t.create('sub-output');
    await t.setVariables(t.element('low'), { late: 2 }, true);
    await t.resolve(incident(t));
  },
  'sub-process: in a loop, three rounds': async (t) => {
    const part = sub('sub', [start('in'), job('x'), end('out')], 'in -> x -> out');
    await deploy(
      t,
      'sub-loop',
      [start(), xor('again'), part, xor('enough'), end()],
      'start -> again -> sub -> enough; enough -> again ? =n < 3; enough -> end ? else',
    );
    await t.create('sub-loop');
    for (const n of [1, 2, 3]) await t.work('x', { n });
  },
  'sub-process: a parallel join inside one scope does not see the tokens of another instance of it':
    async (t) => {
      const part = sub(
        'sub',
        [start('in'), and('f'), job('x'), pass('y'), and('j'), end('out')],
        'in -> f; f -> x -> j; f -> y -> j; j -> out',
      );
      await deploy(t, 'sub-join', [start(), part, end()], 'start -> sub; start -> sub; sub -> end');
      await t.create('sub-join');
      await t.work('x');
      await t.work('x');
    },
  'process: only a start event': async (t) => {
    await deploy(t, 'only-start', [start()]);
    await t.create('only-start', { variables: { a: 1 } });
  },
  'process: tasks without outgoing flow, of every kind that needs no worker': async (t) => {
    await deploy(
      t,
      'no-way-out',
      [start(), pass('undefined'), { ...pass('byHand'), name: 'manualTask' }, user('ask')],
      'start -> undefined; start -> byHand; start -> ask',
    );
    await t.create('no-way-out');
    await t.work('io.camunda.zeebe:userTask');
  },
  'process: manual and undefined tasks ignore their mappings': async (t) => {
    const io = { inputs: { i: '=1' }, outputs: { o: '=2' } };
    await deploy(
      t,
      'ignored-io',
      [
        start(),
        pass('undefined', { io }),
        { ...pass('byHand', { io }), name: 'manualTask' },
        end(),
      ],
      'start -> undefined -> byHand -> end',
    );
    await t.create('ignored-io');
  },
  'process: mappings of start and end event': async (t) => {
    await deploy(
      t,
      'event-io',
      [
        start('start', { io: { outputs: { made: '=a + 1' } } }),
        end('end', { io: { outputs: { last: '=made + 1' } } }),
      ],
      'start -> end',
    );
    await t.create('event-io', { variables: { a: 1 } });
  },
  'process: output mapping of the start event fails, later that of the end event': async (t) => {
    await deploy(
      t,
      'event-io-fails',
      [
        start('start', { io: { outputs: { made: '=assert(x, x != null)' } } }),
        end('end', { io: { outputs: { last: '=assert(y, y != null)' } } }),
      ],
      'start -> end',
    );
    const instance = await t.create('event-io-fails');
    await t.resolve(incident(t));
    await t.setVariables(instance, { x: 1 });
    await t.resolve(incident(t));
    await t.setVariables(instance, { y: 1 });
    await t.resolve(incident(t));
  },
  'process: two flows out of the start event, two out of a task': async (t) => {
    await deploy(
      t,
      'implicit-fork',
      [start(), pass('a'), pass('b'), end('c'), end('d'), end('e')],
      'start -> a; start -> b; a -> c; a -> d; b -> e',
    );
    await t.create('implicit-fork');
  },
  'process: a task with three incoming flows runs once for each': async (t) => {
    await deploy(
      t,
      'implicit-merge',
      [start(), and('fork'), pass('a'), pass('b'), job('w'), end()],
      'start -> fork; fork -> a -> w; fork -> b -> w; fork -> w; w -> end',
    );
    await t.create('implicit-merge');
    await t.work('w', { r: 1 });
    await t.work('w', { r: 2 });
    await t.work('w', { r: 2 });
  },
  'process: unfinished sub-process and error boundary beside a terminate end event': async (t) => {
    const part = sub('sub', [start('in'), job('x'), fail('bad', 'E')], 'in -> x -> bad');
    await deploy(
      t,
      'stop-boundary',
      [start(), and('fork'), part, caught('broke', 'sub', 'E'), job('d'), stop(), stop('stop2')],
      'start -> fork; fork -> sub; fork -> d -> stop; broke -> stop2',
      error('E'),
    );
    await t.create('stop-boundary');
    await t.work('x');
  },
};
