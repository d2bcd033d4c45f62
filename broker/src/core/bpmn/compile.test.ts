import { describe, expect, it } from 'vitest';
import { deployable } from './deployable.ts';
import type { ExecutableElement, ExecutableProcess } from './graph.ts';
import {
  around,
  bytesOf,
  connected,
  END,
  extensions,
  file,
  JOB,
  model,
  process,
  START,
  task,
} from './sample-model.ts';

function compiled(text: string): ExecutableProcess {
  const result = deployable('x.bpmn', bytesOf(text));
  if (!result.ok) throw new Error(result.message);
  return result.processes[0]!;
}
const element = (text: string, id = 't'): ExecutableElement => compiled(text).elements.get(id)!;
const ids = (list: readonly { id: string }[]) => list.map(({ id }) => id);

describe('the graph', () => {
  it('has every element in file order, with types as records show them', () => {
    const text = model(
      `${START}<task id="a" name="Look"/><manualTask id="b"/>${task('c')}<sendTask id="d">${extensions(JOB)}</sendTask>` +
        `<businessRuleTask id="e">${extensions(JOB)}</businessRuleTask><scriptTask id="f">${extensions(JOB)}</scriptTask>` +
        `<userTask id="g"/><exclusiveGateway id="h"/><parallelGateway id="i"/><subProcess id="j"><startEvent id="k"/></subProcess>` +
        `<boundaryEvent id="l" attachedToRef="c"><errorEventDefinition/></boundaryEvent>${END}<endEvent id="m"><terminateEventDefinition/></endEvent>` +
        '<endEvent id="n"><errorEventDefinition errorRef="x"/></endEvent>',
      'l -> end',
      '<error id="x" errorCode="X"/>',
    );
    const { elements, root, bpmnProcessId } = compiled(text);
    expect(bpmnProcessId).toBe('p');
    expect([...elements.values()].map((e) => `${e.id} ${e.elementType} ${e.eventType}`)).toEqual([
      'p PROCESS UNSPECIFIED',
      'start START_EVENT NONE',
      'a TASK UNSPECIFIED',
      'b MANUAL_TASK UNSPECIFIED',
      'c SERVICE_TASK UNSPECIFIED',
      'd SEND_TASK UNSPECIFIED',
      'e BUSINESS_RULE_TASK UNSPECIFIED',
      'f SCRIPT_TASK UNSPECIFIED',
      'g USER_TASK UNSPECIFIED',
      'h EXCLUSIVE_GATEWAY UNSPECIFIED',
      'i PARALLEL_GATEWAY UNSPECIFIED',
      'j SUB_PROCESS UNSPECIFIED',
      'k START_EVENT NONE',
      'l BOUNDARY_EVENT ERROR',
      'end END_EVENT NONE',
      'm END_EVENT TERMINATE',
      'n END_EVENT ERROR',
    ]);
    expect(elements.get('a')?.name).toBe('Look');
    expect(root.startEvent?.id).toBe('start');
    expect(root.scope).toBeUndefined();
    expect(elements.get('j')?.startEvent?.id).toBe('k');
    expect(elements.get('k')?.scope).toBe(elements.get('j'));
    expect(elements.get('j')?.scope).toBe(root);
    expect(ids(elements.get('j')!.children)).toEqual(['k']);
    expect(root.children).toHaveLength(15);
  });

  it('has the same fields in the same order on every element', () => {
    const { elements } = compiled(around(task('t')));
    const shapes = new Set([...elements.values()].map((e) => Object.keys(e).join()));
    expect(shapes.size).toBe(1);
  });

  it('visits flows and boundary events from the last of the file to the first', () => {
    const { elements, flows } = compiled(
      model(
        `${START}${task('t')}${['b1', 'b2', 'b3'].map((id, i) => `<boundaryEvent id="${id}" attachedToRef="t"><errorEventDefinition errorRef="e${i}"/></boundaryEvent>`).join('')}${END}`,
        'start -> t -> end; b1 -> end; b2 -> end; b3 -> end',
        '<error id="e0"/><error id="e1" errorCode=""/><error id="e2" errorCode="E"/>',
      ),
    );
    const t = elements.get('t')!;
    expect([...flows.keys()]).toEqual(['start_t', 't_end', 'b1_end', 'b2_end', 'b3_end']);
    expect(ids(elements.get('end')!.incoming)).toEqual(['b3_end', 'b2_end', 'b1_end', 't_end']);
    expect(ids(t.boundaryEvents)).toEqual(['b3', 'b2', 'b1']);
    expect(t.boundaryEvents.map((b) => b.errorCode)).toEqual(['E', '', undefined]);
    expect(t.boundaryEvents.every((b) => b.attachedTo === t && b.interrupting)).toBe(true);
    expect(flows.get('t_end')).toMatchObject({ source: t, target: elements.get('end') });
  });

  it('gives an exclusive gateway its candidates and its default flow', () => {
    const { elements } = compiled(
      model(
        `${START}<exclusiveGateway id="g"/>${['a', 'b', 'c'].map((id) => `<endEvent id="${id}"/>`).join('')}`,
        'start -> g; g -[=x > 1]-> a; g -[default]-> b; g -[ =y ]-> c',
      ),
    );
    const gateway = elements.get('g')!;
    expect(ids(gateway.outgoing)).toEqual(['g_c', 'g_b', 'g_a']);
    expect(ids(gateway.conditionalFlows)).toEqual(['g_c', 'g_a']);
    expect(gateway.defaultFlow?.id).toBe('g_b');
    expect(gateway.conditionalFlows.map((flow) => flow.condition?.isStatic)).toEqual([
      false,
      false,
    ]);
    expect(gateway.conditionalFlows[0]?.condition?.source).toContain('y');
  });

  it('compiles every executable process of a file, and flows inside sub-processes', () => {
    const text = file(
      process(
        'p',
        `${START}<subProcess id="sub">${connected('<startEvent id="i"/><endEvent id="j"/>', 'i -> j')}</subProcess>`,
        'start -> sub',
      ) +
        process('q', '<startEvent id="s"/>', '', 'isExecutable="false"') +
        process('r', '<startEvent id="s3"/>'),
    );
    const result = deployable('x.bpmn', bytesOf(text));
    expect(result.ok && ids(result.processes.map((p) => p.root))).toEqual(['p', 'r']);
    expect(compiled(text).elements.get('i')?.outgoing[0]?.target.id).toBe('j');
  });

  it('reads the version tag', () => {
    expect(compiled(model(extensions('<zeebe:versionTag value="v1.2"/>') + START)).versionTag).toBe(
      'v1.2',
    );
    expect(compiled(model(START)).versionTag).toBe('');
  });
});

