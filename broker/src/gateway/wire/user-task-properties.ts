// UserTaskProperties of an activated job: the user task behind the job of a task listener. The job has them as reserved
// headers (broker/src/core/engine/steps/task-listeners.ts), which stay where they are.
import { type JobValue, keyFromText } from '@millrace/protocol';
import type { ProtoWriter } from './proto-writer.ts';

const PREFIX = 'io.camunda.zeebe:';
const VARINT_BITS = 3;

/** Writes the message as this field; nothing for jobs of other kinds. */
export function writeUserTaskProperties(out: ProtoWriter, number: number, job: JobValue): void {
  if (job.jobKind !== 'TASK_LISTENER') return;
  const headers: Readonly<Record<string, string>> = JSON.parse(job.customHeaders);
  const header = (name: string) => headers[PREFIX + name];
  const text = (field: number, value: string | undefined) => {
    if (value !== undefined) out.stringItem(field, value);
  };
  const list = (field: number, value: string | undefined) => {
    const items: readonly string[] = value === undefined ? [] : JSON.parse(value);
    for (const item of items) out.stringItem(field, item);
  };
  const keyOf = (field: number, value: string | undefined) => {
    const key = value === undefined ? undefined : keyFromText(value);
    if (key !== undefined) out.key(field, key);
  };
  const nested = out.beginNested(number);
  text(1, header('action'));
  text(2, header('assignee'));
  list(3, header('candidateGroups'));
  list(4, header('candidateUsers'));
  list(5, header('changedAttributes'));
  text(6, header('dueDate'));
  text(7, header('followUpDate'));
  keyOf(8, header('formKey'));
  // From 0 to 100, and written also when it is 0.
  out.uint32(9 << VARINT_BITS);
  out.uint32(Number(header('priority') ?? 0));
  keyOf(10, header('userTaskKey'));
  out.endNested(nested);
}
