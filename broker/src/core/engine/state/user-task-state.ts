// Native user tasks: what is known of each while its element waits.
import { EMPTY_DOCUMENT, type Key, keyText, type UserTaskValue } from '@millrace/protocol';
import { keyPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { storedWord } from './stored-word.ts';
import { readStrings, writeStrings } from './value-codecs.ts';

export const USER_TASK_STATES = [
  'CREATING',
  'CREATED',
  'ASSIGNING',
  'UPDATING',
  'COMPLETING',
  'CANCELING',
] as const;
export type UserTaskLifeCycle = (typeof USER_TASK_STATES)[number];

/** `value` has neither variables nor an action nor changed attributes: those belong to one transition. */
export interface UserTask {
  readonly state: UserTaskLifeCycle;
  readonly value: UserTaskValue;
}

const NOTHING: readonly string[] = [];

/** The task without what belongs to one transition. */
export function settled(value: UserTaskValue): UserTaskValue {
  return { ...value, variables: EMPTY_DOCUMENT, action: '', changedAttributes: NOTHING };
}

export class UserTaskState {
  readonly #tasks: PointFamily<Key, UserTask>;

  constructor(db: StateDb) {
    this.#tasks = db.point({
      number: FAMILY.userTask,
      name: 'user-task',
      key: keyPart,
      value: {
        write: (out, { state, value: v }) => {
          out.u8(1);
          out.u8(USER_TASK_STATES.indexOf(state));
          out.key(v.userTaskKey);
          out.string(v.assignee);
          writeStrings(out, v.candidateGroupsList);
          writeStrings(out, v.candidateUsersList);
          out.string(v.dueDate);
          out.string(v.followUpDate);
          out.key(v.formKey);
          out.string(v.externalFormReference);
          out.int(v.priority);
          out.string(v.customHeaders);
          out.int(v.creationTimestamp);
          out.string(v.elementId);
          out.key(v.elementInstanceKey);
          out.string(v.bpmnProcessId);
          out.int(v.processDefinitionVersion);
          out.key(v.processDefinitionKey);
          out.key(v.processInstanceKey);
          out.string(v.tenantId);
        },
        read: (from) => {
          from.u8();
          const state = storedWord(USER_TASK_STATES, from.u8(), 'state of a user task');
          const value: UserTaskValue = {
            userTaskKey: from.key(),
            assignee: from.string(),
            candidateGroupsList: readStrings(from),
            candidateUsersList: readStrings(from),
            dueDate: from.string(),
            followUpDate: from.string(),
            formKey: from.key(),
            externalFormReference: from.string(),
            priority: from.int(),
            variables: EMPTY_DOCUMENT,
            customHeaders: from.string(),
            changedAttributes: NOTHING,
            action: '',
            creationTimestamp: from.int(),
            elementId: from.string(),
            elementInstanceKey: from.key(),
            bpmnProcessId: from.string(),
            processDefinitionVersion: from.int(),
            processDefinitionKey: from.key(),
            processInstanceKey: from.key(),
            tenantId: from.string(),
          };
          return { state, value };
        },
      },
    });
  }

  get(key: Key): UserTask | undefined {
    return this.#tasks.get(key);
  }

  must(key: Key): UserTask {
    const task = this.#tasks.get(key);
    if (task === undefined) throw new Error(`user task ${keyText(key)} is not in the state`);
    return task;
  }

  // Changes, for appliers only.

  put(key: Key, state: UserTaskLifeCycle, value: UserTaskValue): void {
    this.#tasks.upsert(key, { state, value: settled(value) });
  }

  remove(key: Key): void {
    this.#tasks.delete(key);
  }
}
