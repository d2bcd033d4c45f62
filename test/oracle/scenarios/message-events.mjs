// Message events wherever they stand: start, boundary, gateway, event sub-process, multi-instance. Recorded on the reference broker.
import { bpmn, end, ext, inner, start, task, xmlText } from './text-model.mjs';

const message = (id, name, key) =>
  `<message id="${id}" name="${xmlText(name)}">${key ? ext(`<zeebe:subscription correlationKey="${xmlText(key)}"/>`) : ''}</message>`;
const onMessage = (ref) => `<messageEventDefinition messageRef="${ref}"/>`;
const onTimer = (kind, value) =>
  `<timerEventDefinition><time${kind}>${xmlText(value)}</time${kind}></timerEventDefinition>`;
const catchEvent = (id, definition, more = '') =>
  `<intermediateCatchEvent id="${id}">${more}${definition}</intermediateCatchEvent>`;
const boundary = (id, host, definition, cancel = true) =>
  `<boundaryEvent id="${id}" attachedToRef="${host}" cancelActivity="${cancel}">${definition}</boundaryEvent>`;
const sub = (id, elements, flows, attributes = '') =>
  `<subProcess id="${id}" ${attributes}>${elements}${inner(flows)}</subProcess>`;
const eventSub = (id, definition, elements, flows, interrupting = true) =>
  sub(
    id,
    `<startEvent id="${id}_start" isInterrupting="${interrupting}">${definition}</startEvent>${elements}`,
    flows,
    'triggeredByEvent="true"',
  );
const sweep = (t) => t.advance(700_000);
const io = (pairs) => ext(`<zeebe:ioMapping>${pairs}</zeebe:ioMapping>`);
const failing = (id, name) =>
  bpmn(
    id,
    `${start()}<serviceTask id="work">${ext(`<zeebe:taskDefinition type="${id}-work"/><zeebe:ioMapping><zeebe:output source="=assert(x, x != null)" target="y"/></zeebe:ioMapping>`)}</serviceTask>${boundary('stop', 'work', onMessage('m'))}${end()}${end('halted')}`,
    'start -> work -> end; stop -> halted',
    message('m', name, '=order'),
  );

