import { describe, expect, it } from 'vitest';
import {
  around,
  at,
  boundary,
  END,
  endWith,
  extensions,
  JOB,
  model,
  START,
  service,
  sub,
  user,
  verdict,
} from './sample-model.ts';

describe('what this release does not execute is refused by kind, id and place', () => {
  const node = (kind: string) => model(`${START}<${kind} id="t"/>${END}`, 'start -> t -> end');
  it.each(
    [
      ...[
        'receiveTask',
        'callActivity',
        'transaction',
        'adHocSubProcess',
        'inclusiveGateway',
        'eventBasedGateway',
        'complexGateway',
        'intermediateCatchEvent',
        'intermediateThrowEvent',
        'callChoreography',
      ].map((kind) => [node(kind), `${kind} 't'`]),
      ...[
        'message',
        'timer',
        'signal',
        'escalation',
        'compensate',
        'conditional',
        'link',
        'cancel',
      ].flatMap((kind) => [
        [endWith(`<${kind}EventDefinition/>`), `${kind}EventDefinition of endEvent 'end'`],
        [boundary(`<${kind}EventDefinition/>`), `${kind}EventDefinition of boundaryEvent 'b'`],
        [
          model(`<startEvent id="s"><${kind}EventDefinition/></startEvent>`),
          `${kind}EventDefinition of startEvent 's'`,
        ],
      ]),
      [
        model('<startEvent id="s"><errorEventDefinition/></startEvent>'),
        "errorEventDefinition of startEvent 's'",
      ],
      [
        endWith('<eventDefinitionRef>x</eventDefinitionRef>'),
        "eventDefinitionRef of endEvent 'end'",
      ],
      [
        model(
          `${START}<subProcess id="esp" triggeredByEvent="true"><startEvent id="s"/></subProcess>`,
        ),
        "event sub-process 'esp'",
      ],
      [
        service(JOB).replace('</serviceTask>', '<multiInstanceLoopCharacteristics/></serviceTask>'),
        "multiInstanceLoopCharacteristics of serviceTask 't'",
      ],
      [
        service(JOB).replace('</serviceTask>', '<standardLoopCharacteristics/></serviceTask>'),
        "standardLoopCharacteristics of serviceTask 't'",
      ],
      [
        service(JOB).replace(' id="t"', ' isForCompensation="true" id="t"'),
        "compensation handler (serviceTask) 't'",
      ],
      [user('<zeebe:userTask/>'), "zeebe:userTask of userTask 't'"],
      [
        user('<zeebe:formDefinition formId="f"/>'),
        "zeebe:formDefinition with formId of userTask 't'",
      ],
      [
        service(
          JOB,
          '<zeebe:executionListeners><zeebe:executionListener eventType="start" type="a"/></zeebe:executionListeners>',
        ),
        "zeebe:executionListeners of serviceTask 't'",
      ],
      [
        model(
          `${extensions('<zeebe:executionListeners><zeebe:executionListener eventType="start" type="a"/></zeebe:executionListeners>')}${START}`,
        ),
        "zeebe:executionListeners of process 'p'",
      ],
      [
        around(
          `<businessRuleTask id="t">${extensions('<zeebe:calledDecision decisionId="d" resultVariable="r"/>')}</businessRuleTask>`,
        ),
        "zeebe:calledDecision of businessRuleTask 't'",
      ],
      [
        around(
          `<sendTask id="t">${extensions('<zeebe:publishMessage correlationKey="=a"/>')}</sendTask>`,
        ),
        "zeebe:publishMessage of sendTask 't'",
      ],
    ].map(([text, what]) => [what!, text!]),
  )('%s', (what, text) => {
    expect(verdict(text)).toContain(`    - ERROR: This release does not execute ${what} (line `);
  });

  it('names line and column, also deep inside, and counts no second fault for flows to it', () => {
    const text = sub(
      `\n<startEvent id="i"/>\n  <inclusiveGateway id="x"/><sequenceFlow id="f" sourceRef="i" targetRef="x"/>`,
    );
    expect(verdict(text)).toBe(
      at('x', "This release does not execute inclusiveGateway 'x' (line 5, column 3)"),
    );
  });
});
