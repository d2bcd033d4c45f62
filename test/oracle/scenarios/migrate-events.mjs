// Migrating instances that wait for events: which subscriptions are closed, opened and kept. Recorded on the reference broker.
import { bpmn, end, ext, inner, start, task, xmlText } from './text-model.mjs';

const sub = (id, elements, flows, attributes = '') =>
  `<subProcess id="${id}" ${attributes}>${elements}${inner(flows)}</subProcess>`;
const message = (id, name, key = '="k"') =>
  `<message id="${id}" name="${xmlText(name)}">${ext(`<zeebe:subscription correlationKey="${xmlText(key)}"/>`)}</message>`;
const onMessage = (ref) => `<messageEventDefinition messageRef="${ref}"/>`;
const onSignal = (ref) => `<signalEventDefinition signalRef="${ref}"/>`;
const onTimer = (kind, value) =>
  `<timerEventDefinition><time${kind}>${xmlText(value)}</time${kind}></timerEventDefinition>`;
const hour = onTimer('Duration', 'PT1H');
const boundary = (id, host, definition, cancel = true) =>
  `<boundaryEvent id="${id}" attachedToRef="${host}" cancelActivity="${cancel}">${definition}</boundaryEvent>`;
const caught = (id, definition) =>
  `<intermediateCatchEvent id="${id}">${definition}</intermediateCatchEvent>`;
const eventSub = (id, definition, elements, flows, interrupting = true) =>
  sub(
    id,
    `<startEvent id="${id}_start" isInterrupting="${interrupting}">${definition}</startEvent>${elements}`,
    flows,
    'triggeredByEvent="true"',
  );

const definition = async (t, name, xml) =>
  (await t.deploy({ [`${name}.bpmn`]: xml })).deployments?.[0]?.process.processDefinitionKey;
const prepared = async (t, id, source, target, variables) => {
  await definition(t, id, source);
  const instance = await t.create(id, { variables });
  return { instance, target: await definition(t, `${id}-to`, target) };
};

/** A task with boundary events; each is [id, definition, interrupting]. */
const guarded = (id, taskId, events, rest = '', more = '') =>
  bpmn(
    id,
    start() +
      task(taskId, `${id}-work`) +
      events.map(([event, what, cancel]) => boundary(event, taskId, what, cancel)).join('') +
      more +
      end() +
      events.map(([event]) => end(`${event}_end`)).join(''),
    `start -> ${taskId} -> end; ${events.map(([event]) => `${event} -> ${event}_end`).join('; ')}`,
    rest,
  );