const es = (id, ref) => eventSub(id, onMessage(ref), end(`${id}e`), `${id}_start -> ${id}e`, false);
const messages = ['m1', 'm2', 'm3', 'm4'].map((n) => message(n, `mix-${n}`, '=order')).join('');

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'what a boundary event sees of its activity': async (t) => {
    await t.deploy({
      'seen.bpmn': bpmn(
        'seen',
        `${start()}<serviceTask id="work">${ext(`<zeebe:taskDefinition type="seen-work"/><zeebe:ioMapping><zeebe:input source="=&quot;inner&quot;" target="order"/><zeebe:input source="=&quot;in&quot;" target="x"/></zeebe:ioMapping>`)}</serviceTask>${boundary('stop', 'work', onMessage('m'))}${end()}${end('halted')}`,
        'start -> work -> end; stop -> halted',
        message('m', '="seen-" + x', '=order'),
      ),
    });
    await t.create('seen', { variables: { order: 'outer', x: 'out' } });
    await t.publish('seen-in', 'outer');
    await t.publish('seen-out', 'outer');
    await t.publish('seen-in', 'inner');
  },
  'a refused subscription is closed with its instance': async (t) => {
    await t.deploy({ 'refused2.bpmn': failing('refused2', 'refused2') });
    const one = await t.create('refused2', { variables: { order: 'k' } });
    await t.work('refused2-work');
    await t.publish('refused2', 'k', { variables: { n: 1 } });
    await t.cancel(one);
  },
  'an incident after a refused message is resolved': async (t) => {
    await t.deploy({ 'refused3.bpmn': failing('refused3', 'refused3') });
    const one = await t.create('refused3', { variables: { order: 'k' } });
    await t.work('refused3-work');
    await t.publish('refused3', 'k', { timeToLive: 600_000, variables: { n: 1 } });
    await t.setVariables(one, { x: 1 });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await sweep(t);
  },
  'names of message start events': async (t) => {
    await t.deploy({
      'sn.bpmn': bpmn(
        'sn',
        start('start', onMessage('m')) + task('work', 'sn-work') + end(),
        'start -> work -> end',
        message('m', '="a" + "b"'),
      ),
    });
    await t.publish('ab', 'k');
    await t.deploy({
      'sn2.bpmn': bpmn(
        'sn2',
        start('start', onMessage('m')) + task('work', 'sn-work') + end(),
        'start -> work -> end',
        message('m', '=x'),
      ),
    });
    await t.deploy({
      'sn3.bpmn': bpmn(
        'sn3',
        start('start', onMessage('m')) + task('work', 'sn-work') + end(),
        'start -> work -> end',
        message('m', '=1'),
      ),
    });
  },
  'output mappings of a message start event': async (t) => {
    await t.deploy({
      'som.bpmn': bpmn(
        'som',
        `<startEvent id="start">${io('<zeebe:output source="=n + 1" target="m"/>')}${onMessage('m')}</startEvent>${task('work', 'som-work')}${end()}`,
        'start -> work -> end',
        message('m', 'som'),
      ),
    });
    await t.publish('som', 'k', { variables: { n: 1 } });
    await t.work('som-work');
  },
  'a process with a plain and a message start': async (t) => {
    await t.deploy({
      'both.bpmn': bpmn(
        'both',
        start('start', onMessage('m')) + start('plain') + task('work', 'both-work') + end(),
        'start -> work -> end; plain -> work',
        message('m', 'both'),
      ),
    });
    await t.create('both');
    await t.publish('both', 'k', { timeToLive: 600_000 });
    await t.publish('both', 'k', { timeToLive: 600_000 });
    await t.work('both-work');
    await t.work('both-work');
    await t.work('both-work');
    await sweep(t);
  },
  'two messages wait behind an event-based gateway': async (t) => {
    await t.deploy({
      'gate.bpmn': bpmn(
        'gate',
        `${start()}<eventBasedGateway id="either"/>${catchEvent('a', onMessage('m'))}${catchEvent('b', onMessage('n'))}${end()}`,
        'start -> either -> a -> end; either -> b -> end',
        message('m', 'gate-a', '=order') + message('n', 'gate-b', '=order'),
      ),
    });
    await t.publish('gate-a', 'k', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('gate-b', 'k', { timeToLive: 600_000, variables: { n: 2 } });
    await t.create('gate', { variables: { order: 'k' } });
    await t.create('gate', { variables: { order: 'k' } });
    await t.create('gate', { variables: { order: 'k' } });
    await sweep(t);
  },
  'several boundary events get buffered messages at once': async (t) => {
    await t.deploy({
      'sev.bpmn': bpmn(
        'sev',
        start() +
          task('work', 'sev-work') +
          boundary('x', 'work', onMessage('m')) +
          boundary('y', 'work', onMessage('n')) +
          end() +
          end('ex') +
          end('ey'),
        'start -> work -> end; x -> ex; y -> ey',
        message('m', 'sev-x', '=order') + message('n', 'sev-y', '=order'),
      ),
    });
    await t.publish('sev-x', 'k', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('sev-y', 'k', { timeToLive: 600_000, variables: { n: 2 } });
    await t.create('sev', { variables: { order: 'k' } });
    await t.create('sev', { variables: { order: 'k' } });
    await sweep(t);
  },
  'event sub-processes of a process and of a sub-process': async (t) => {
    await t.deploy({
      'esps.bpmn': bpmn(
        'esps',
        start() +
          sub(
            'inside',
            start('s') +
              task('work', 'esps-work') +
              end('e') +
              eventSub('inner', onMessage('m'), end('ie'), 'inner_start -> ie'),
            's -> work -> e',
          ) +
          eventSub(
            'outer',
            onMessage('n'),
            task('mail', 'esps-mail') + end('oe'),
            'outer_start -> mail -> oe',
            false,
          ) +
          end(),
        'start -> inside -> end',
        message('m', 'esps-in', '=order') + message('n', 'esps-out', '=order'),
      ),
    });
    await t.create('esps', { variables: { order: 'k' } });
    await t.publish('esps-out', 'k', { variables: { n: 1 } });
    await t.publish('esps-out', 'k', { variables: { n: 2 } });
    await t.publish('esps-in', 'k', { variables: { n: 3 } });
    await t.work('esps-mail');
    await t.work('esps-mail');
  },
  'a bad key of an event sub-process': async (t) => {
    await t.deploy({
      'badk.bpmn': bpmn(
        'badk',
        start() +
          task('work', 'badk-work') +
          end() +
          eventSub('outer', onMessage('n'), end('oe'), 'outer_start -> oe', false),
        'start -> work -> end',
        message('n', 'badk', '=order'),
      ),
    });
    const one = await t.create('badk', { variables: {} });
    await t.setVariables(one, { order: 'k' });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await t.publish('badk', 'k');
    await t.work('badk-work');
  },
  'receive tasks of a multi-instance': async (t) => {
    await t.deploy({
      'mir.bpmn': bpmn(
        'mir',
        `${start()}<receiveTask id="wait" messageRef="m"><multiInstanceLoopCharacteristics>${ext('<zeebe:loopCharacteristics inputCollection="=[1,2]" inputElement="item"/>')}</multiInstanceLoopCharacteristics></receiveTask>${end()}`,
        'start -> wait -> end',
        message('m', 'mir', '="k" + string(item)'),
      ),
    });
    await t.create('mir');
    await t.publish('mir', 'k2');
    await t.publish('mir', 'k1');
  },
  'many instances wait for one key': async (t) => {
    await t.deploy({
      'mk.bpmn': bpmn(
        'mk',
        start() + catchEvent('wait', onMessage('m')) + end(),
        'start -> wait -> end',
        message('m', 'mk', '=order'),
      ),
    });
    for (let i = 0; i < 4; i++) await t.create('mk', { variables: { order: 'k' } });
    for (let i = 0; i < 3; i++)
      await t.publish('mk', 'k', { timeToLive: 600_000, variables: { n: i } });
    await sweep(t);
  },
  'a message loop': async (t) => {
    await t.deploy({
      'loop.bpmn': bpmn(
        'loop',
        `${start() + catchEvent('wait', onMessage('m'))}<exclusiveGateway id="g"/>${end()}`,
        'start -> wait -> g -[default]-> end; g -[=n < 3]-> wait',
        message('m', 'loop', '=order'),
      ),
    });
    for (let i = 1; i <= 3; i++)
      await t.publish('loop', 'k', { timeToLive: 600_000, variables: { n: i } });
    await t.create('loop', { variables: { order: 'k' } });
    await sweep(t);
  },
  'one message starts several processes': async (t) => {
    const starting = (id) =>
      bpmn(
        id,
        start('start', onMessage('m')) + task('work', 'several-work') + end(),
        'start -> work -> end',
        message('m', 'several'),
      );
    await t.deploy({ 'a.bpmn': starting('several-a'), 'b.bpmn': starting('several-b') });
    await t.publish('several', 'k', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('several', 'k', { timeToLive: 600_000, variables: { n: 2 } });
    await t.work('several-work');
    await t.work('several-work');
    await t.deploy({ 'a.bpmn': starting('several-a'), 'b.bpmn': starting('several-b') });
    await sweep(t);
  },
  'a boundary event without a key': async (t) => {
    await t.deploy({
      'bk.bpmn': bpmn(
        'bk',
        start() +
          sub(
            'inside',
            start('s') +
              task('work', 'bk-work') +
              end('e') +
              boundary('stop', 'work', onMessage('m')) +
              end('halted'),
            's -> work -> e; stop -> halted',
          ) +
          end(),
        'start -> inside -> end',
        message('m', '=name', '=order'),
      ),
    });
    const one = await t.create('bk', { variables: { name: 'bk' } });
    await t.setVariables(one, { order: 'k' });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await t.publish('bk', 'k');
    await t.create('bk', { variables: { order: 'k' } });
  },
  'the boundary event of a sub-process without a key': async (t) => {
    await t.deploy({
      'bs.bpmn': bpmn(
        'bs',
        start() +
          sub(
            'inside',
            start('s') +
              task('work', 'bs-work') +
              end('e') +
              eventSub('es', onTimer('Duration', '=later'), end('ee'), 'es_start -> ee', false),
            's -> work -> e',
          ) +
          boundary('stop', 'inside', onMessage('m')) +
          end('halted') +
          end(),
        'start -> inside -> end; stop -> halted',
        message('m', 'bs', '=order'),
      ),
    });
    const one = await t.create('bs', { variables: {} });
    await t.setVariables(one, { order: 'k' });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await t.setVariables(one, { later: 'PT1H' });
    await t.resolve(t.last('INCIDENT', 'CREATED').key);
    await t.publish('bs', 'k');
  },
  'boundary events and event sub-processes of one scope': async (t) => {
    await t.deploy({
      'mx.bpmn': bpmn(
        'mx',
        start() +
          sub(
            'inside',
            start('s') + es('e1', 'm1') + task('work', 'mx-work') + end('e') + es('e2', 'm2'),
            's -> work -> e',
          ) +
          boundary('b1', 'inside', onMessage('m3')) +
          boundary('b2', 'inside', onMessage('m4')) +
          end('h1') +
          end('h2') +
          end(),
        'start -> inside -> end; b1 -> h1; b2 -> h2',
        messages,
      ),
    });
    await t.create('mx', { variables: { order: 'k' } });
    await t.publish('mix-m4', 'k');
  },
  'boundary events before their scope in the file': async (t) => {
    await t.deploy({
      'my.bpmn': bpmn(
        'my',
        boundary('b1', 'inside', onMessage('m3')) +
          start() +
          boundary('b2', 'inside', onMessage('m4')) +
          sub(
            'inside',
            es('e1', 'm1') + start('s') + task('work', 'my-work') + end('e') + es('e2', 'm2'),
            's -> work -> e',
          ) +
          end('h1') +
          end('h2') +
          end(),
        'start -> inside -> end; b1 -> h1; b2 -> h2',
        messages,
      ),
    });
    await t.create('my', { variables: { order: 'k' } });
    await t.work('my-work');
  },
};
