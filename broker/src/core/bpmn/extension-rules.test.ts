import { describe, expect, it } from 'vitest';
import {
  ASSIGNMENT,
  at,
  DEFINITION,
  endWith,
  extensions,
  FORM,
  gateway,
  HEADERS,
  headers,
  input,
  MAPPING_IN,
  MAPPING_OUT,
  model,
  NO_EXPRESSION,
  output,
  pattern,
  SCHEDULE,
  START,
  script,
  service,
  staticValue,
  user,
  verdict,
} from './sample-model.ts';

describe('rules of the Zeebe extension elements, with the texts of the reference', () => {
  it.each([
    [
      'script without expression',
      script('<zeebe:script resultVariable="r"/>'),
      at('t > extensionElements > script', NO_EXPRESSION),
    ],
    [
      'script with static value',
      script('<zeebe:script expression="1" resultVariable="r"/>'),
      at('t > extensionElements > script', staticValue('1')),
    ],
    [
      'script without result',
      script('<zeebe:script expression="=1"/>'),
      at(
        't > extensionElements > script',
        "Attribute 'resultVariable' must be present and not empty",
      ),
    ],
    ['no job type', service('<zeebe:taskDefinition/>'), at(DEFINITION, NO_EXPRESSION)],
    ['empty job type', service('<zeebe:taskDefinition type=""/>'), at(DEFINITION, NO_EXPRESSION)],
    ['input without source', input('target="a"'), at(MAPPING_IN, NO_EXPRESSION)],
    [
      'input without target',
      input('source="=a"'),
      at(MAPPING_IN, 'Expected path expression but not found.'),
    ],
    [
      'input with neither',
      input(''),
      at(MAPPING_IN, NO_EXPRESSION, 'Expected path expression but not found.'),
    ],
    [
      'input target with a space',
      input('source="=a" target="a b"'),
      at(MAPPING_IN, pattern('a b')),
    ],
    [
      'input target with two dots',
      input('source="=a" target="a..b"'),
      at(MAPPING_IN, pattern('a..b')),
    ],
    [
      'input target that is an expression',
      input('source="=a" target="=a"'),
      at(MAPPING_IN, pattern('=a')),
    ],
    [
      'input target that is a reserved word',
      input('source="=a" target="if"'),
      at(
        MAPPING_IN,
        "Expected path expression 'if' but is one of the reserved words (null, true, false, function, if, then, else, for, between, instance, of).",
      ),
    ],
    [
      'output with static source',
      output('source="x" target="a"'),
      at(MAPPING_OUT, staticValue('x')),
    ],
    ['output with "=" alone', output('source="=" target="a"'), at(MAPPING_OUT, staticValue('='))],
    ['output without source', output('target="a"'), at(MAPPING_OUT, NO_EXPRESSION)],
    [
      'mapping of a gateway',
      model(
        `${START}<exclusiveGateway id="t">${extensions('<zeebe:ioMapping><zeebe:input target="b"/></zeebe:ioMapping>')}</exclusiveGateway>`,
        'start -> t',
      ),
      at(MAPPING_IN, NO_EXPRESSION),
    ],
    [
      'reserved header',
      headers(['io.camunda.zeebe:x', '1']),
      at(
        HEADERS,
        "Attribute 'key' contains 'io.camunda.zeebe:x', but header keys starting with 'io.camunda.zeebe:' are reserved for internal use.",
      ),
    ],
    [
      'doubled headers',
      headers(['x', '1'], ['x', '2'], ['y', '1'], ['y', '']),
      at(
        HEADERS,
        "Headers contain duplicate entries for key 'x'",
        "Headers contain duplicate entries for key 'y'",
      ),
    ],
    [
      'form definition without anything',
      user('<zeebe:formDefinition/>'),
      at(FORM, "Exactly one of the attributes 'formId, formKey' must be present and not blank"),
    ],
    [
      'form definition with both',
      user('<zeebe:formDefinition formKey="a" formId="b"/>'),
      at(FORM, "Exactly one of the attributes 'formId, formKey' must be present and not blank"),
    ],
    [
      'form definition for native tasks',
      user('<zeebe:formDefinition externalReference="a"/>'),
      at(FORM, "Exactly one of the attributes 'formId, formKey' must be present and not blank"),
    ],
    [
      'empty embedded form',
      model(`${extensions('<zeebe:userTaskForm id="f"/>')}${START}`),
      at(
        'p > extensionElements > userTaskForm',
        'User task form text content has to be present and not empty',
      ),
    ],
    [
      'list with a hole',
      user('<zeebe:assignmentDefinition candidateGroups="a,,b"/>'),
      at(
        ASSIGNMENT,
        "Expected static value to be a list of comma-separated values, e.g. 'a,b,c', but found 'a,,b'.",
      ),
    ],
    [
      'list with a comma at the end',
      user('<zeebe:assignmentDefinition candidateUsers="a,"/>'),
      at(
        ASSIGNMENT,
        "Expected static value to be a list of comma-separated values, e.g. 'a,b,c', but found 'a,'.",
      ),
    ],
    [
      'a date that is none',
      user('<zeebe:taskSchedule dueDate="tomorrow"/>'),
      at(
        SCHEDULE,
        "Expected static value to be a valid DateTime String, e.g. '2023-03-02T15:35+02:00', but found 'tomorrow'.",
      ),
    ],
    [
      'a date without offset',
      user('<zeebe:taskSchedule followUpDate="2026-01-02T03:04:05[Europe/Berlin]"/>'),
      at(
        SCHEDULE,
        "Expected static value to be a valid DateTime String, e.g. '2023-03-02T15:35+02:00', but found '2026-01-02T03:04:05[Europe/Berlin]'.",
      ),
    ],
  ])('%s', (_, text, expected) => {
    expect(verdict(text)).toBe(expected);
  });

  it('FEEL that does not parse is refused wherever it stands, with the text of the expression', () => {
    const broken = /^- Element: .*\n {4}- ERROR: failed to parse expression '1 \+'/;
    for (const text of [
      service('<zeebe:taskDefinition type="=1 +"/>'),
      service('<zeebe:taskDefinition type="a" retries="=1 +"/>'),
      input('source="=1 +" target="a"'),
      output('source="=1 +" target="a"'),
      script('<zeebe:script expression="=1 +" resultVariable="r"/>'),
      gateway('g -[=1 +]-> end; g -[default]-> e2'),
      user('<zeebe:assignmentDefinition assignee="=1 +"/>'),
      user('<zeebe:assignmentDefinition candidateGroups="=1 +"/>'),
      user('<zeebe:taskSchedule dueDate="=1 +"/>'),
      endWith('<errorEventDefinition errorRef="e"/>', '<error id="e" errorCode="=1 +"/>'),
    ]) {
      expect(verdict(text)).toMatch(broken);
    }
  });
});
