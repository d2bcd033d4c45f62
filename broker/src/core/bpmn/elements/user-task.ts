// User task worked as a job of a reserved type, its form, assignment and schedule handed over as reserved headers.
//
// Facts: engine-semantics D (formDefinition, assignmentDefinition, taskSchedule), observed.md section 5. A static
// list of candidates is comma-separated; a static date needs an offset. zeebe:priorityDefinition means nothing to a job.
import type { RuleContext } from '../context.ts';
import { type ExpressionTable, feelList, isFeel } from '../expressions.ts';
import type { UserTaskProperties } from '../graph.ts';
import { extension, type FlowNode } from '../model.ts';
import { compileHeaders } from '../task-headers.ts';
import type { XmlElement } from '../xml/xml.ts';
import { isZonedDateTime } from '../zoned-date-time.ts';
import type { ElementFamily } from './element-family.ts';

const JOB_TYPE = 'io.camunda.zeebe:userTask';
const RETRIES = '1';

export const userTask: ElementFamily = {
  elementType: 'USER_TASK',
  activity: true,
  mappings: 'both',
  judge(node, context) {
    for (const form of node.extensions.get('formDefinition') ?? []) judgeForm(node, form, context);
    for (const assignment of node.extensions.get('assignmentDefinition') ?? []) {
      context.expressions.judge(
        assignment.attributes.get('assignee'),
        assignment,
        context.problems,
      );
      judgeCandidates(assignment, 'candidateGroups', context);
      judgeCandidates(assignment, 'candidateUsers', context);
    }
    for (const schedule of node.extensions.get('taskSchedule') ?? []) {
      judgeDate(schedule, 'dueDate', context);
      judgeDate(schedule, 'followUpDate', context);
    }
  },
  compile(node, element, { expressions }) {
    const { headers, headerEntries } = compileHeaders(node);
    element.job = {
      type: expressions.get(JOB_TYPE),
      retries: expressions.get(RETRIES),
      headers,
      headerEntries,
      userTask: properties(node, expressions),
    };
  },
};

function judgeForm(node: FlowNode, form: XmlElement, { problems }: RuleContext): void {
  const key = (form.attributes.get('formKey') ?? '').trim();
  const id = (form.attributes.get('formId') ?? '').trim();
  if ((key === '') === (id === '')) problems.add('form-definition', form);
  else if (id !== '') {
    problems.add(
      'not-executed',
      node.xml,
      `zeebe:formDefinition with formId of userTask '${node.id}'`,
    );
  }
}

function judgeCandidates(
  at: XmlElement,
  name: string,
  { problems, expressions }: RuleContext,
): void {
  const text = at.attributes.get(name);
  if (text === undefined || text === '') return;
  if (isFeel(text)) expressions.judge(text, at, problems);
  else if (text.split(',').some((item) => item.trim() === '')) {
    problems.add('list-static', at, text);
  }
}

function judgeDate(at: XmlElement, name: string, { problems, expressions }: RuleContext): void {
  const text = at.attributes.get(name);
  if (text === undefined || text === '') return;
  if (isFeel(text)) expressions.judge(text, at, problems);
  else if (!isZonedDateTime(text)) problems.add('date-static', at, text);
}

function properties(node: FlowNode, expressions: ExpressionTable): UserTaskProperties {
  const form = extension(node, 'formDefinition');
  const assignment = extension(node, 'assignmentDefinition');
  const schedule = extension(node, 'taskSchedule');
  return {
    assignee: optionalText(assignment, 'assignee', expressions),
    candidateGroups: candidates(assignment, 'candidateGroups', expressions),
    candidateUsers: candidates(assignment, 'candidateUsers', expressions),
    dueDate: optionalText(schedule, 'dueDate', expressions),
    followUpDate: optionalText(schedule, 'followUpDate', expressions),
    formKey: form?.attributes.get('formKey'),
  };
}

function optionalText(
  at: XmlElement | undefined,
  name: string,
  expressions: ExpressionTable,
): UserTaskProperties['assignee'] {
  const text = at?.attributes.get(name) ?? '';
  return text === '' ? undefined : expressions.getText(text);
}

function candidates(
  at: XmlElement | undefined,
  name: string,
  expressions: ExpressionTable,
): UserTaskProperties['candidateUsers'] {
  const text = at?.attributes.get(name) ?? '';
  if (text === '') return undefined;
  if (isFeel(text)) return expressions.get(text);
  return expressions.get(feelList(text.split(',').map((item) => item.trim())));
}
