// Messages: buffering, once for each process id, keys, start events and their locks, expiry. Recorded on the reference broker.
import { bpmn, end, ext, inner, start, task, xmlText } from './text-model.mjs';

const message = (id, name, key) =>
  `<message id="${id}" name="${xmlText(name)}">${key ? ext(`<zeebe:subscription correlationKey="${xmlText(key)}"/>`) : ''}</message>`;
const onMessage = (ref) => `<messageEventDefinition messageRef="${ref}"/>`;
const catchEvent = (id, definition) =>
  `<intermediateCatchEvent id="${id}">${definition}</intermediateCatchEvent>`;
const receive = (id, ref) => `<receiveTask id="${id}" messageRef="${ref}"/>`;
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
const waiting = (id, name, key = '=order') =>
  bpmn(
    id,
    start() + catchEvent('wait', onMessage('m')) + end(),
    'start -> wait -> end',
    message('m', name, key),
  );
const starting = (id, name) =>
  bpmn(
    id,
    start('start', onMessage('m')) + task('work', `${id}-work`) + end(),
    'start -> work -> end',
    message('m', name),
  );
const failing = (id, name) =>
  bpmn(
    id,
    `${start()}<serviceTask id="work">${ext(`<zeebe:taskDefinition type="${id}-work"/><zeebe:ioMapping><zeebe:output source="=assert(x, x != null)" target="y"/></zeebe:ioMapping>`)}</serviceTask>${boundary('stop', 'work', onMessage('m'))}${end()}${end('halted')}`,
    'start -> work -> end; stop -> halted',
    message('m', name, '=order'),
  );

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'a message reaches each process id once and every id': async (t) => {
    await t.deploy({ 'one.bpmn': waiting('one', 'both') });
    await t.deploy({ 'two.bpmn': waiting('two', 'both') });
    await t.create('one', { variables: { order: 'k' } });
    await t.create('one', { variables: { order: 'k' } });
    await t.create('two', { variables: { order: 'k' } });
    await t.publish('both', 'k', { timeToLive: 600_000, variables: { n: 1 } });
    await t.create('two', { variables: { order: 'k' } });
    await t.publish('both', 'k', { timeToLive: 600_000, variables: { n: 2 } });
    await sweep(t);
  },
  'a rejected correlation without time to live': async (t) => {
    await t.deploy({ 'fail0.bpmn': failing('fail0', 'fail0') });
    await t.create('fail0', { variables: { order: 'k' } });
    await t.create('fail0', { variables: { order: 'k' } });
    await t.work('fail0-work');
    await t.publish('fail0', 'k', { variables: { n: 1 } });
    await t.publish('fail0', 'k', { variables: { n: 2 } });
  },
  'a rejected correlation of a buffered message goes to the next instance': async (t) => {
    await t.deploy({ 'fail1.bpmn': failing('fail1', 'fail1') });
    await t.create('fail1', { variables: { order: 'k' } });
    await t.work('fail1-work');
    await t.publish('fail1', 'k', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('fail1', 'k', { timeToLive: 600_000, variables: { n: 2 } });
    await sweep(t);
  },
  'correlation keys are texts and whole numbers': async (t) => {
    await t.deploy({ 'keys.bpmn': waiting('keys', 'keys') });
    await t.create('keys', { variables: { order: 123 } });
    await t.create('keys', { variables: { order: 12.7 } });
    await t.create('keys', { variables: { order: -12.7 } });
    await t.create('keys', { variables: { order: null } });
    await t.create('keys', { variables: { order: true } });
    await t.create('keys', { variables: { order: '' } });
    await t.create('keys', { variables: {} });
    await t.publish('keys', '123');
    await t.publish('keys', '12');
    await t.publish('keys', '');
  },
  'names are expressions': async (t) => {
    await t.deploy({ 'names.bpmn': waiting('names', '="n-" + x') });
    await t.create('names', { variables: { order: 'k', x: 'a' } });
    await t.create('names', { variables: { order: 'k', x: 1 } });
    await t.deploy({ 'names2.bpmn': waiting('names2', '=x') });
    await t.create('names2', { variables: { order: 'k', x: '' } });
    await t.create('names2', { variables: { order: 'k', x: 7 } });
    await t.publish('n-a', 'k');
    await t.publish('', 'k');
  },
  'a non-interrupting boundary event takes the buffered messages one after the other': async (
    t,
  ) => {
    await t.deploy({
      'remindb.bpmn': bpmn(
        'remindb',
        start() +
          task('work', 'remindb-work') +
          boundary('remind', 'work', onMessage('m'), false) +
          task('mail', 'remindb-mail') +
          end(),
        'start -> work -> end; remind -> mail',
        message('m', 'remindb', '=order'),
      ),
    });
    await t.publish('remindb', 'o-1', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('remindb', 'o-1', { timeToLive: 600_000, variables: { n: 2 } });
    await t.publish('remindb', 'o-1', { timeToLive: 600_000, variables: { n: 3 } });
    await t.create('remindb', { variables: { order: 'o-1' } });
    await t.work('remindb-work');
    await sweep(t);
  },
  'message starts without a key are not locked': async (t) => {
    await t.deploy({ 'free.bpmn': starting('free', 'free') });
    await t.publish('free', '', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('free', '', { timeToLive: 600_000, variables: { n: 2 } });
    await t.work('free-work');
    await sweep(t);
  },
  'the lock of a cancelled instance starts the next one': async (t) => {
    await t.deploy({ 'lock2.bpmn': starting('lock2', 'lock2') });
    await t.publish('lock2', 'a', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('lock2', 'a', { timeToLive: 600_000, variables: { n: 2 } });
    await t.publish('lock2', 'a', { timeToLive: 600_000, variables: { n: 3 } });
    const [job] = await t.activate('lock2-work');
    await t.cancel(job.processInstanceKey);
    await t.work('lock2-work');
    await t.work('lock2-work');
    await sweep(t);
  },
  'the next instance after a lock is of the newest version': async (t) => {
    await t.deploy({ 'lock3.bpmn': starting('lock3', 'lock3') });
    await t.publish('lock3', 'a', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('lock3', 'a', { timeToLive: 600_000, variables: { n: 2 } });
    await t.deploy({
      'lock3.bpmn': bpmn(
        'lock3',
        start('start', onMessage('m')) +
          start('start2', onMessage('m2')) +
          task('work', 'lock3-work') +
          task('other', 'lock3-other') +
          end(),
        'start -> work -> end; start2 -> other -> end',
        message('m', 'lock3') + message('m2', 'lock3-b'),
      ),
    });
    await t.publish('lock3-b', 'a', { timeToLive: 600_000, variables: { n: 3 } });
    await t.work('lock3-work');
    await t.work('lock3-work');
    await t.work('lock3-other');
    await t.deploy({
      'lock3.bpmn': bpmn(
        'lock3',
        start('start') + task('work', 'lock3-work') + end(),
        'start -> work -> end',
      ),
    });
    await t.publish('lock3', 'zz');
    await sweep(t);
  },
  'a message starts one process and reaches a waiting instance of it': async (t) => {
    await t.deploy({
      'mixed.bpmn': bpmn(
        'mixed',
        start('start', onMessage('m')) +
          start('plain') +
          catchEvent('wait', onMessage('w')) +
          task('work', 'mixed-work') +
          end(),
        'start -> work -> end; plain -> wait -> end',
        message('m', 'mixed') + message('w', 'mixed', '=order'),
      ),
    });
    await t.create('mixed', { variables: { order: 'a' } });
    await t.publish('mixed', 'a', { timeToLive: 600_000, variables: { n: 1 } });
    await t.publish('mixed', 'a', { timeToLive: 600_000, variables: { n: 2 } });
    await t.work('mixed-work');
    await sweep(t);
  },
  'a receive task waits and is left by its boundary event': async (t) => {
    await t.deploy({
      'receiving.bpmn': bpmn(
        'receiving',
        start() +
          receive('wait', 'm') +
          boundary('late', 'wait', onMessage('n')) +
          boundary('note', 'wait', onMessage('o'), false) +
          end() +
          end('gone') +
          end('noted'),
        'start -> wait -> end; late -> gone; note -> noted',
        message('m', 'recv', '=order') +
          message('n', 'recv-late', '=order') +
          message('o', 'recv-note', '=order'),
      ),
    });
    await t.create('receiving', { variables: { order: 'a' } });
    await t.create('receiving', { variables: { order: 'b' } });
    await t.publish('recv-note', 'a', { variables: { n: 1 } });
    await t.publish('recv', 'a', { variables: { n: 2 } });
    await t.publish('recv-late', 'b', { variables: { n: 3 } });
  },
  'cancelling closes all subscriptions': async (t) => {
    await t.deploy({
      'closing.bpmn': bpmn(
        'closing',
        start() +
          sub(
            'inside',
            start('s') + catchEvent('wait', onMessage('m')) + end('e'),
            's -> wait -> e',
          ) +
          boundary('late', 'inside', onMessage('n')) +
          eventSub('handler', onMessage('o'), end('undone'), 'handler_start -> undone', false) +
          end() +
          end('gone'),
        'start -> inside -> end; late -> gone',
        message('m', 'cl', '=order') +
          message('n', 'cl-late', '=order') +
          message('o', 'cl-note', '=order'),
      ),
    });
    const one = await t.create('closing', { variables: { order: 'a' } });
    await t.publish('cl-note', 'a', { variables: { n: 1 } });
    await t.cancel(one);
    await t.create('closing', { variables: { order: 'a' } });
    await t.publish('cl-late', 'a', { variables: { n: 2 } });
    await t.create('closing', { variables: { order: 'a' } });
    await t.publish('cl', 'a', { variables: { n: 3 } });
  },
  'messages expire by the minute': async (t) => {
    await t.deploy({ 'exp.bpmn': waiting('exp', 'exp') });
    await t.publish('exp', 'a', { timeToLive: 100, messageId: 'x', variables: { n: 1 } });
    await t.publish('exp', 'b', { timeToLive: -5, messageId: 'x' });
    await t.advance(1_000);
    await t.create('exp', { variables: { order: 'a' } });
    await t.publish('exp', 'a', { timeToLive: 100, messageId: 'x' });
    await t.advance(60_000);
    await t.publish('exp', 'a', { timeToLive: 100, messageId: 'x' });
    await t.advance(60_000);
  },
  'what publishing refuses': async (t) => {
    await t.publish('refused', 'a', { variables: [1] });
    await t.publish('refused', 'a', { variables: 'text' });
    await t.publish('refused', 'a', { variables: null });
    await t.publish('refused', 'a', { tenantId: 'other' });
  },
  'a start subscription is deleted with its process': async (t) => {
    await t.deploy({ 'del.bpmn': starting('del', 'del') });
    const two = await t.deploy({ 'del.bpmn': starting('del', 'del-2') });
    await t.deleteResource?.(two.deployments[0].process.processDefinitionKey);
    await t.publish('del', 'a');
    await t.publish('del-2', 'a');
  },
};
