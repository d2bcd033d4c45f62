// The reserved headers of a user task's job: form and assignment (engine-semantics.md D, observed.md 5).
import { keyText, NO_KEY } from '@millrace/protocol';
import type { JobDefinition, UserTaskProperties } from '../../bpmn/index.ts';
import {
  type Expression,
  evaluateDateTimeOrNull,
  evaluateListOfStrings,
  evaluateString,
  type FeelEnvironment,
  type Typed,
} from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { linkedForm } from './linked-forms.ts';

const PREFIX = 'io.camunda.zeebe:';

/** The list as the text of a list literal. */
const listText = (items: readonly string[]) => JSON.stringify(items);

type Evaluate<T> = (expression: Expression, environment: FeelEnvironment) => Typed<T>;

/** All headers of the job as JSON text: the modelled ones, then the reserved ones that are set. */
export function userTaskHeaders(
  c: Context,
  e: ElementContext,
  job: JobDefinition,
  task: UserTaskProperties,
): { readonly text: string } | Failure {
  const feel = c.feel(e.key);
  const headers: Record<string, string> = {};
  for (const [name, value] of job.headerEntries) headers[name] = value;
  const add = <T>(
    name: string,
    expression: Expression | undefined,
    evaluate: Evaluate<T>,
    text: (value: T) => string | undefined,
  ): string | undefined => {
    if (expression === undefined) return undefined;
    const result = evaluate(expression, feel);
    if (!result.ok) return result.message;
    const value = text(result.value);
    if (value !== undefined && value !== '') headers[PREFIX + name] = value;
    return undefined;
  };
  const problem =
    add('assignee', task.assignee, evaluateString, (value) => value) ??
    add('candidateGroups', task.candidateGroups, evaluateListOfStrings, listText) ??
    add('candidateUsers', task.candidateUsers, evaluateListOfStrings, listText) ??
    add('dueDate', task.dueDate, evaluateDateTimeOrNull, (value) => value?.text) ??
    add('followUpDate', task.followUpDate, evaluateDateTimeOrNull, (value) => value?.text);
  if (problem !== undefined) return { errorType: 'EXTRACT_VALUE_ERROR', message: problem };
  const form = linkedForm(c, e, task.form);
  if ('errorType' in form) return form;
  const formKey = form.formKey === NO_KEY ? task.formKey : keyText(form.formKey);
  if (formKey !== undefined) headers[`${PREFIX}formKey`] = formKey;
  return { text: JSON.stringify(headers) };
}
