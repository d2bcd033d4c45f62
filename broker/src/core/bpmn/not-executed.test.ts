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
  verdict,
} from './sample-model.ts';

const node = (kind: string) => model(`${START}<${kind} id="t"/>${END}`, 'start -> t -> end');
const start = (kind: string) =>
  model(`<startEvent id="s"><${kind}EventDefinition name="n"/></startEvent>`);
const thrown = (kind: string) =>
  around(`<intermediateThrowEvent id="t"><${kind}EventDefinition/></intermediateThrowEvent>`);

describe('what this release does not execute is refused by kind, id and place', () => {
  it.each(
    [
      ...['callChoreography', 'choreographyTask', 'subChoreography', 'implicitThrowEvent'].map(
        (kind) => [node(kind), `${kind} 't'`],
      ),
      ...['error', 'escalation', 'compensate', 'link', 'terminate'].map((kind) => [
        start(kind).replace(kind === 'link' ? '' : ' name="n"', ''),
        `${kind}EventDefinition of startEvent 's'`,
      ]),
      ...['timer', 'error', 'terminate'].map((kind) => [
        thrown(kind),
        `${kind}EventDefinition of intermediateThrowEvent 't'`,
      ]),
      [
        around(
          `<businessRuleTask id="t">${extensions('<zeebe:calledDecision decisionId="d" resultVariable="r"/>')}</businessRuleTask>`,
        ),
        "zeebe:calledDecision of businessRuleTask 't'",
      ],
      [
        model(
          `${START}<subProcess id="e" triggeredByEvent="true"><startEvent id="s"><errorEventDefinition/></startEvent><multiInstanceLoopCharacteristics>${extensions('<zeebe:loopCharacteristics inputCollection="=l"/>')}</multiInstanceLoopCharacteristics></subProcess>`,
        ),
        "multiInstanceLoopCharacteristics of subProcess 'e'",
      ],
      [
        service(JOB, '<zeebe:jobPriorityDefinition priority="1"/>'),
        "zeebe:jobPriorityDefinition of serviceTask 't'",
      ],
      [
        service(JOB, '<zeebe:linkedResources><zeebe:linkedResource/></zeebe:linkedResources>'),
        "zeebe:linkedResources of serviceTask 't'",
      ],
    ].map(([text, what]) => [what!, text!]),
  )('%s', (what, text) => {
    expect(verdict(text)).toContain(`    - ERROR: This release does not execute ${what} (line `);
  });

  it('names line and column, also deep inside, and counts no second fault for flows to it', () => {
    const text = sub(
      `\n<startEvent id="i"/>\n  <implicitThrowEvent id="x"/><sequenceFlow id="f" sourceRef="i" targetRef="x"/>`,
    );
    expect(verdict(text)).toBe(
      at('x', "This release does not execute implicitThrowEvent 'x' (line 5, column 3)"),
    );
  });
});

describe('what the reference does not execute either is refused with its text', () => {
  it.each(['Transaction', 'AdHocSubProcess', 'ComplexGateway'])('%s', (type) => {
    const kind = type[0]!.toLowerCase() + type.slice(1);
    expect(verdict(node(kind))).toContain(
      `- Element: t\n    - ERROR: Elements of type '${type}' are currently not supported.`,
    );
  });

  it.each([
    ['cancel event', boundary('<cancelEventDefinition id="d"/>')],
    ['condition that is thrown', endWith('<conditionalEventDefinition id="d"/>')],
    ['reference to an event', endWith('<eventDefinitionRef id="d">x</eventDefinitionRef>')],
  ])('%s', (_, text) => {
    expect(verdict(text)).toContain(at('d', 'Event definition of this type is not supported'));
  });
});

describe('what has no meaning is passed over', () => {
  it('a standard loop: the activity runs once', () => {
    const text = service(JOB).replace(
      '</serviceTask>',
      '<standardLoopCharacteristics/></serviceTask>',
    );
    expect(verdict(text)).toBe('deployed');
  });
});
