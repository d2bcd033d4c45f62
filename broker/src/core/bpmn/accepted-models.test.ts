import { describe, expect, it } from 'vitest';
import {
  boundaries,
  END,
  extensions,
  file,
  gateway,
  headers,
  input,
  JOB,
  model,
  process,
  START,
  service,
  task,
  user,
  verdict,
} from './sample-model.ts';

describe('what the reference lets through deploys', () => {
  it.each([
    ['retries that are no number', service('<zeebe:taskDefinition type="a" retries="many"/>')],
    ['empty retries', service('<zeebe:taskDefinition type="a" retries=""/>')],
    ['a job type that is a number', service('<zeebe:taskDefinition type="123"/>')],
    [
      'two targets of one name',
      service(
        JOB,
        '<zeebe:ioMapping><zeebe:output source="=a" target="a"/><zeebe:output source="=b" target="a"/></zeebe:ioMapping>',
      ),
    ],
    ['headers without key or value', headers(['', '1'], ['a', ''])],
    ['a static input', input('source="12" target="a"')],
    ['a user task with nothing', user()],
    ['a user task with a job type, which has no effect', user(JOB)],
    [
      'empty assignment and schedule',
      user(
        '<zeebe:assignmentDefinition assignee="" candidateGroups=""/>',
        '<zeebe:taskSchedule dueDate=""/>',
      ),
    ],
    [
      'a form key without its form',
      user('<zeebe:formDefinition formKey="camunda-forms:bpmn:nope"/>'),
    ],
    [
      'one flow without condition',
      model(`${START}<exclusiveGateway id="g"/>${END}`, 'start -> g -> end'),
    ],
    [
      'flows without conditions that no <outgoing> names',
      gateway('g -> end; g -> e2').replaceAll(/<(incoming|outgoing)>.*?<\/\1>/g, ''),
    ],
    ['a condition with space around', gateway('g -[ =a ]-> end; g -[default]-> e2')],
    [
      'default flow with a condition',
      gateway('g -[=a]-> end; g -[=b]-> e2').replace(
        '<exclusiveGateway',
        '<exclusiveGateway default="g_end"',
      ),
    ],
    [
      'a default flow of a task',
      model(`${START}${task('t')}${END}`, 'start -> t -[default]-> end'),
    ],
    ['flows back to the start event', model(`${START}${task('t')}`, 'start -> t -> start')],
    ['elements that nothing leads to', model(START + task('t') + END, 'start -> end')],
    ['an empty version tag', model(extensions('<zeebe:versionTag/>') + START)],
    [
      'catch-all and an empty code',
      boundaries(
        '<errorEventDefinition/>',
        '<errorEventDefinition errorRef="e"/>',
        '<error id="e" errorCode=""/>',
      ),
    ],
    [
      'data, lanes, notes, pools and drawings',
      model(
        `<documentation>d</documentation><laneSet id="ls"><lane id="l"/></laneSet>${START}<dataObject id="o"/><dataObjectReference id="r" dataObjectRef="o"/>` +
          '<dataStoreReference id="s"/><textAnnotation id="n"><text>hi</text></textAnnotation><group id="gr"/><association id="as" sourceRef="n" targetRef="start"/>',
        '',
        '<collaboration id="c"><participant id="pa" processRef="p"/></collaboration><di:BPMNDiagram xmlns:di="urn:di"><di:BPMNPlane bpmnElement="c"/></di:BPMNDiagram>',
      ),
    ],
    [
      'unknown extensions',
      service(JOB, '<zeebe:unknown a="1"/>', '<x:y xmlns:x="urn:x"/>').replace(
        '<serviceTask',
        '<serviceTask zeebe:modelerTemplate="m"',
      ),
    ],
    ['empty lists of listeners', service(JOB, '<zeebe:executionListeners/>')],
    [
      'another prefix for BPMN',
      model(START)
        .replaceAll(/<(\/?)(definitions|process|startEvent)/g, '<$1b:$2')
        .replace('xmlns=', 'xmlns:b='),
    ],
    [
      'processes that are not executable, whatever they hold',
      file(
        process('p', START) +
          process('q', '<serviceTask id="t"/><complexGateway id="c"/>', '', 'isExecutable="false"'),
      ),
    ],
  ])('%s', (_, text) => {
    expect(verdict(text)).toBe('deployed');
  });
});
