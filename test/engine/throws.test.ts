// Escalations that their own handler must not catch, tokens of links and inclusive joins, compensation in every scope.
import { afterEach, describe, expect, test } from 'vitest';
import { endWith, leave, note, throws } from './event-models.ts';
import { and, bpmn, end, job, type ModelNode, node, pass, start, sub, xor } from './models.ts';
import { Scenario } from './scenario.ts';

let s: Scenario;
afterEach(() => s.verify());

const onEscalation = (id: string) => `<escalationEventDefinition escalationRef="${id}"/>`;
const escalation = (id: string) => `<escalation id="${id}" escalationCode="${id}"/>`;

/** An event sub-process that handles an escalation. */
function handler(id: string, ref: string, nodes: readonly ModelNode[], flows: string, rest = '') {
  const begin = { ...start(`${id}In`), attributes: rest, inside: onEscalation(ref) };
  const box = sub(id, [begin, ...nodes], flows);
  return { ...box, attributes: ' triggeredByEvent="true"' };
}

describe('an escalation thrown by its own handler', () => {
  const again = throws('again', onEscalation('L'));

  test.each(['', ' isInterrupting="false"'])('goes to the scope around it (%s)', (attributes) => {
    const inside = handler('h', 'L', [again, end('hOut')], 'hIn -> again -> hOut', attributes);
    const box = sub('box', [start('in'), endWith('go', onEscalation('L')), inside], 'in -> go');
    s = Scenario.of(
      [start(), box, note('heard', 'box', onEscalation('L')), job('help'), end()],
      'start -> box -> end; heard -> help',
      { rest: escalation('L') },
    );
    s.work('help');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('and caught by nobody else, it is lost and the handler goes on', () => {
    const inside = handler('h', 'L', [again, end('hOut')], 'hIn -> again -> hOut');
    s = Scenario.of([start(), endWith('go', onEscalation('L')), inside], 'start -> go', {
      rest: escalation('L'),
    });
    expect(s.isEnded).toBe(true);
    const kinds = s.records.filter((r) => r.valueType === 'ESCALATION').map((r) => r.intent);
    expect(kinds).toEqual(['ESCALATED', 'NOT_ESCALATED']);
  });

  test('interrupts the scope when its boundary event does', () => {
    const inside = handler('h', 'L', [again, end('hOut')], 'hIn -> again -> hOut');
    const box = sub('box', [start('in'), endWith('go', onEscalation('L')), inside], 'in -> go');
    s = Scenario.of(
      [start(), box, leave('heard', 'box', onEscalation('L')), job('help'), end()],
      'start -> box -> end; heard -> help',
      { rest: escalation('L') },
    );
    s.work('help');
    expect([s.isEnded, s.life('end')]).toEqual([true, '']);
  });
});

describe('tokens', () => {
  const link = (name: string) => `<linkEventDefinition id="l${name}" name="over"/>`;

  test('a scope lives while a link is under way', () => {
    const land = node('intermediateCatchEvent', 'land', {}, link('2'));
    s = Scenario.of(
      [start(), and('f'), throws('jump', link('1')), land, job('after'), pass('a'), end()],
      'start -> f; f -> jump; f -> a -> end; land -> after',
    );
    s.work('after');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('an inclusive join waits for a token that is on its way behind other gateways', () => {
    const or = (id: string) => node('inclusiveGateway', id);
    s = Scenario.of(
      [start(), and('f'), xor('x'), xor('y'), pass('a'), or('j'), job('after'), end()],
      'start -> f; f -> a -> j; f -> x -> y -> j; j -> after -> end',
    );
    s.work('after');
    expect(s.isEnded).toBe(true);
  });

  test('an inclusive join goes on without a token that waits at a join behind it', () => {
    const or = (id: string) => node('inclusiveGateway', id);
    s = Scenario.of(
      [start(), and('f'), job('a'), job('b'), or('j'), and('late'), end()],
      'start -> f; f -> a -> j; f -> b -> late; j -> late -> end',
    );
    s.work('b');
    s.work('a');
    expect(s.isEnded).toBe(true);
  });
});

describe('compensation', () => {
  const undo = (id: string, of: string, handlerId: string): ModelNode[] => [
    node(
      'boundaryEvent',
      id,
      {},
      `<compensateEventDefinition id="d${id}"/>`,
      ` attachedToRef="${of}"`,
    ),
    { ...job(handlerId), attributes: ' isForCompensation="true"' },
  ];
  const association = (from: string, to: string) =>
    `<association id="as${from}" associationDirection="One" sourceRef="${from}" targetRef="${to}"/>`;
  /** A process whose associations stand behind everything else, as the schema wants. */
  const model = (nodes: readonly ModelNode[], flows: string, associations: string) =>
    bpmn('p', nodes, flows).replace('</process>', `${associations}</process>`);

  test('is forgotten with the instance, completed or cancelled', () => {
    s = new Scenario();
    s.deployModel(
      model(
        [start(), pass('a'), ...undo('u', 'a', 'h'), job('b'), end()],
        'start -> a -> b -> end',
        association('u', 'h'),
      ),
    );
    s.create('p', '{}');
    s.work('b');
    expect(s.leftovers()).toEqual([]);
    s.create('p', '{}');
    s.cancelInstance();
    expect(s.leftovers()).toEqual([]);
  });

  test('of many scopes runs every handler once, and leaves nothing', () => {
    s = new Scenario({ flushEvery: 50 });
    const inner = [start('s'), pass('a'), ...undo('u', 'a', 'h'), end('e')];
    const back = throws('back', '<compensateEventDefinition id="d"/>');
    const xml = model(
      [start(), sub('many', inner, 's -> a -> e'), job('next'), xor('again'), back, end()],
      'start -> many -> next -> again; again -> many ? =more; again -> back ? else; back -> end',
      '',
    );
    s.deployModel(xml.replace('</subProcess>', `${association('u', 'h')}</subProcess>`));
    s.create('p', '{"more":true}');
    for (let i = 1; i < 40; i++) s.work('next');
    s.work('next', '{"more":false}');
    const handlers = s.activate('h', 100);
    expect(handlers).toHaveLength(40);
    for (const key of handlers.toReversed()) s.complete(key);
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });

  test('an event waits for all handlers, whatever else ends meanwhile', () => {
    s = new Scenario();
    const back = throws('back', '<compensateEventDefinition id="d"/>');
    s.deployModel(
      model(
        [start(), pass('a'), ...undo('u', 'a', 'h'), and('f'), back, pass('x'), end()],
        'start -> a -> f; f -> back -> end; f -> x -> end',
        association('u', 'h'),
      ),
    );
    s.create('p', '{}');
    expect(s.isEnded).toBe(false);
    s.work('h');
    expect(s.isEnded).toBe(true);
    expect(s.leftovers()).toEqual([]);
  });
});
