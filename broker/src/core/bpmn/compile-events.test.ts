// The graph of events, event sub-processes, calls, rounds and compensation.
import { describe, expect, it } from 'vitest';
import { deployable } from './deployable.ts';
import type { ExecutableElement, ExecutableProcess } from './graph.ts';
import { around, bytesOf, connected, END, extensions, model, START, task } from './sample-model.ts';

function compiled(text: string): ExecutableProcess {
  const result = deployable('x.bpmn', bytesOf(text));
  if (!result.ok) throw new Error(result.message);
  return result.processes[0]!;
}
const ids = (elements: readonly ExecutableElement[]) => elements.map(({ id }) => id);
const MESSAGE = `<message id="m" name="=n">${extensions('<zeebe:subscription correlationKey="=k"/>')}</message>`;
const REST = `${MESSAGE}<signal id="s" name="sig"/><error id="e" errorCode="E"/><escalation id="x" escalationCode="X"/>`;
const of = (kind: string, attributes = '', inside = '') =>
  `<${kind}EventDefinition ${attributes}>${inside}</${kind}EventDefinition>`;
const TIMER = of('timer', '', '<timeDuration>PT1S</timeDuration>');
const CYCLE = of('timer', '', '<timeCycle>R3/PT1S</timeCycle>');
const event = (tag: string, id: string, definition: string, attributes = '') =>
  `<${tag} ${attributes} id="${id}">${definition}</${tag}>`;

describe('events', () => {
  it('wait for what they name', () => {
    const { elements } = compiled(
      model(
        `${START}${event('intermediateCatchEvent', 'a', of('message', 'messageRef="m"'))}` +
          `${event('intermediateCatchEvent', 'b', TIMER)}${event('intermediateCatchEvent', 'c', of('signal', 'signalRef="s"'))}` +
          `${event('intermediateCatchEvent', 'd', of('conditional', '', '<condition>=v > 1</condition>'))}<receiveTask id="r" messageRef="m"/>${END}`,
        'start -> a -> b -> c -> d -> r -> end',
        REST,
      ),
    );
    const message = { name: { source: '=n' }, correlationKey: { source: '=k' } };
    expect(elements.get('a')).toMatchObject({ eventType: 'MESSAGE', message });
    expect(elements.get('b')).toMatchObject({
      eventType: 'TIMER',
      timer: { kind: 'duration', value: { source: 'PT1S' } },
    });
    expect(elements.get('c')).toMatchObject({ eventType: 'SIGNAL', signalName: { source: 'sig' } });
    expect(elements.get('d')).toMatchObject({
      eventType: 'CONDITIONAL',
      condition: { source: '=v > 1' },
    });
    expect(elements.get('r')).toMatchObject({ eventType: 'MESSAGE', message });
  });

  it('start a process: the none start event apart from the others, these from the last to the first', () => {
    const { root, elements } = compiled(
      model(
        `${event('startEvent', 'a', of('message', 'messageRef="n"'))}${START}${event('startEvent', 'b', CYCLE)}`,
        '',
        '<message id="n" name="go"/>',
      ),
    );
    expect(root.startEvent?.id).toBe('start');
    expect(ids(root.triggeredStarts)).toEqual(['b', 'a']);
    expect(elements.get('a')?.message).toEqual({
      name: expect.objectContaining({ source: 'go' }),
      correlationKey: undefined,
    });
    expect(elements.get('b')).toMatchObject({ interrupting: true, timer: { kind: 'cycle' } });
  });

  it('stand on activities, interrupting or not', () => {
    const at = (id: string, definition: string, attributes = '') =>
      event('boundaryEvent', id, definition, `attachedToRef="t" ${attributes}`);
    const { elements } = compiled(
      model(
        `${START}<subProcess id="t"><startEvent id="i"/></subProcess>${at('a', TIMER)}${at('b', CYCLE, 'cancelActivity="false"')}` +
          `${at('c', of('escalation', 'escalationRef="x"'), 'cancelActivity="false"')}${at('d', of('error'))}${END}`,
        'start -> t -> end; a -> end; b -> end; c -> end; d -> end',
        REST,
      ),
    );
    const t = elements.get('t')!;
    expect(ids(t.boundaryEvents)).toEqual(['d', 'c', 'b', 'a']);
    expect(t.boundaryEvents.map(({ interrupting }) => interrupting)).toEqual([
      true,
      false,
      false,
      true,
    ]);
    expect(elements.get('c')).toMatchObject({ eventType: 'ESCALATION', escalationCode: 'X' });
    expect(elements.get('d')).toMatchObject({ eventType: 'ERROR', errorCode: undefined });
  });

  it('are thrown, as a job, a signal, an escalation, a link or an error', () => {
    const io =
      '<zeebe:ioMapping><zeebe:input source="=a" target="b"/><zeebe:output source="=a" target="b"/></zeebe:ioMapping>';
    const throws = (id: string, definition: string, more = '') =>
      `<intermediateThrowEvent id="${id}">${extensions(io, more)}${definition}</intermediateThrowEvent>`;
    const { elements } = compiled(
      model(
        `${START}${throws('a', of('message', 'messageRef="m"'), '<zeebe:taskDefinition type="send"/>')}${throws('b', of('signal', 'signalRef="s"'))}` +
          `${throws('c', of('escalation', 'escalationRef="x"'))}${throws('d', of('link', 'name="l"'))}${throws('n', '')}` +
          `${event('intermediateCatchEvent', 'g', of('link', 'name="l"'))}<endEvent id="end">${extensions(io)}${of('error', 'errorRef="e"')}</endEvent>`,
        'start -> a -> b -> c -> n -> d; g -> end',
        REST,
      ),
    );
    const mapped = (id: string) => {
      const { inputMappings, outputMappings } = elements.get(id)!;
      return [inputMappings !== undefined, outputMappings !== undefined];
    };
    expect(elements.get('a')).toMatchObject({ eventType: 'MESSAGE', job: { retries: {} } });
    expect(elements.get('b')).toMatchObject({ eventType: 'SIGNAL', signalName: { source: 'sig' } });
    expect(elements.get('c')?.escalationCodeExpression?.source).toBe('X');
    expect(elements.get('d')?.linkTarget).toBe(elements.get('g'));
    expect(elements.get('end')?.errorCodeExpression?.source).toBe('E');
    expect(['a', 'b', 'c', 'd', 'n', 'end'].map(mapped)).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [false, true],
      [false, true],
      [false, false],
    ]);
  });

  it('wait behind a gateway in visiting order', () => {
    const { elements } = compiled(
      model(
        `${START}<eventBasedGateway id="g"/>${event('intermediateCatchEvent', 'a', TIMER)}${event('intermediateCatchEvent', 'b', TIMER)}${END}`,
        'start -> g; g -> a -> end; g -> b -> end',
      ),
    );
    expect(ids(elements.get('g')!.gatewayEvents)).toEqual(['b', 'a']);
  });
});