describe('jobs', () => {
  it('have type, retries and static headers; entries without key or value are left out', () => {
    const { job } = element(
      around(
        `<serviceTask id="t">${extensions(
          '<zeebe:taskDefinition type="=kind" retries="5"/>',
          '<zeebe:taskHeaders><zeebe:header key="b" value="x&quot;y"/><zeebe:header key="1" value="=1"/><zeebe:header key="a"/><zeebe:header value="v"/></zeebe:taskHeaders>',
        )}</serviceTask>`,
      ),
    );
    expect(job?.type.isStatic).toBe(false);
    expect(job?.retries.source).toBe('5');
    expect(job?.headers).toBe('{"b":"x\\"y","1":"=1"}');
    expect(job?.headerEntries).toEqual([
      ['b', 'x"y'],
      ['1', '=1'],
    ]);
    expect(job?.userTask).toBeUndefined();
  });

  it('have three retries and no headers by default', () => {
    const { job } = element(around(task('t')));
    expect([job?.type.source, job?.type.isStatic, job?.retries.source, job?.headers]).toEqual([
      't',
      true,
      '3',
      '{}',
    ]);
  });

  it('of user tasks have the reserved type, one retry and the properties of the task', () => {
    const { job } = element(
      around(
        `<userTask id="t">${extensions(
          '<zeebe:formDefinition formKey="camunda-forms:bpmn:f"/>',
          '<zeebe:assignmentDefinition assignee="42" candidateGroups="a, b&quot;" candidateUsers="=users"/>',
          '<zeebe:taskSchedule dueDate="2024-02-29T10:00+02:00"/>',
        )}</userTask>`,
      ),
    );
    expect([job?.type.source, job?.retries.source]).toEqual(['io.camunda.zeebe:userTask', '1']);
    const task = job!.userTask!;
    expect(task.formKey).toBe('camunda-forms:bpmn:f');
    // A static assignee stays a text although it looks like a number, and a static list is a list.
    expect(task.assignee?.source).toBe('="42"');
    expect(task.candidateGroups?.source).toBe('=["a","b\\""]');
    expect(task.candidateUsers?.source).toBe('=users');
    expect([task.dueDate?.source, task.dueDate?.isStatic]).toEqual([
      '2024-02-29T10:00+02:00',
      true,
    ]);
    expect(task.followUpDate).toBeUndefined();
  });

  it('are not made for script tasks with an expression', () => {
    const script = element(
      around(
        `<scriptTask id="t">${extensions('<zeebe:script expression="=a + b" resultVariable="sum"/>')}</scriptTask>`,
      ),
    );
    expect(script.job).toBeUndefined();
    expect(script.script?.resultVariable).toBe('sum');
    expect([...script.script!.expression.variables].sort()).toEqual(['a', 'b']);
  });
});