/** One catching element between start and end. */
const waiting = (id, element, elementId, rest = '') =>
  bpmn(id, start() + element + end(), `start -> ${elementId} -> end`, rest);

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'migrate: boundary events that are not mapped are closed, new ones opened': async (t) => {
    const rest = (name) => `${message('m', name)}<signal id="s" name="h-open-signal"/>`;
    const { instance, target } = await prepared(
      t,
      'h-open',
      guarded(
        'h-open',
        'a',
        [
          ['m1', onMessage('m')],
          ['t1', hour],
          ['s1', onSignal('s')],
        ],
        rest('h-open-m1'),
      ),
      guarded(
        'h-open-to',
        'b',
        [
          ['m2', onMessage('m'), false],
          ['t2', hour, false],
          ['s2', onSignal('s'), false],
        ],
        rest('h-open-m2'),
      ),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.publish('h-open-m1', 'k');
    await t.publish('h-open-m2', 'k');
    await t.signal('h-open-signal');
    await t.advance(3_700_000);
    await t.work('h-open-work');
  },
  'migrate: mapped boundary events keep their subscriptions': async (t) => {
    const rest = (name) => `${message('m', name)}<signal id="s" name="h-keep-signal"/>`;
    const { instance, target } = await prepared(
      t,
      'h-keep',
      guarded(
        'h-keep',
        'a',
        [
          ['m1', onMessage('m')],
          ['t1', hour],
          ['s1', onSignal('s')],
        ],
        rest('h-keep-m1'),
      ),
      guarded(
        'h-keep-to',
        'b',
        [
          ['m2', onMessage('m'), false],
          ['t2', onTimer('Duration', 'PT9H'), false],
          ['s2', onSignal('s'), false],
        ],
        rest('h-keep-m2'),
      ),
    );
    await t.migrate(instance, target, { a: 'b', m1: 'm2', t1: 't2', s1: 's2' });
    await t.signal('h-keep-signal');
    await t.publish('h-keep-m2', 'k');
    await t.publish('h-keep-m1', 'k');
    await t.advance(3_700_000);
    await t.work('h-keep-work');
  },
  'migrate: error boundary events need no records': async (t) => {
    const { instance, target } = await prepared(
      t,
      'h-error',
      guarded(
        'h-error',
        'a',
        [['e1', '<errorEventDefinition errorRef="e"/>']],
        '<error id="e" errorCode="A"/>',
      ),
      guarded(
        'h-error-to',
        'b',
        [['e2', '<errorEventDefinition errorRef="e"/>']],
        '<error id="e" errorCode="B"/>',
      ),
    );
    const [job] = await t.activate('h-error-work');
    await t.migrate(instance, target, { a: 'b', e1: 'e2' });
    await t.throwError(job, 'B');
  },
  'migrate: escalation and compensation boundary events': async (t) => {
    const escalation = '<escalation id="x" escalationCode="X"/>';
    const host = (id, name, event) =>
      bpmn(
        id,
        start() +
          sub(name, start('s1') + task('t', `${id}-work`) + end('e1'), 's1 -> t -> e1') +
          event +
          end() +
          end('end2'),
        `start -> ${name} -> end; late -> end2`,
        escalation,
      );
    const on = (name) =>
      boundary('late', name, '<escalationEventDefinition escalationRef="x"/>', false);
    const first = await prepared(
      t,
      'h-escalation',
      host('h-escalation', 'a', on('a')),
      guarded('h-escalation-to', 'b', []),
    );
    await t.migrate(first.instance, first.target, { a: 'b', t: 'b' });
    const second = await definition(t, 'h-escalation2', host('h-escalation2', 'b', on('b')));
    await t.migrate(first.instance, second, { a: 'b', t: 't' });
    const third = await prepared(
      t,
      'h-target',
      bpmn(
        'h-target',
        start() + sub('a', start('s1') + task('t') + end('e1'), 's1 -> t -> e1') + end(),
        'start -> a -> end',
      ),
      host('h-target-to', 'b', on('b')),
    );
    await t.migrate(third.instance, third.target, { a: 'b', t: 't' });
    const thrown = (id, name) =>
      bpmn(
        id,
        start() +
          task(name, `${id}-work`) +
          boundary('undo', name, '<compensateEventDefinition id="c"/>') +
          end() +
          `<serviceTask id="undoing" isForCompensation="true">${ext('<zeebe:taskDefinition type="undoing"/>')}</serviceTask>`,
        `start -> ${name} -> end`,
      ).replace(
        '</process>',
        '<association id="link" sourceRef="undo" targetRef="undoing"/></process>',
      );
    const fourth = await prepared(
      t,
      'h-compensate',
      thrown('h-compensate', 'a'),
      thrown('h-compensate-to', 'b'),
    );
    await t.migrate(fourth.instance, fourth.target, { a: 'b' });
  },
  'migrate: elements that cannot be migrated': async (t) => {
    const both = async (id, element, ids) => {
      const { instance, target } = await prepared(
        t,
        id,
        waiting(id, element, ids),
        waiting(`${id}-to`, element, ids),
      );
      await t.migrate(instance, target, { x: 'x' });
      await t.cancel(instance);
    };
    const sending = (name) =>
      `<${name} id="x">${ext('<zeebe:taskDefinition type="sending"/>')}<messageEventDefinition id="d"/></${name}>`;
    await both('h-throw', sending('intermediateThrowEvent'), 'x');
    const { instance, target } = await prepared(
      t,
      'h-end',
      bpmn('h-end', start() + sending('endEvent'), 'start -> x'),
      bpmn('h-end-to', start() + sending('endEvent'), 'start -> x'),
    );
    await t.migrate(instance, target, { x: 'x' });
    await t.migrate(instance, target, {});
    const chosen = (id) =>
      bpmn(
        id,
        `${start()}<inclusiveGateway id="x"/>${end()}${end('end2')}`,
        'start -> x; x -[=a > 1]-> end; x -[=b > 1]-> end2',
      );
    const inclusive = await prepared(
      t,
      'h-inclusive',
      chosen('h-inclusive'),
      chosen('h-inclusive-to'),
    );
    await t.migrate(inclusive.instance, inclusive.target, { x: 'x' });
  },
  'migrate: the same message name cannot be subscribed to twice': async (t) => {
    const { instance, target } = await prepared(
      t,
      'h-twice',
      guarded('h-twice', 'a', [['m1', onMessage('m')]], message('m', 'h-twice')),
      guarded('h-twice-to', 'b', [['m2', onMessage('m')]], message('m', 'h-twice')),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.migrate(instance, target, { a: 'b', m1: 'm2' });
    const next = await prepared(
      t,
      'h-twice3',
      guarded('h-twice3', 'a', [['m1', onMessage('m')]], message('m', 'h-twice3')),
      guarded(
        'h-twice3-to',
        'b',
        [
          ['m2', onMessage('m')],
          ['m3', onMessage('n')],
        ],
        message('m', 'h-twice4') + message('n', 'h-twice3'),
      ),
    );
    await t.migrate(next.instance, next.target, { a: 'b', m1: 'm2' });
  },
  'migrate: catch events that are merged, detached or of another kind': async (t) => {
    const { instance, target } = await prepared(
      t,
      'h-merge',
      guarded(
        'h-merge',
        'a',
        [
          ['m1', onMessage('m')],
          ['m2', onMessage('n')],
          ['t1', hour],
        ],
        message('m', 'h-merge-m') + message('n', 'h-merge-n'),
      ),
      bpmn(
        'h-merge-to',
        start() +
          task('b', 'h-merge-work') +
          task('c') +
          boundary('n1', 'b', onMessage('m')) +
          boundary('n2', 'c', onMessage('n')) +
          boundary('u1', 'b', hour) +
          end() +
          end('end2'),
        'start -> b -> c -> end; n1 -> end2; n2 -> end2; u1 -> end2',
        message('m', 'h-merge-m2') + message('n', 'h-merge-n2'),
      ),
    );
    await t.migrate(instance, target, { a: 'b', m1: 'n1', m2: 'n1' });
    await t.migrate(instance, target, { a: 'b', m1: 'n2' });
    await t.migrate(instance, target, { a: 'b', m1: 'u1' });
    await t.migrate(instance, target, { a: 'b', t1: 'n1' });
    await t.migrate(instance, target, { a: 'b', m1: 'b' });
    await t.migrate(instance, target, { a: 'b', m1: 'n1', t1: 'u1' });
  },
  'migrate: an event of the target that cannot be subscribed to': async (t) => {
    const { instance, target } = await prepared(
      t,
      'h-failing',
      guarded('h-failing', 'a', []),
      guarded(
        'h-failing-to',
        'b',
        [
          ['m1', onMessage('m')],
          ['t1', onTimer('Duration', '=later')],
        ],
        message('m', 'h-failing', '=order'),
      ),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.setVariables(instance, { order: 7 });
    await t.migrate(instance, target, { a: 'b' });
    await t.setVariables(instance, { later: 'PT1H' });
    await t.migrate(instance, target, { a: 'b' });
  },
  'migrate: intermediate catch events': async (t) => {
    const model = (id, prefix, name) =>
      bpmn(
        id,
        start() +
          '<parallelGateway id="fork"/>' +
          caught(`${prefix}m`, onMessage('m')) +
          caught(`${prefix}t`, hour) +
          caught(`${prefix}s`, onSignal('s')) +
          end(),
        `start -> fork -> ${prefix}m -> end; fork -> ${prefix}t -> end; fork -> ${prefix}s -> end`,
        `${message('m', name)}<signal id="s" name="${name}-signal"/>`,
      );
    const { instance, target } = await prepared(
      t,
      'h-catch',
      model('h-catch', 'a', 'h-catch'),
      model('h-catch-to', 'b', 'h-catch-to'),
    );
    await t.migrate(instance, target, { am: 'bm', at: 'bt' });
    await t.migrate(instance, target, { am: 'bt', at: 'bm', as: 'bs' });
    await t.migrate(instance, target, { am: 'bm', at: 'bt', as: 'bs' });
    await t.publish('h-catch', 'k', { variables: { n: 1 } });
    await t.signal('h-catch-signal');
    await t.advance(3_700_000);
  },
  'migrate: an intermediate message and timer event': async (t) => {
    const model = (id, prefix, name) =>
      bpmn(
        id,
        start() +
          '<parallelGateway id="fork"/>' +
          caught(`${prefix}m`, onMessage('m')) +
          caught(`${prefix}t`, hour) +
          end(),
        `start -> fork -> ${prefix}m -> end; fork -> ${prefix}t -> end`,
        message('m', name),
      );
    const { instance, target } = await prepared(
      t,
      'h-two',
      model('h-two', 'a', 'h-two'),
      model('h-two-to', 'b', 'h-two-to'),
    );
    await t.migrate(instance, target, { am: 'bt', at: 'bm' });
    await t.migrate(instance, target, { am: 'bm', at: 'bt' });
    await t.publish('h-two', 'k', { variables: { n: 1 } });
    await t.advance(3_700_000);
  },
  'migrate: receive tasks': async (t) => {
    const receive = (id, name, events = '') =>
      waiting(
        id,
        `<receiveTask id="${name}" messageRef="m"/>${events}`,
        name,
        message('m', `${id}-m`),
      );
    const { instance, target } = await prepared(
      t,
      'h-receive',
      receive('h-receive', 'a'),
      receive('h-receive-to', 'b'),
    );
    await t.migrate(instance, target, { a: 'b' });
    await t.publish('h-receive-to-m', 'k');
    await t.publish('h-receive-m', 'k', { variables: { n: 1 } });
  },
  'migrate: an event-based gateway': async (t) => {
    const model = (id, prefix, name) =>
      bpmn(
        id,
        start() +
          `<eventBasedGateway id="${prefix}g"/>` +
          caught(`${prefix}m`, onMessage('m')) +
          caught(`${prefix}t`, hour) +
          end() +
          end('end2'),
        `start -> ${prefix}g; ${prefix}g -> ${prefix}m -> end; ${prefix}g -> ${prefix}t -> end2`,
        message('m', name),
      );
    const { instance, target } = await prepared(
      t,
      'h-gate',
      model('h-gate', 'a', 'h-gate'),
      model('h-gate-to', 'b', 'h-gate-to'),
    );
    await t.migrate(instance, target, { ag: 'bg', am: 'bm' });
    await t.publish('h-gate', 'k', { variables: { n: 1 } });
    await t.advance(3_700_000);
  },
  'migrate: event sub-processes whose events are not mapped': async (t) => {
    const model = (id, name, what) =>
      bpmn(
        id,
        start() +
          task('a', `${id}-work`) +
          end() +
          eventSub(
            name,
            what,
            task('h', `${id}-handle`) + end('e1'),
            `${name}_start -> h -> e1`,
            false,
          ),
        'start -> a -> end',
        message('m', `${id}-m`),
      );
    const { instance, target } = await prepared(
      t,
      'h-esp',
      model('h-esp', 'on', onMessage('m')),
      model('h-esp-to', 'at', hour),
    );
    await t.migrate(instance, target, { a: 'a' });
    await t.publish('h-esp-m', 'k');
    await t.advance(3_700_000);
    await t.work('h-esp-to-handle');
    await t.work('h-esp-work');
  },
  'migrate: event sub-processes whose events are mapped': async (t) => {
    const model = (id, name, what, cancel) =>
      bpmn(
        id,
        start() +
          task('a', `${id}-work`) +
          end() +
          eventSub(
            name,
            what,
            task('h', `${id}-handle`) + end('e1'),
            `${name}_start -> h -> e1`,
            cancel,
          ),
        'start -> a -> end',
        message('m', `${id}-m`),
      );
    const { instance, target } = await prepared(
      t,
      'h-esp2',
      model('h-esp2', 'on', onMessage('m'), false),
      model('h-esp2-to', 'at', onMessage('m'), true),
    );
    await t.migrate(instance, target, { a: 'a', on_start: 'at_start' });
    await t.publish('h-esp2-m', 'k');
    await t.work('h-esp2-to-handle');
  },
  'migrate: an active event sub-process': async (t) => {
    // The reference does not complete an event sub-process whose id has changed: it keeps its id here.
    const model = (id, handler) =>
      bpmn(
        id,
        start() +
          task('a', `${id}-work`) +
          end() +
          eventSub(
            'on',
            hour,
            task(handler, `${id}-handle`) + end('e1'),
            `on_start -> ${handler} -> e1`,
          ),
        'start -> a -> end',
      );
    await definition(t, 'h-esp3', model('h-esp3', 'h'));
    const instance = await t.create('h-esp3');
    await t.advance(3_700_000);
    const target = await definition(t, 'h-esp3-to', model('h-esp3-to', 'k'));
    await t.migrate(instance, target, { h: 'k' });
    await t.migrate(instance, target, { h: 'k', on: 'on' });
    await t.work('h-esp3-handle');
  },
  'migrate: boundary events of rounds and scopes': async (t) => {
    const model = (id, s, a, name) =>
      bpmn(
        id,
        start() +
          sub(
            s,
            start('s1') +
              task(a, `${id}-work`) +
              boundary(`${a}t`, a, onMessage('m')) +
              end('e1') +
              end('e2'),
            `s1 -> ${a} -> e1; ${a}t -> e2`,
          ) +
          boundary(`${s}t`, s, hour) +
          end() +
          end('end2'),
        `start -> ${s} -> end; ${s}t -> end2`,
        message('m', name),
      );
    const { instance, target } = await prepared(
      t,
      'h-scopes',
      model('h-scopes', 's', 'a', 'h-scopes'),
      model('h-scopes-to', 'u', 'b', 'h-scopes2'),
    );
    await t.migrate(instance, target, { s: 'u', a: 'b', at: 'bt', st: 'ut' });
    await t.publish('h-scopes', 'k');
  },
  'migrate: rounds with a boundary event': async (t) => {
    const model = (id, a, name) =>
      bpmn(
        id,
        start() +
          `<serviceTask id="${a}">${ext(`<zeebe:taskDefinition type="${id}-work"/>`)}<multiInstanceLoopCharacteristics>${ext('<zeebe:loopCharacteristics inputCollection="=[1,2]"/>')}</multiInstanceLoopCharacteristics></serviceTask>` +
          boundary(`${a}t`, a, onMessage('m')) +
          end() +
          end('end2'),
        `start -> ${a} -> end; ${a}t -> end2`,
        message('m', name),
      );
    const { instance, target } = await prepared(
      t,
      'h-rounds',
      model('h-rounds', 'a', 'h-rounds'),
      model('h-rounds-to', 'b', 'h-rounds2'),
    );
    await t.migrate(instance, target, { a: 'b', at: 'bt' });
    await t.publish('h-rounds', 'k');
  },
  'migrate: a subscription is migrated twice': async (t) => {
    const model = (id, a) => guarded(id, a, [[`${a}m`, onMessage('m'), false]], message('m', id));
    const { instance, target } = await prepared(
      t,
      'h-again',
      model('h-again', 'a'),
      model('h-again-to', 'b'),
    );
    const third = await definition(t, 'h-again3', model('h-again3', 'c'));
    await t.migrate(instance, target, { a: 'b', am: 'bm' });
    await t.migrate(instance, third, { b: 'c', bm: 'cm' });
    await t.publish('h-again', 'k');
    await t.publish('h-again', 'k');
    await t.cancel(instance);
  },
};
