import { describe, expect, it } from 'vitest';
import { deployable } from './deployable.ts';
import {
  duplicateProcessId,
  isBpmnResource,
  rejectionOf,
  unknownResourceType,
} from './rejection.ts';
import { bytesOf, extensions, file, model, process, START, task, verdict } from './sample-model.ts';

describe('the layout of a rejection', () => {
  it('lists several errors in the order of the file', () => {
    const text = model(
      `${START}<serviceTask id="t1"/><userTask id="u">${extensions('<zeebe:formDefinition/>')}</userTask><endEvent id="end"><errorEventDefinition/></endEvent>`,
      'start -> t1 -> u -> end',
    );
    expect(deployable('a.bpmn', bytesOf(text))).toEqual({
      ok: false,
      message:
        "'a.bpmn': - Element: t1\n    - ERROR: Must have exactly one 'zeebe:taskDefinition' extension element\n" +
        "- Element: u > extensionElements > formDefinition\n    - ERROR: Exactly one of the attributes 'formId, formKey' must be present and not blank\n" +
        '- Element: end > errorEventDefinition\n    - ERROR: Must reference an error\n',
    });
  });

  it('joins the messages of several files as the reference does', () => {
    const startless = "'x.bpmn': - Element: p\n    - ERROR: Must have at least one start event\n";
    expect(rejectionOf([startless, unknownResourceType('n.txt'), "'z.bpmn': cut"])).toBe(
      'Expected to deploy new resources, but encountered the following errors:\n' +
        "'x.bpmn': - Element: p\n    - ERROR: Must have at least one start event\n\n\n" +
        "'n.txt': unknown resource type\n'z.bpmn': cut",
    );
    expect(rejectionOf([duplicateProcessId('a.bpmn', 'b.bpmn')])).toBe(
      "Expected to deploy new resources, but encountered the following errors:\nDuplicated process id in resources 'a.bpmn' and 'b.bpmn'",
    );
    expect(['a.bpmn', 'a.xml', 'a.BPMN', 'bpmn', 'a.dmn'].map(isBpmnResource)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it('cuts a long list and says how many are left', () => {
    const tasks = Array.from({ length: 500 }, (_, i) => `<serviceTask id="task_${i}"/>`).join('');
    const text = verdict(model(START + tasks));
    expect(text.length).toBeLessThan(12_700);
    const shown = text.match(/- ERROR: /g)?.length ?? 0;
    expect(text).toMatch(new RegExp(`\nand ${500 - shown} more errors and/or warnings$`));
  });

  it('cuts a long text of the model', () => {
    const long = 'x'.repeat(100_000);
    const text = verdict(model(START + task('t').replace('type="t"', `type="=1 ${long}"`)));
    expect(text).toContain('...');
    expect(text.length).toBeLessThan(3_000);
  });

  it('names straight-through loops with the process, one for each', () => {
    const loop = (id: string, name: string) =>
      process(id, `<startEvent id="s${id}"/><task id="${name}"/>`, `s${id} -> ${name} -> ${name}`);
    expect(deployable('x.bpmn', bytesOf(file(loop('p1', 'a') + loop('p2', 'b'))))).toEqual({
      ok: false,
      message:
        '`x.bpmn`: - Process: p1\n    - ERROR: Processes are not allowed to contain a straight-through processing loop: a > a\n' +
        '`x.bpmn`: - Process: p2\n    - ERROR: Processes are not allowed to contain a straight-through processing loop: b > b\n',
    });
  });
});
