// Native user tasks: what is known of each while its element waits.
import {
  type ByteReader,
  type ByteWriter,
  EMPTY_DOCUMENT,
  type Key,
  keyText,
  NO_REQUEST,
  type UserTaskValue,
} from '@millrace/protocol';
import { keyPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { storedWord } from './stored-word.ts';
import { readDocument, readStrings, writeDocument, writeStrings } from './value-codecs.ts';

export const USER_TASK_STATES = [
  'CREATING',
  'CREATED',
  'ASSIGNING',
  'UPDATING',
  'COMPLETING',
  'CANCELING',
] as const;
export type UserTaskLifeCycle = (typeof USER_TASK_STATES)[number];

/** On the way from one state to another: what the task will be, and how many of its listeners are done. */
export interface Transition {
  readonly value: UserTaskValue;
  readonly listenersDone: number;
}

/** `value` has neither variables nor an action nor changed attributes: those belong to one transition. */
export interface UserTask {
  readonly state: UserTaskLifeCycle;
  readonly value: UserTaskValue;
  /** Undefined while nothing changes. */
  readonly transition: Transition | undefined;
}

const NOTHING: readonly string[] = [];

/** The task without what belongs to one transition. */
export function settled(value: UserTaskValue): UserTaskValue {
  return {
    ...value,
    variables: EMPTY_DOCUMENT,
    action: '',
    changedAttributes: NOTHING,
    awaitedBy: NO_REQUEST,
    deniedReason: '',
  };
}

function writeTask(out: ByteWriter, v: UserTaskValue): void {
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
}

function readTask(from: ByteReader): UserTaskValue {
  return {
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
    awaitedBy: NO_REQUEST,
    deniedReason: '',
  };
}

function writeTransition(out: ByteWriter, { value, listenersDone }: Transition): void {
  writeTask(out, value);
  writeDocument(out, value.variables);
  writeStrings(out, value.changedAttributes);
  out.string(value.action);
  out.f64(value.awaitedBy);
  out.varint(listenersDone);
}

function readTransition(from: ByteReader): Transition {
  const value: UserTaskValue = {
    ...readTask(from),
    variables: readDocument(from),
    changedAttributes: readStrings(from),
    action: from.string(),
    awaitedBy: from.f64(),
  };
  return { value, listenersDone: from.varint() };
}

/** Forms of a stored task: nothing changes, or something does. */
const SETTLED = 1;
const CHANGING = 2;

export class UserTaskState {
  readonly #tasks: PointFamily<Key, UserTask>;

  constructor(db: StateDb) {
    this.#tasks = db.point({
      number: FAMILY.userTask,
      name: 'user-task',
      key: keyPart,
      value: {
        write: (out, { state, value, transition }) => {
          out.u8(transition === undefined ? SETTLED : CHANGING);
          out.u8(USER_TASK_STATES.indexOf(state));
          writeTask(out, value);
          if (transition !== undefined) writeTransition(out, transition);
        },
        read: (from) => {
          const form = from.u8();
          const state = storedWord(USER_TASK_STATES, from.u8(), 'state of a user task');
          const value = readTask(from);
          return { state, value, transition: form === CHANGING ? readTransition(from) : undefined };
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

  /** A transition begins: until it has ended the task is as it was; a new one is nothing yet. */
  begin(key: Key, state: UserTaskLifeCycle, next: UserTaskValue): void {
    const value = this.#tasks.get(key)?.value ?? settled(next);
    this.#tasks.upsert(key, { state, value, transition: { value: next, listenersDone: 0 } });
  }

  settle(key: Key, value: UserTaskValue): void {
    this.#tasks.update(key, { state: 'CREATED', value: settled(value), transition: undefined });
  }

  /** The same task, in whatever state, under the ids of another definition. */
  migrate(key: Key, next: UserTaskValue): void {
    const { state, transition } = this.must(key);
    const { elementId, bpmnProcessId, processDefinitionKey, processDefinitionVersion } = next;
    const ids = { elementId, bpmnProcessId, processDefinitionKey, processDefinitionVersion };
    const under =
      transition === undefined
        ? undefined
        : { ...transition, value: { ...transition.value, ...ids } };
    this.#tasks.update(key, { state, value: settled(next), transition: under });
  }

  listenerDone(key: Key): void {
    const task = this.#tasks.get(key);
    if (task?.transition === undefined) return;
    const listenersDone = task.transition.listenersDone + 1;
    this.#tasks.update(key, { ...task, transition: { ...task.transition, listenersDone } });
  }

  correct(key: Key, value: UserTaskValue): void {
    const task = this.must(key);
    if (task.transition !== undefined)
      this.#tasks.update(key, { ...task, transition: { ...task.transition, value } });
  }

  remove(key: Key): void {
    this.#tasks.delete(key);
  }
}