describe('scopes', () => {
  it('know their event sub-processes in file order', () => {
    const inside = (id: string, definition: string, attributes = '') =>
      `<subProcess triggeredByEvent="true" id="${id}">${event('startEvent', `${id}_s`, definition, attributes)}</subProcess>`;
    const { root, elements } = compiled(
      model(
        `${START}${inside('a', of('error', 'errorRef="e"'))}${inside('b', CYCLE, 'isInterrupting="false"')}${END}`,
        'start -> end',
        REST,
      ),
    );
    expect(ids(root.eventSubProcesses)).toEqual(['a', 'b']);
    expect(elements.get('a')).toMatchObject({
      elementType: 'EVENT_SUB_PROCESS',
      startEvent: { id: 'a_s', interrupting: true, errorCode: 'E', eventType: 'ERROR' },
    });
    expect(elements.get('b')?.startEvent).toMatchObject({ interrupting: false });
  });

  it('a multi-instance activity is a body with the activity inside', () => {
    const loop = `<multiInstanceLoopCharacteristics isSequential="true">${extensions('<zeebe:loopCharacteristics inputCollection="=list" inputElement="item" outputCollection="results" outputElement="=result.value"/>')}<completionCondition>=done</completionCondition></multiInstanceLoopCharacteristics>`;
    const { root, elements } = compiled(
      model(
        `${START}<subProcess id="t">${extensions('<zeebe:ioMapping><zeebe:input source="=a" target="b"/></zeebe:ioMapping>')}${connected(`<startEvent id="i"/>${task('w')}`, 'i -> w')}${loop}</subProcess>` +
          `${event('boundaryEvent', 'b', TIMER, 'attachedToRef="t"')}${END}`,
        'start -> t -> end; b -> end',
      ),
    );
    const body = elements.get('t')!;
    const inner = body.innerActivity!;
    expect(body).toMatchObject({ elementType: 'MULTI_INSTANCE_BODY', inputMappings: undefined });
    expect(inner).toMatchObject({
      id: 't',
      elementType: 'SUB_PROCESS',
      outgoing: [],
      incoming: [],
    });
    expect(inner.scope).toBe(body);
    expect(body.children).toEqual([inner]);
    expect(ids(root.children)).toEqual(['start', 't', 'b', 'end']);
    expect(body.outgoing.map(({ id }) => id)).toEqual(['t_end']);
    expect(elements.get('b')?.attachedTo).toBe(body);
    expect(ids(body.boundaryEvents)).toEqual(['b']);
    expect(inner.boundaryEvents).toEqual([]);
    expect(inner.inputMappings).toBeDefined();
    expect(inner.startEvent?.id).toBe('i');
    expect(elements.get('w')?.scope).toBe(inner);
    expect(body.loop).toMatchObject({
      isSequential: true,
      inputCollection: { source: '=list' },
      inputElement: 'item',
      outputCollection: 'results',
      outputElement: { source: '=result.value' },
      outputVariable: 'result',
      completionCondition: { source: '=done' },
    });
  });

  it('an output element that is no path names no variable', () => {
    const loop = `<multiInstanceLoopCharacteristics>${extensions('<zeebe:loopCharacteristics inputCollection="=list" outputCollection="results" outputElement="=a + 1"/>')}</multiInstanceLoopCharacteristics>`;
    const { elements } = compiled(
      around(task('t').replace('</serviceTask>', `${loop}</serviceTask>`)),
    );
    expect(elements.get('t')?.loop).toMatchObject({
      isSequential: false,
      outputVariable: undefined,
    });
  });

  it('compensation leads from the boundary event to the handler', () => {
    const { elements } = compiled(
      model(
        `${START}${task('t')}${event('boundaryEvent', 'b', of('compensate'), 'attachedToRef="t"')}${task('h').replace('id="h"', 'id="h" isForCompensation="true"')}` +
          `${event('intermediateThrowEvent', 'one', of('compensate', 'activityRef="t"'))}${event('endEvent', 'end', of('compensate'))}<association id="as" sourceRef="b" targetRef="h"/>`,
        'start -> t -> one -> end',
      ),
    );
    expect(elements.get('b')?.compensationHandler).toBe(elements.get('h'));
    expect(elements.get('h')?.eventType).toBe('COMPENSATION');
    expect(elements.get('one')).toMatchObject({
      eventType: 'COMPENSATION',
      compensates: { id: 't' },
    });
    expect(elements.get('end')?.compensates).toBeUndefined();
  });
});

