// Instances that start in the middle: before multi-instances, calls, behind gateways; and events that publish a message.
import { deploy, end, job, node, start, sub, tag } from './model.mjs';

const loop =
  '<multiInstanceLoopCharacteristics><extensionElements>' +
  tag('zeebe:loopCharacteristics', { inputCollection: '=[1, 2]', inputElement: 'n' }) +
  '</extensionElements></multiInstanceLoopCharacteristics>';
const message = '<messageEventDefinition messageRef="m"/>';
const rest =
  '<message id="m" name="starts-m"><extensionElements><zeebe:subscription correlationKey="=k"/></extensionElements></message>';

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'start before: a multi-instance activity': async (t) => {
    await deploy(
      t,
      'st-mi',
      [start(), job('work', { type: 'st-mi', inside: loop }), end()],
      'start -> work -> end',
    );
    await t.create('st-mi', { startBefore: ['work'] });
    await t.work('st-mi');
    await t.work('st-mi');
  },
  'start before: inside a multi-instance sub-process': async (t) => {
    const box = sub(
      'box',
      [start('in'), job('work', { type: 'st-in' }), end('out')],
      'in -> work -> out',
      { inside: loop },
    );
    await deploy(t, 'st-in', [start(), box, end()], 'start -> box -> end');
    await t.create('st-in', { startBefore: ['work'] });
  },
  'start before: a call activity': async (t) => {
    await deploy(t, 'st-child', [start(), end()], 'start -> end');
    const calling = node('callActivity', 'call', {
      ext: tag('zeebe:calledElement', { processId: 'st-child' }),
    });
    await deploy(t, 'st-call', [start(), calling, end()], 'start -> call -> end');
    await t.create('st-call', { startBefore: ['call'], variables: { x: 1 } });
  },
  'start before: behind an event-based gateway': async (t) => {
    const wait = (id, inside) => node('intermediateCatchEvent', id, { inside });
    await deploy(
      t,
      'st-race',
      [
        start(),
        node('eventBasedGateway', 'g'),
        wait('m1', message),
        wait(
          't1',
          '<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>',
        ),
        end(),
      ],
      'start -> g; g -> m1 -> end; g -> t1 -> end',
      rest,
    );
    await t.create('st-race', { startBefore: ['m1'], variables: { k: 'a' } });
    await t.create('st-race', { startBefore: ['g'], variables: { k: 'a' } });
  },
  'send: events that publish a message': async (t) => {
    const publish = `<messageEventDefinition messageRef="m"><extensionElements>${tag('zeebe:publishMessage', { correlationKey: '=k' })}</extensionElements></messageEventDefinition>`;
    await deploy(
      t,
      'st-publish',
      [
        start(),
        node('intermediateThrowEvent', 'say', {
          inside: publish,
          io: { inputs: { i: '=1' }, outputs: { y: '=i' } },
        }),
        end('end', { inside: publish }),
      ],
      'start -> say -> end',
      rest,
    );
    await t.create('st-publish', { variables: { k: 'a' } });
  },
};
