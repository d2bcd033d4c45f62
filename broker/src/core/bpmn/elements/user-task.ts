// User task: worked as a job of a reserved type, or native (zeebe:userTask); its form, assignment and schedule.
//
// Facts: engine-semantics D (formDefinition, assignmentDefinition, taskSchedule), observed.md section 5. A static
// list of candidates is comma-separated; a static date needs an offset. zeebe:priorityDefinition means nothing to a job.
import { bindingOf, judgeBinding } from '../bindings.ts';
import type { RuleContext } from '../context.ts';
import { type ExpressionTable, feelList, isFeel } from '../expressions.ts';
import type { FormReference, NativeUserTask, UserTaskProperties } from '../graph.ts';
import { compileTaskListeners } from '../listeners.ts';
import { extension, type FlowNode } from '../model.ts';
import { compileHeaders } from '../task-headers.ts';
import type { XmlElement } from '../xml/xml.ts';
import { isZonedDateTime } from '../zoned-date-time.ts';
import type { ElementFamily } from './element-family.ts';

const JOB_TYPE = 'io.camunda.zeebe:userTask';
const RETRIES = '1';
const DEFAULT_PRIORITY = '50';

const isNative = (node: FlowNode): boolean => node.extensions.has('userTask');

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
    for (const priority of node.extensions.get('priorityDefinition') ?? []) {
      judgePriority(priority, context);
    }
  },
  compile(node, element, { expressions }) {
    const { headers, headerEntries } = compileHeaders(node);
    if (isNative(node)) {
      element.nativeUserTask = compileNative(node, headers, expressions);
      element.taskListeners = compileTaskListeners(node, expressions);
      return;
    }
    element.job = {
      type: expressions.get(JOB_TYPE),
      retries: expressions.get(RETRIES),
      headers,
      headerEntries,
      userTask: properties(node, expressions),
    };
  },
};

function judgeForm(node: FlowNode, form: XmlElement, { problems, expressions }: RuleContext): void {
  const has = (name: string): boolean => (form.attributes.get(name) ?? '').trim() !== '';
  if (isNative(node)) {
    if (has('formId') === has('externalReference')) problems.add('form-definition-native', form);
  } else if (has('formId') === has('formKey')) problems.add('form-definition', form);
  expressions.judge(form.attributes.get('formId'), form, problems);
  expressions.judge(form.attributes.get('externalReference'), form, problems);
  judgeBinding(form, problems);
}

function judgePriority(at: XmlElement, { problems, expressions }: RuleContext): void {
  const text = at.attributes.get('priority') ?? '';
  if (text === '') return;
  if (isFeel(text)) expressions.judge(text, at, problems);
  else if (!/^[+-]?\d{1,9}$/.test(text)) problems.add('priority-static', at, text);
  else if (Number(text) < 0 || Number(text) > 100) problems.add('priority-range', at, text);
}

function compileNative(
  node: FlowNode,
  headers: string,
  expressions: ExpressionTable,
): NativeUserTask {
  const priority = extension(node, 'priorityDefinition')?.attributes.get('priority');
  const external = extension(node, 'formDefinition')?.attributes.get('externalReference') ?? '';
  return {
    properties: properties(node, expressions),
    priority: expressions.get(priority || DEFAULT_PRIORITY),
    externalReference: external.trim() === '' ? undefined : expressions.getText(external),
    headers,
  };
}

/** The form that a user task names by id; undefined when it names none. */
function formOf(
  form: XmlElement | undefined,
  expressions: ExpressionTable,
): FormReference | undefined {
  const id = form?.attributes.get('formId') ?? '';
  if (form === undefined || id.trim() === '') return undefined;
  const { binding, tag } = bindingOf(form);
  return { id: expressions.getText(id), binding, versionTag: tag };
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
    form: formOf(form, expressions),
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
