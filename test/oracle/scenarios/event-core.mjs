// Timers, signals, event-based gateways, boundary events and event sub-processes in combination.
import {
  caught,
  deploy,
  end,
  error,
  fail,
  incident,
  job,
  node,
  onError,
  start,
  sub,
  tag,
} from './model.mjs';

const timer = (kind, value) =>
  `<timerEventDefinition><${kind}>${value}</${kind}></timerEventDefinition>`;
const after = (value) => timer('timeDuration', value);
const at = (value) => timer('timeDate', value);
const every = (value) => timer('timeCycle', value);
const onSignal = (ref) => tag('signalEventDefinition', { signalRef: ref });
const signal = (id, name = id) => tag('signal', { id, name });
const onMessage = (ref) => tag('messageEventDefinition', { messageRef: ref });
const message = (id, key = '=key') =>
  `<message id="${id}" name="${id}"><extensionElements>${tag('zeebe:subscription', { correlationKey: key })}</extensionElements></message>`;
const wait = (id, inside, parts = {}) => node('intermediateCatchEvent', id, { ...parts, inside });
const bound = (id, attachedToRef, inside, cancelActivity, parts = {}) =>
  node('boundaryEvent', id, { ...parts, at: { attachedToRef, cancelActivity }, inside });
const race = (id) => node('eventBasedGateway', id);
const handler = (id, inside, nodes, flows, isInterrupting, parts = {}) =>
  node('subProcess', id, {
    at: { triggeredByEvent: 'true' },
    nodes: [start(`${id}In`, { ...parts, at: { isInterrupting }, inside }), ...nodes],
    flows: `${id}In -> ${flows}`,
  });
