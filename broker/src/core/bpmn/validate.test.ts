import { describe, expect, it } from 'vitest';
import {
  around,
  at,
  boundaries,
  boundary,
  END,
  endWith,
  gateway,
  JOB,
  model,
  START,
  script,
  service,
  staticValue,
  sub,
  task,
  verdict,
} from './sample-model.ts';

describe('rules of the reference, with its texts', () => {
  it.each([
    [
      'no executable process',
      model(START).replace('"true"', '"false"'),
      at('definitions', 'Must contain at least one executable process'),
    ],
    [
      'isExecutable is missing',
      model(START).replace(' isExecutable="true"', ''),
      at('definitions', 'Must contain at least one executable process'),
    ],
    [
      'no start event',
      model(task('t') + END, 't -> end'),
      at('p', 'Must have at least one start event'),
    ],
    [
      'two none start events',
      model(`${START}<startEvent id="s2"/>${END}`),
      at('p', 'Multiple none start events are not allowed'),
    ],
    [
      'end event with a flow',
      model(`${START}${END}${task('t')}`, 'start -> end -> t'),
      at('end', 'End events must not have outgoing sequence flows to other elements.'),
    ],
    [
      'end event with two definitions',
      endWith('<terminateEventDefinition/><terminateEventDefinition/>'),
      at('end', 'Must have at most one event definition'),
    ],
    [
      'error end without error',
      endWith('<errorEventDefinition/>'),
      at('end > errorEventDefinition', 'Must reference an error'),
    ],
    [
      'error end with unknown error',
      endWith('<errorEventDefinition errorRef="nope"/>'),
      at('end > errorEventDefinition', 'Must reference an error'),
    ],
    [
      'error without code',
      endWith('<errorEventDefinition errorRef="e"/>', '<error id="e"/>'),
      at('end > errorEventDefinition', 'ErrorCode must be present and not empty'),
    ],
    [
      'error with empty code',
      endWith('<errorEventDefinition errorRef="e"/>', '<error id="e" errorCode=""/>'),
      at('end > errorEventDefinition', 'ErrorCode must be present and not empty'),
    ],
    [
      'service task without definition',
      around('<serviceTask id="t"/>'),
      at('t', "Must have exactly one 'zeebe:taskDefinition' extension element"),
    ],
    [
      'service task with two',
      service(JOB, JOB),
      at('t', "Must have exactly one 'zeebe:taskDefinition' extension element"),
    ],
    [
      'definition of another namespace',
      service(JOB).replace('zeebe/1.0', 'zeebe/2.0'),
      at('t', "Must have exactly one 'zeebe:taskDefinition' extension element"),
    ],
    [
      'send task without definition',
      around('<sendTask id="t"/>'),
      at(
        't',
        "Must have either one 'zeebe:publishMessage' or one 'zeebe:taskDefinition' extension element",
      ),
    ],
    [
      'business rule task without definition',
      around('<businessRuleTask id="t"/>'),
      at(
        't',
        "Must have either one 'zeebe:calledDecision' or one 'zeebe:taskDefinition' extension element",
      ),
    ],
    [
      'script task without definition',
      around('<scriptTask id="t"/>'),
      at(
        't',
        "Must have either one 'zeebe:script' or one 'zeebe:taskDefinition' extension element",
      ),
    ],
    [
      'script task with both',
      script(JOB, '<zeebe:script expression="=1" resultVariable="r"/>'),
      at(
        't',
        "Must have either one 'zeebe:script' or one 'zeebe:taskDefinition' extension element",
      ),
    ],
    [
      'exclusive gateway without conditions',
      gateway('g -> end; g -> e2'),
      at('g_end', 'Must have a condition or be default flow') +
        at('g_e2', 'Must have a condition or be default flow'),
    ],
    [
      'default flow of another element',
      gateway('g -[=a]-> end; g -[=b]-> e2').replace(
        '<exclusiveGateway',
        '<exclusiveGateway default="start_g"',
      ),
      at('g', 'Default flow must start at gateway'),
    ],
    [
      'static condition',
      gateway('g -[true]-> end; g -[default]-> e2'),
      at('g_end > conditionExpression', staticValue('true')),
    ],
    [
      'empty condition',
      gateway('g -[ ]-> end; g -[default]-> e2'),
      at('g_end > conditionExpression', staticValue('')),
    ],
    [
      'condition behind a task',
      model(`${START}${task('t')}${END}`, 'start -> t -[=a]-> end'),
      at('t', 'Conditional sequence flows are only supported at exclusive or inclusive gateway'),
    ],
    [
      'condition behind a parallel gateway',
      model(`${START}<parallelGateway id="t"/>${END}`, 'start -> t -[=a]-> end'),
      at('t', 'Conditional sequence flows are only supported at exclusive or inclusive gateway'),
    ],
    ['empty sub-process', sub(''), at('sub', 'Must have exactly one start event')],
    [
      'sub-process with two starts',
      sub('<startEvent id="a"/><startEvent id="b"/>'),
      at('sub', 'Must have exactly one start event'),
    ],
    [
      'boundary event without definition',
      boundary(''),
      at('b', 'Must have exactly one event definition'),
    ],
    [
      'boundary event with terminate',
      boundary('<terminateEventDefinition/>'),
      at('b', 'Boundary events must be one of: timer, message, error, signal, escalation'),
    ],
    [
      'non-interrupting error',
      boundary('<errorEventDefinition/>', 'cancelActivity="false"'),
      at('b', 'Non-Interrupting event of this type is not allowed'),
    ],
    [
      'caught code that is an expression',
      boundary('<errorEventDefinition errorRef="e"/>', '', '<error id="e" errorCode="=x"/>'),
      at(
        'b > errorEventDefinition',
        'The errorCode of the error catch event is not allowed to be an expression',
      ),
    ],
    [
      'boundary event without way out',
      model(
        `${START}${task('t')}<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>`,
        'start -> t',
      ),
      at('b', 'Must have at least one outgoing sequence flow or association'),
    ],
    [
      'boundary event with a way in',
      model(
        `${START}${task('t')}<boundaryEvent id="b" attachedToRef="t"><errorEventDefinition/></boundaryEvent>${END}`,
        'start -> t; b -> end; t -> b',
      ),
      at('b', 'Cannot have incoming sequence flows'),
    ],
    [
      'two catch-alls',
      boundaries('<errorEventDefinition/>', '<errorEventDefinition/>'),
      at(
        't',
        'The same scope can not contain more than one error catch event without error code. An error catch event without error code catches all errors.',
      ),
    ],
    [
      'one code twice',
      boundaries(
        '<errorEventDefinition errorRef="e"/>',
        '<errorEventDefinition errorRef="f"/>',
        '<error id="e" errorCode="A"/><error id="f" errorCode="A"/>',
      ),
      at(
        't',
        "Multiple error catch events with the same error code 'A' are not supported on the same scope.",
      ),
    ],
  ])('%s', (_, text, expected) => {
    expect(verdict(text)).toBe(expected);
  });
});