describe('mappings and errors', () => {
  const mapping =
    '<zeebe:ioMapping><zeebe:input source="=a" target="b"/><zeebe:output source="=c" target="d"/></zeebe:ioMapping>';
  it.each([
    ['serviceTask', extensions(JOB, mapping), true, true],
    ['userTask', extensions(mapping), true, true],
    ['subProcess', `${extensions(mapping)}<startEvent id="i"/>`, true, true],
    ['startEvent', extensions(mapping), false, true],
    ['endEvent', extensions(mapping), false, true],
    ['manualTask', extensions(mapping), false, false],
    ['task', extensions(mapping), false, false],
    ['exclusiveGateway', extensions(mapping), false, false],
    ['parallelGateway', extensions(mapping), false, false],
  ])('%s applies input: %3$s, output: %4$s', (kind, inside, inputs, outputs) => {
    const other = kind === 'startEvent' ? '' : START;
    const t = element(model(`${other}<${kind} id="t">${inside}</${kind}>`));
    expect([t.inputMappings !== undefined, t.outputMappings !== undefined]).toEqual([
      inputs,
      outputs,
    ]);
  });

  it('error and terminate end events apply none', () => {
    for (const definition of [
      '<terminateEventDefinition/>',
      '<errorEventDefinition errorRef="e"/>',
    ]) {
      const text = model(
        `${START}<endEvent id="t">${extensions(mapping)}${definition}</endEvent>`,
        '',
        '<error id="e" errorCode="E"/>',
      );
      expect(element(text).outputMappings).toBeUndefined();
    }
  });

  it('an error end event throws a code, fixed or computed', () => {
    const thrown = (code: string) =>
      element(
        model(
          `${START}<endEvent id="t"><errorEventDefinition errorRef="ns:e"/></endEvent>`,
          '',
          `<error id="e" errorCode="${code}"/>`,
        ),
      ).errorCodeExpression;
    expect(thrown('E-1')).toMatchObject({ source: 'E-1', isStatic: true });
    expect(thrown('404')?.source).toBe('="404"');
    expect(thrown('=code')).toMatchObject({ isStatic: false });
  });
});