describe('activities', () => {
  it('a call says what is called and which variables travel', () => {
    const call = (attributes: string) =>
      compiled(
        around(
          `<callActivity id="t">${extensions(`<zeebe:calledElement ${attributes}/>`)}</callActivity>`,
        ),
      ).elements.get('t')!.calledElement;
    expect(call('processId="=p"')).toMatchObject({
      processId: { source: '=p' },
      binding: 'latest',
      versionTag: '',
      propagateAllChildVariables: true,
      propagateAllParentVariables: true,
    });
    expect(
      call(
        'processId="q" bindingType="versionTag" versionTag="v" propagateAllChildVariables="false" propagateAllParentVariables="false"',
      ),
    ).toMatchObject({
      binding: 'versionTag',
      versionTag: 'v',
      propagateAllChildVariables: false,
      propagateAllParentVariables: false,
    });
  });

  it('a native user task has no job', () => {
    const t = compiled(
      around(
        `<userTask id="t">${extensions(
          '<zeebe:userTask/>',
          '<zeebe:formDefinition formId="f" bindingType="deployment"/>',
          '<zeebe:priorityDefinition priority="=p"/>',
          '<zeebe:taskListeners><zeebe:taskListener eventType="complete" type="l"/><zeebe:taskListener eventType="assigning" type="=m" retries="7"/></zeebe:taskListeners>',
        )}</userTask>`,
      ),
    ).elements.get('t')!;
    expect(t.job).toBeUndefined();
    expect(t.nativeUserTask).toMatchObject({
      priority: { source: '=p' },
      externalReference: undefined,
      properties: { form: { id: { source: 'f' }, binding: 'deployment', versionTag: '' } },
    });
    expect(t.taskListeners).toMatchObject([
      { event: 'completing', type: { source: 'l' }, retries: { source: '3' } },
      { event: 'assigning', type: { source: '=m' }, retries: { source: '7' } },
    ]);
  });

  it('execution listeners by their event, of the process too', () => {
    const list = extensions(
      '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="a"/><zeebe:executionListener eventType="end" type="b"/><zeebe:executionListener eventType="start" type="c"/></zeebe:executionListeners>',
    );
    const { root, elements } = compiled(
      model(`${list}${START}<manualTask id="t">${list}</manualTask>`, 'start -> t'),
    );
    for (const element of [root, elements.get('t')!]) {
      expect(element.startListeners.map(({ type }) => type.source)).toEqual(['a', 'c']);
      expect(element.endListeners.map(({ type }) => type.source)).toEqual(['b']);
    }
  });
});

describe('history', () => {
  const kept = (value: string) =>
    model(START).replace(
      '<process ',
      `<process xmlns:c="http://camunda.org/schema/1.0/bpmn" c:historyTimeToLive="${value}" `,
    );

  it('is kept as long as the model says', () => {
    expect(compiled(kept('P2W')).historyTimeToLive).toBe('P2W');
    expect(compiled(kept('30')).historyTimeToLive).toBe('P30D');
    expect(compiled(model(START)).historyTimeToLive).toBe('');
    expect(() => compiled(kept('long'))).toThrow(/- Element: p\n.*'historyTimeToLive' must be/);
  });

  it('may be an extension property of the process, as modelers write it', () => {
    const property = (value: string) =>
      model(
        `<extensionElements><zeebe:properties><zeebe:property name="other" value="1"/><zeebe:property name="historyTimeToLive" value="${value}"/></zeebe:properties></extensionElements>${START}`,
      );
    expect(compiled(property('P90D')).historyTimeToLive).toBe('P90D');
    expect(compiled(property(' 7 ')).historyTimeToLive).toBe('P7D');
    expect(compiled(property('')).historyTimeToLive).toBe('');
    expect(() => compiled(property('90 days'))).toThrow(
      /'historyTimeToLive' must be a number of days or a duration such as P30D, but was '90 days'/,
    );
  });
});
