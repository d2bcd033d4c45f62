// Call activities: which version is called, variables in and out, errors and escalations, incidents, cancellation.
import {
  bpmn,
  caught,
  deploy,
  end,
  error,
  fail,
  incident,
  job,
  mappings,
  node,
  start,
  sub,
  tag,
} from './model.mjs';

const call = (id, processId, { attributes = {}, io, inside = '' } = {}) =>
  node('callActivity', id, {
    ext: [tag('zeebe:calledElement', { processId, ...attributes }), io ? mappings(io) : ''],
    inside,
  });
const child = (id, type, rest = []) =>
  bpmn(id, [start(), job(type), end(), ...rest], `start -> ${type} -> end`);
const onEscalation = (ref) => `<escalationEventDefinition escalationRef="${ref}"/>`;

// biome-ignore lint/style/noDefaultExport: the runner of the oracle reads the default export
export default {
  'call: variables in by mapping only, out by mapping only': async (t) => {
    await t.deploy({ 'c1.bpmn': child('c1', 'c1-work') });
    await deploy(
      t,
      'call-mapped',
      [
        start(),
        call('call', 'c1', {
          attributes: { propagateAllChildVariables: 'false', propagateAllParentVariables: 'false' },
          io: { inputs: { b: '=a' }, outputs: { r: '=x' } },
        }),
        end(),
      ],
      'start -> call -> end',
    );
    await t.create('call-mapped', { variables: { a: 1 } });
    await t.work('c1-work', { x: 2 });
  },
  'call: nothing goes in or out': async (t) => {
    await t.deploy({ 'c2.bpmn': child('c2', 'c2-work') });
    await deploy(
      t,
      'call-closed',
      [
        start(),
        call('call', 'c2', {
          attributes: { propagateAllChildVariables: 'false', propagateAllParentVariables: 'false' },
        }),
        end(),
      ],
      'start -> call -> end',
    );
    await t.create('call-closed', { variables: { a: 1 } });
    await t.work('c2-work', { x: 2 });
  },
  'call: all of the child with mappings, a local of the caller': async (t) => {
    await t.deploy({ 'c3.bpmn': child('c3', 'c3-work') });
    await deploy(
      t,
      'call-both',
      [start(), call('call', 'c3', { io: { inputs: { b: '=1' }, outputs: { r: '=x' } } }), end()],
      'start -> call -> end',
    );
    await t.create('call-both');
    await t.work('c3-work', { x: 2 });
  },
  'call: nothing in the child': async (t) => {
    await t.deploy({ 'c4.bpmn': bpmn('c4', [start(), end()], 'start -> end') });
    await deploy(t, 'call-empty', [start(), call('call', 'c4'), end()], 'start -> call -> end');
    await t.create('call-empty');
  },
  'call: no such process, then it is there': async (t) => {
    await deploy(t, 'call-missing', [start(), call('call', 'c5'), end()], 'start -> call -> end');
    await t.create('call-missing');
    await t.deploy({ 'c5.bpmn': child('c5', 'c5-work') });
    await t.resolve(incident(t));
    await t.work('c5-work');
  },
  'call: the process id is an expression': async (t) => {
    await t.deploy({ 'c6.bpmn': child('c6', 'c6-work') });
    await deploy(t, 'call-name', [start(), call('call', '=which'), end()], 'start -> call -> end');
    const key = await t.create('call-name', { variables: { which: 1 } });
    await t.setVariables(key, { which: 'c6' });
    await t.resolve(incident(t));
    await t.work('c6-work');
  },
  'call: a process without a none start event': async (t) => {
    await t.deploy({
      'c7.bpmn': bpmn(
        'c7',
        [start('start', { inside: '<messageEventDefinition messageRef="m"/>' }), end()],
        'start -> end',
        '<message id="m" name="c7-m"/>',
      ),
    });
    await deploy(t, 'call-none', [start(), call('call', 'c7'), end()], 'start -> call -> end');
    await t.create('call-none');
  },
  'call: the latest version or that of the deployment': async (t) => {
    const parent = bpmn(
      'call-bound',
      [
        start(),
        call('first', 'c8', { attributes: { bindingType: 'deployment' } }),
        call('second', 'c8'),
        end(),
      ],
      'start -> first -> second -> end',
    );
    await t.deploy({ 'p8.bpmn': parent, 'c8.bpmn': child('c8', 'c8-old') });
    await t.deploy({ 'c8.bpmn': child('c8', 'c8-new') });
    await t.create('call-bound');
    await t.work('c8-old');
    await t.work('c8-new');
  },
  'call: the deployment has no such process': async (t) => {
    await t.deploy({ 'c9.bpmn': child('c9', 'c9-work') });
    await deploy(
      t,
      'call-unbound',
      [start(), call('call', 'c9', { attributes: { bindingType: 'deployment' } }), end()],
      'start -> call -> end',
    );
    await t.create('call-unbound');
  },
  'call: by version tag': async (t) => {
    const tagged = (type, value) =>
      bpmn('c10', [start(), job(type), end()], `start -> ${type} -> end`, '', {
        ext: tag('zeebe:versionTag', { value }),
      });
    await t.deploy({ 'c10.bpmn': tagged('c10-a', 'v1') });
    await t.deploy({ 'c10.bpmn': tagged('c10-b', 'v1') });
    await t.deploy({ 'c10.bpmn': tagged('c10-c', 'v2') });
    await deploy(
      t,
      'call-tag',
      [
        start(),
        call('call', 'c10', { attributes: { bindingType: 'versionTag', versionTag: 'v1' } }),
        call('none', 'c10', { attributes: { bindingType: 'versionTag', versionTag: 'v3' } }),
        end(),
      ],
      'start -> call -> none -> end',
    );
    await t.create('call-tag');
    await t.work('c10-b');
  },
  'call: an error of the child is caught at the call activity': async (t) => {
    await t.deploy({
      'c11.bpmn': bpmn('c11', [start(), job('c11-work'), end()], 'start -> c11-work -> end'),
    });
    await deploy(
      t,
      'call-error',
      [start(), call('call', 'c11'), caught('c', 'call', 'E'), end('a'), end('b')],
      'start -> call -> a; c -> b',
      error('E'),
    );
    await t.create('call-error');
    const [first] = await t.activate('c11-work');
    await t.throwError(first, 'E', { variables: { x: 1 } });
  },
  'call: an error end event of the child, nobody catches': async (t) => {
    await t.deploy({
      'c12.bpmn': bpmn('c12', [start(), fail('broke', 'E')], 'start -> broke', error('E')),
    });
    await deploy(
      t,
      'call-uncaught',
      [start(), call('call', 'c12'), caught('c', 'call', 'F'), end('a'), end('b')],
      'start -> call -> a; c -> b',
      error('F'),
    );
    const key = await t.create('call-uncaught');
    await t.cancel(key);
  },
  'call: an escalation of the child, caught beside': async (t) => {
    const escalation = '<escalation id="L" escalationCode="LATE"/>';
    await t.deploy({
      'c13.bpmn': bpmn(
        'c13',
        [
          start(),
          node('intermediateThrowEvent', 'shout', { inside: onEscalation('L') }),
          job('c13-work'),
          end(),
        ],
        'start -> shout -> c13-work -> end',
        escalation,
      ),
    });
    await deploy(
      t,
      'call-shout',
      [
        start(),
        call('call', 'c13'),
        node('boundaryEvent', 'h', {
          at: { attachedToRef: 'call', cancelActivity: 'false' },
          inside: onEscalation('L'),
        }),
        end('a'),
        end('b'),
      ],
      'start -> call -> a; h -> b',
      escalation,
    );
    await t.create('call-shout');
    await t.work('c13-work');
  },
  'call: an escalation end event of the child interrupts the call activity': async (t) => {
    const escalation = '<escalation id="L" escalationCode="LATE"/>';
    await t.deploy({
      'c14.bpmn': bpmn(
        'c14',
        [start(), end('shout', { inside: onEscalation('L') })],
        'start -> shout',
        escalation,
      ),
    });
    await deploy(
      t,
      'call-stop',
      [
        start(),
        call('call', 'c14'),
        node('boundaryEvent', 'h', { at: { attachedToRef: 'call' }, inside: onEscalation('L') }),
        end('a'),
        end('b'),
      ],
      'start -> call -> a; h -> b',
      escalation,
    );
    await t.create('call-stop');
  },
  'call: three deep, an incident at the bottom, then cancelled': async (t) => {
    await t.deploy({
      'c15.bpmn': bpmn(
        'c15',
        [
          start(),
          sub(
            'box',
            [start('in'), job('c15-work', { type: '=nothing' }), end('out')],
            'in -> c15-work -> out',
          ),
          end(),
        ],
        'start -> box -> end',
      ),
    });
    await deploy(
      t,
      'call-middle',
      [start(), call('middle', 'c15'), end()],
      'start -> middle -> end',
    );
    await deploy(
      t,
      'call-top',
      [start(), call('top', 'call-middle'), end()],
      'start -> top -> end',
    );
    const key = await t.create('call-top');
    await t.cancel(key);
  },
  'call: a failed job in the child': async (t) => {
    await t.deploy({ 'c16.bpmn': child('c16', 'c16-work') });
    await deploy(t, 'call-fails', [start(), call('call', 'c16'), end()], 'start -> call -> end');
    await t.create('call-fails');
    const [first] = await t.activate('c16-work');
    await t.fail(first, { retries: 0, errorMessage: 'no' });
    await t.updateRetries(first, 1);
    await t.resolve(incident(t));
    await t.work('c16-work');
  },
  'call: a called instance is not cancelled on its own': async (t) => {
    await t.deploy({ 'c17.bpmn': child('c17', 'c17-work') });
    await deploy(t, 'call-cancel', [start(), call('call', 'c17'), end()], 'start -> call -> end');
    await t.create('call-cancel');
    await t.cancel(t.element('c17'));
  },
  'call: inside a sub-process that is interrupted': async (t) => {
    await t.deploy({ 'c18.bpmn': child('c18', 'c18-work') });
    const box = sub(
      'box',
      [
        start('in'),
        node('parallelGateway', 'f'),
        call('call', 'c18'),
        job('c18-side'),
        fail('broke', 'E'),
      ],
      'in -> f; f -> call; f -> c18-side -> broke',
    );
    await deploy(
      t,
      'call-inside',
      [start(), box, caught('c', 'box', 'E'), end()],
      'start -> box -> end; c -> end',
      error('E'),
    );
    await t.create('call-inside');
    await t.work('c18-side');
  },
  'call: an output mapping that fails': async (t) => {
    await t.deploy({ 'c19.bpmn': child('c19', 'c19-work') });
    await deploy(
      t,
      'call-output',
      [start(), call('call', 'c19', { io: { outputs: { r: '=assert(x, x != null)' } } }), end()],
      'start -> call -> end',
    );
    await t.create('call-output');
    await t.work('c19-work');
    await t.setVariables(t.element('call'), { x: 1 }, true);
    await t.resolve(incident(t));
  },
  'call: awaited with its result': async (t) => {
    await t.deploy({ 'c20.bpmn': child('c20', 'c20-work') });
    await deploy(t, 'call-result', [start(), call('call', 'c20'), end()], 'start -> call -> end');
    await t.createAndAwait('call-result', {
      meanwhile: async () => void (await t.work('c20-work', { x: 2 })),
    });
  },
};