const SECOND = 1000;
const MINUTE = 60 * SECOND;

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'events: boundary events of a task, all kinds, in the order in which they are opened and closed':
    async (t) => {
      await deploy(
        t,
        'ev-all',
        [
          start(),
          job('work', { type: 'ev-all' }),
          end(),
          bound('s1', 'work', onSignal('s')),
          bound('t1', 'work', after('PT1M')),
          bound('m1', 'work', onMessage('m')),
          bound('s2', 'work', onSignal('r'), 'false'),
          bound('t2', 'work', every('R/PT2M'), 'false'),
          bound('m2', 'work', onMessage('n'), 'false'),
          end('e'),
        ],
        'start -> work -> end; s1 -> e; t1 -> e; m1 -> e; s2 -> e; t2 -> e; m2 -> e',
        signal('s') + signal('r') + message('m') + message('n'),
      );
      await t.create('ev-all', { variables: { key: 'k' } });
      await t.work('ev-all');
      await t.create('ev-all', { variables: { key: 'l' } });
      await t.advance(MINUTE);
    },
  'events: a sub-process with boundary events and event sub-processes opens them together': async (
    t,
  ) => {
    await deploy(
      t,
      'ev-part',
      [
        start(),
        sub(
          'part',
          [
            start('in'),
            job('work', { type: 'ev-part' }),
            end('out'),
            handler('h1', onSignal('s'), [end('h1Out')], 'h1Out', 'false'),
            handler('h2', after('PT5M'), [end('h2Out')], 'h2Out'),
            handler('h3', onSignal('r'), [end('h3Out')], 'h3Out', 'false'),
          ],
          'in -> work -> out',
        ),
        bound('b1', 'part', after('PT10M')),
        bound('b2', 'part', onSignal('q')),
        end(),
        end('e'),
      ],
      'start -> part -> end; b1 -> e; b2 -> e',
      signal('s') + signal('r') + signal('q'),
    );
    await t.create('ev-part');
    await t.signal('s', { a: 1 });
    await t.work('ev-part');
    await t.create('ev-part');
    await t.advance(5 * MINUTE);
    await t.create('ev-part');
    await t.signal('q', { b: 2 });
  },
  'events: an interrupting event sub-process of a process ends its branches': async (t) => {
    await deploy(
      t,
      'ev-take',
      [
        start(),
        job('a', { type: 'ev-a' }),
        job('b', { type: 'ev-b' }),
        sub('c', [start('in'), job('d', { type: 'ev-d' }), end('out')], 'in -> d -> out'),
        end(),
        handler(
          'h',
          onSignal('s'),
          [job('undo', { type: 'ev-undo' }), end('hOut')],
          'undo -> hOut',
        ),
        handler('g', after('PT1H'), [end('gOut')], 'gOut'),
      ],
      'start -> a -> end; start -> b -> end; start -> c -> end',
      signal('s'),
    );
    await t.create('ev-take');
    await t.signal('s', { why: 'x' });
    await t.signal('s', { why: 'y' });
    await t.work('ev-undo');
  },
  'events: mappings of an event sub-process start event': async (t) => {
    await deploy(
      t,
      'ev-map',
      [
        start(),
        job('a', { type: 'ev-map' }),
        end(),
        handler('h', onSignal('s'), [end('hOut')], 'hOut', 'false', {
          io: { outputs: { y: '=x' } },
        }),
      ],
      'start -> a -> end',
      signal('s'),
    );
    await t.create('ev-map');
    await t.signal('s', { x: 1 });
    await t.signal('s', { x: 2 });
    await t.work('ev-map');
  },
  'events: mappings of a boundary event and of an event behind a gateway': async (t) => {
    await deploy(
      t,
      'ev-map2',
      [
        start(),
        race('race'),
        wait('one', onSignal('s'), { io: { outputs: { y: '=x' } } }),
        wait('two', onSignal('r')),
        job('work', { type: 'ev-map2' }),
        bound('left', 'work', onSignal('q'), 'true', { io: { outputs: { z: '=x + 1' } } }),
        end(),
      ],
      'start -> race; race -> one -> work -> end; race -> two -> work; left -> end',
      signal('s') + signal('r') + signal('q'),
    );
    await t.create('ev-map2');
    await t.signal('s', { x: 1 });
    await t.signal('q', { x: 5 });
    await t.create('ev-map2');
    await t.signal('r', { x: 1 });
    await t.signal('q', { x: 7 });
  },
  'events: an error goes to the error event sub-process of its scope before the boundary': async (
    t,
  ) => {
    await deploy(
      t,
      'ev-err',
      [
        start(),
        sub(
          'part',
          [
            start('in'),
            job('work', { type: 'ev-err' }),
            end('out'),
            handler('h', onError('e1'), [end('hOut')], 'hOut'),
          ],
          'in -> work -> out',
        ),
        caught('b', 'part', 'e1'),
        caught('rest', 'part'),
        end(),
        end('e'),
      ],
      'start -> part -> end; b -> e; rest -> e',
      error('e1'),
    );
    await t.create('ev-err');
    await t.throwError((await t.activate('ev-err'))[0].key, 'e1', { variables: { x: 1 } });
    await t.create('ev-err');
    await t.throwError((await t.activate('ev-err'))[0].key, 'e2', { variables: { x: 1 } });
  },
  'events: an error end event begins an error event sub-process of the process': async (t) => {
    await deploy(
      t,
      'ev-errend',
      [
        start(),
        job('slow', { type: 'ev-slow' }),
        fail('bad', 'e1'),
        end(),
        handler('h', onError('e1'), [job('fix', { type: 'ev-fix' }), end('hOut')], 'fix -> hOut'),
      ],
      'start -> bad; start -> slow -> end',
      error('e1'),
    );
    await t.create('ev-errend');
    await t.work('ev-fix');
  },
  'events: the failure of one subscription leaves none open': async (t) => {
    await deploy(
      t,
      'ev-fail',
      [
        start(),
        job('work', { type: 'ev-fail' }),
        end(),
        bound('t1', 'work', after('PT1M')),
        bound('t2', 'work', after('=nothing')),
        bound('s1', 'work', onSignal('s')),
        end('e'),
      ],
      'start -> work -> end; t1 -> e; t2 -> e; s1 -> e',
      signal('s'),
    );
    const key = await t.create('ev-fail');
    await t.setVariables(key, { nothing: 'PT2M' });
    await t.resolve(incident(t));
    await t.advance(MINUTE);
  },
  'events: subscriptions of a scope that fail are an incident of its start event': async (t) => {
    await deploy(
      t,
      'ev-scope',
      [
        start(),
        job('work', { type: 'ev-scope' }),
        end(),
        handler('h', after('=soon'), [end('hOut')], 'hOut'),
      ],
      'start -> work -> end',
    );
    const key = await t.create('ev-scope');
    await t.setVariables(key, { soon: 'PT2S' });
    await t.resolve(incident(t));
    await t.advance(2 * SECOND);
  },
  'events: what timers do not accept': async (t) => {
    const values = [
      ['1', after('=1')],
      ['2', after('="soon"')],
      ['3', at('=1')],
      ['4', at('="2024-01-01T00:00:00"')],
      ['5', at('="never"')],
    ];
    for (const [id, inside] of values) {
      await deploy(t, `ev-t${id}`, [start(), wait('wait', inside), end()], 'start -> wait -> end');
      const key = await t.create(`ev-t${id}`);
      await t.cancel(key);
    }
  },
  'events: what cycles do not accept': async (t) => {
    const values = [
      '=1',
      '="X"',
      '="R"',
      '="R3"',
      '="Rx/PT1H"',
      '="R3/1H"',
      '="* * *"',
      '="0 0 0 40 * *"',
      '="R3/soon/PT1H"',
      '="R3/P"',
      '="R3/PT"',
    ];
    for (const [id, value] of values.entries()) {
      await deploy(
        t,
        `ev-c${id}`,
        [
          start(),
          job('work', { type: 'ev-c' }),
          end(),
          bound('b', 'work', every(value.replaceAll('"', '&quot;')), 'false'),
          end('e'),
        ],
        'start -> work -> end; b -> e',
      );
      const key = await t.create(`ev-c${id}`);
      await t.cancel(key);
    }
  },
  'events: durations, dates and cycles in their forms': async (t) => {
    const values = [
      after('=duration("PT1H")'),
      after('P1DT1H'),
      after('P1W'),
      at('=now() + duration("PT1H")'),
    ];
    for (const [id, value] of values.entries()) {
      await deploy(
        t,
        `ev-f${id}`,
        [start(), wait('wait', value.replace(/"(.*)"/, '&quot;$1&quot;')), end()],
        'start -> wait -> end',
      );
      const key = await t.create(`ev-f${id}`);
      await t.cancel(key);
    }
    const cycles = [
      'R3/PT1H',
      'R/P1D',
      '=cycle(null, duration("PT90M"))',
      '0 30 * * * *',
      '@hourly',
      'R2/2020-01-01T00:00:00Z/PT1H',
      '=cycle(3, duration("PT1H"))',
      '=cycle(duration("P1D"))',
    ];
    for (const [id, value] of cycles.entries()) {
      await deploy(
        t,
        `ev-g${id}`,
        [
          start(),
          job('work', { type: 'ev-g' }),
          end(),
          bound('b', 'work', every(value.replaceAll('"', '&quot;')), 'false'),
          end('e'),
        ],
        'start -> work -> end; b -> e',
      );
      const key = await t.create(`ev-g${id}`);
      await t.cancel(key);
    }
  },
  'events: a deleted version gives its timers and signals back': async (t) => {
    const model = (n, timerStart) => [
      start('none'),
      start('timed', { inside: timerStart }),
      start('heard', { inside: onSignal('s') }),
      end(`end${n}`),
    ];
    const flows = (n) => `none -> end${n}; timed -> end${n}; heard -> end${n}`;
    await deploy(t, 'ev-del', model(1, after('PT1H')), flows(1), signal('s'));
    await t.advance(10 * MINUTE);
    const { deployments } = await deploy(
      t,
      'ev-del',
      model(2, every('R3/PT2H')),
      flows(2),
      signal('s'),
    );
    await t.deleteResource(deployments[0].process.processDefinitionKey);
    await t.signal('s', { x: 1 });
    await t.advance(60 * MINUTE);
  },
  'events: signal start events of two versions and of two processes': async (t) => {
    const flows = 'heard -> end';
    await deploy(
      t,
      'ev-sig1',
      [start('heard', { inside: onSignal('s') }), end()],
      flows,
      signal('s', 'ev-sig'),
    );
    await deploy(
      t,
      'ev-sig2',
      [start('heard', { inside: onSignal('s') }), end()],
      flows,
      signal('s', 'ev-sig'),
    );
    await deploy(
      t,
      'ev-sig1',
      [start('heard', { inside: onSignal('s') }), end('other')],
      'heard -> other',
      signal('s', 'ev-sig'),
    );
    await t.signal('ev-sig', { x: 1 });
    await deploy(t, 'ev-sig1', [start(), end('other')], 'start -> other');
    await t.signal('ev-sig');
  },
  'events: a signal end event, and one with input mappings': async (t) => {
    await deploy(
      t,
      'ev-throw',
      [
        start(),
        node('intermediateThrowEvent', 'throw', {
          inside: onSignal('s'),
          io: { inputs: { a: '=x' } },
        }),
        end('end', { inside: onSignal('r') }),
      ],
      'start -> throw -> end',
      signal('s', 'ev-x') + signal('r', '=name'),
    );
    const key = await t.create('ev-throw', { variables: { x: 1 } });
    await t.setVariables(key, { name: 'ev-y' });
    await t.resolve(incident(t));
  },
  'events: a gateway is cancelled, and one event of it fails': async (t) => {
    await deploy(
      t,
      'ev-race',
      [start(), race('race'), wait('a', after('=a')), wait('b', onSignal('s')), end()],
      'start -> race; race -> a -> end; race -> b -> end',
      signal('s'),
    );
    await t.cancel(await t.create('ev-race', { variables: { a: 'PT1H' } }));
    const key = await t.create('ev-race');
    await t.setVariables(key, { a: 'PT0S' });
    await t.resolve(incident(t));
    await t.advance(SECOND);
  },
  'events: an instance starts in the middle of a scope with events': async (t) => {
    await deploy(
      t,
      'ev-mid',
      [
        start(),
        sub(
          'part',
          [
            start('in'),
            job('work', { type: 'ev-mid' }),
            end('out'),
            handler('h', after('PT5M'), [end('hOut')], 'hOut'),
          ],
          'in -> work -> out',
        ),
        bound('b', 'part', after('=limit')),
        end(),
        handler('g', after('PT8M'), [end('gOut')], 'gOut'),
      ],
      'start -> part -> end; b -> end',
    );
    await t.create('ev-mid', { startBefore: ['work'] });
    await t.create('ev-mid', {
      variables: { limit: 'PT1M' },
      startBefore: ['work'],
    });
    await t.advance(MINUTE);
  },
  'events: a timer start that cannot be read is not deployed': async (t) => {
    await deploy(t, 'ev-bad1', [start('start', { inside: after('=x') }), end()], 'start -> end');
    await deploy(t, 'ev-bad2', [start('start', { inside: every('=1') }), end()], 'start -> end');
    await deploy(
      t,
      'ev-bad3',
      [start('start', { inside: at('="never"'.replaceAll('"', '&quot;')) }), end()],
      'start -> end',
    );
  },
  'events: a nested event sub-process and its signals': async (t) => {
    await deploy(
      t,
      'ev-nest',
      [
        start(),
        job('work', { type: 'ev-nest' }),
        end(),
        handler(
          'h',
          onSignal('s'),
          [
            job('in', { type: 'ev-in' }),
            end('hOut'),
            handler(
              'g',
              onSignal('r'),
              [job('deep', { type: 'ev-deep' }), end('gOut')],
              'deep -> gOut',
            ),
          ],
          'in -> hOut',
        ),
      ],
      'start -> work -> end',
      signal('s') + signal('r'),
    );
    await t.create('ev-nest');
    await t.signal('s');
    await t.signal('r', { x: 1 });
    await t.work('ev-in');
  },
};
