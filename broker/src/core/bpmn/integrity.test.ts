import { describe, expect, it } from 'vitest';
import {
  around,
  at,
  boundary,
  connected,
  END,
  extensions,
  file,
  JOB,
  model,
  process,
  START,
  service,
  task,
  verdict,
} from './sample-model.ts';

describe('models that do not hold together', () => {
  it.each([
    [
      'no BPMN at all',
      '<a/>',
      "Error: URI=null Line=1: cvc-elt.1.a: Cannot find the declaration of element 'a'.",
    ],
    ['not XML', 'hello', 'Fatal Error: URI=null Line=1: Content is not allowed in prolog.'],
    [
      'two elements of one id',
      model(`${START}\n<endEvent id="start"/>`),
      "Error: URI=null Line=4: cvc-id.2: There are multiple occurrences of ID value 'start'.",
    ],
    [
      'two processes of one id',
      file(process('p', START) + process('p', END)),
      "Error: URI=null Line=3: cvc-id.2: There are multiple occurrences of ID value 'p'.",
    ],
    [
      'an id that is no name',
      model('<startEvent id="1 2"/>'),
      "Error: URI=null Line=3: cvc-datatype-valid.1.2.1: '1 2' is not a valid value for 'NCName'.",
    ],
    [
      'a flow to nowhere',
      model(START + END, 'start -> end').replace('targetRef="end"', 'targetRef="no"'),
      "Error: URI=null Line=4: cvc-id.1: There is no ID/IDREF binding for IDREF 'no'.",
    ],
    [
      'a flow without source',
      model(START + END, 'start -> end').replace('sourceRef="start"', ''),
      "Error: URI=null Line=3: cvc-complex-type.4: Attribute 'sourceRef' must appear on element 'sequenceFlow'.",
    ],
    [
      'a boundary event without activity',
      boundary('<errorEventDefinition/>').replace(' attachedToRef="t"', ''),
      "Error: URI=null Line=3: cvc-complex-type.4: Attribute 'attachedToRef' must appear on element 'boundaryEvent'.",
    ],
    [
      'a misspelt attribute',
      model('<startEvent id="start" nmae="x"/>'),
      "Error: URI=null Line=3: cvc-complex-type.3.2.2: Attribute 'nmae' is not allowed to appear in element 'startEvent'.",
    ],
    [
      'a truth value that is none',
      model(START).replace('"true"', '"yes"'),
      "Error: URI=null Line=3: cvc-datatype-valid.1.2.1: 'yes' is not a valid value for 'boolean'.",
    ],
    [
      'an unknown element',
      model(`${START}<servicetask id="t"/>`),
      'Error: URI=null Line=3: cvc-complex-type.2.4.a: Invalid content was found starting with element \'{"http://www.omg.org/spec/BPMN/20100524/MODEL":servicetask}\'.',
    ],
    [
      'two extensionElements',
      around(`<serviceTask id="t">${extensions(JOB)}${extensions()}</serviceTask>`),
      'Error: URI=null Line=3: cvc-complex-type.2.4.a: Invalid content was found starting with element \'{"http://www.omg.org/spec/BPMN/20100524/MODEL":extensionElements}\'.',
    ],
    [
      'an element without id',
      model(`${START}<task/>`),
      at('p > task', 'A task must have an id (line 3, column N)'),
    ],
    [
      'a process without id',
      model(START).replace(' id="p"', ''),
      at('definitions > process', 'A process must have an id (line 3, column N)'),
    ],
    [
      'two mappings',
      service(JOB, '<zeebe:ioMapping/>', '<zeebe:ioMapping/>'),
      at('t', "Must have at most one 'zeebe:ioMapping' extension element (line 3, column N)"),
    ],
    [
      'a flow to a flow',
      model(START + END, 'start -> end').replace('targetRef="end"', 'targetRef="start_end"'),
      at(
        'start_end',
        "'targetRef' refers to 'start_end', which is not a flow node of the same process (line 3, column N)",
      ),
    ],
    [
      'a flow across a border',
      model(`${START}<subProcess id="sub"><startEvent id="i"/></subProcess>`, 'start -> i'),
      at(
        'start_i',
        'A sequence flow must begin and end in the same process or sub-process, not cross its border (line 3, column N)',
      ),
    ],
    [
      'a boundary event at a gateway',
      boundary('<errorEventDefinition/>')
        .replace('attachedToRef="t"', 'attachedToRef="g"')
        .replace('<endEvent', '<exclusiveGateway id="g"/><endEvent'),
      at(
        'b',
        "'attachedToRef' refers to 'g', which is not an activity of the same process (line 3, column N)",
      ),
    ],
    [
      'a boundary event in the wrong scope',
      model(
        `${START}<subProcess id="sub">${connected(`<startEvent id="i"/>${task('x')}`, 'i -> x')}</subProcess><boundaryEvent id="b" attachedToRef="x"><errorEventDefinition/></boundaryEvent>${END}`,
        'b -> end',
      ),
      at(
        'b',
        "A boundary event must be in the same process or sub-process as its activity 'x' (line 3, column N)",
      ),
    ],
    [
      'an <outgoing> that names no flow',
      model('<startEvent id="start"><outgoing>no</outgoing></startEvent>'),
      at(
        'start',
        "'incoming/outgoing' refers to 'no', which is not a sequence flow of the same process (line 3, column N)",
      ),
    ],
  ])('%s', (_, text, expected) => {
    expect(verdict(text).replace(/column \d+\)/, 'column N)')).toBe(expected);
  });
});
