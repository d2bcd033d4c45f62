// One element instance: what the broker remembers of an element while it runs.
//
// Instances are values: a change makes a new one. `activeChildren` and `activeFlows` count what keeps a scope alive.
import {
  type ByteReader,
  type ByteWriter,
  type Document,
  ELEMENT_TYPES,
  EVENT_TYPES,
  type Key,
  NO_KEY,
  type ProcessInstanceValue,
} from '@millrace/protocol';
import type { ValueCodec } from '../../state/families.ts';
import { storedWord } from './stored-word.ts';
import { readDocument, writeDocument } from './value-codecs.ts';

export const ELEMENT_STATES = ['ACTIVATING', 'ACTIVATED', 'COMPLETING', 'TERMINATING'] as const;
export type ElementState = (typeof ELEMENT_STATES)[number];

/** Something that happened to a scope and is not worked off yet (engine-semantics.md C.7). */
export interface Trigger {
  readonly key: Key;
  readonly targetElementId: string;
  readonly variables: Document;
}

/** How often a flow into a joining gateway was taken and not yet consumed (engine-semantics.md C.5). */
export interface JoinCount {
  readonly gatewayId: string;
  readonly flowId: string;
  readonly count: number;
}

/** What only some kinds of elements have to remember. */
export interface Special {
  /** Timers, messages and signals that it waits for. */
  readonly subscriptions: number;
  /** Of a round of a multi-instance, beginning with 1; 1 for a body that begins no more rounds; 0 for everything else. */
  readonly loopCounter: number;
  /** Of a multi-instance body: its rounds. */
  readonly childrenCreated: number;
  readonly childrenCompleted: number;
  readonly childrenTerminated: number;
  /** Of a call activity: the instance that it has called. */
  readonly calledInstanceKey: Key;
  /** Of a native user task. */
  readonly userTaskKey: Key;
  /** Execution listeners of the present phase that are done. */
  readonly listenersDone: number;
  /** Of a process: whether no other instance of its id may start by a message with the same correlation key. */
  readonly holdsStartLock: boolean;
  /** Of a multi-instance body with more rounds than one batch begins: how many there will be; 0 for everything else. */
  readonly rounds: number;
  /** Of a process instance: how many call activities are above it. */
  readonly callDepth: number;
  /** Conditions that this instance and those within it wait for: what has none is never looked through. */
  readonly conditions: number;
}

export const NOTHING_SPECIAL: Special = {
  subscriptions: 0,
  loopCounter: 0,
  childrenCreated: 0,
  childrenCompleted: 0,
  childrenTerminated: 0,
  calledInstanceKey: NO_KEY,
  userTaskKey: NO_KEY,
  listenersDone: 0,
  holdsStartLock: false,
  rounds: 0,
  callDepth: 0,
  conditions: 0,
};

const NO_TRIGGERS: readonly Trigger[] = [];
const NO_JOINS: readonly JoinCount[] = [];

export class ElementInstance {
  readonly key: Key;
  readonly value: ProcessInstanceValue;
  readonly state: ElementState;
  readonly jobKey: Key;
  /** Children that are not COMPLETED or TERMINATED. */
  readonly activeChildren: number;
  /** Flows taken whose target was not activated yet. */
  readonly activeFlows: number;
  /** Id of the element that ended everything else in this scope; empty when none did. */
  readonly interruptedBy: string;
  readonly triggers: readonly Trigger[];
  readonly joins: readonly JoinCount[];
  readonly special: Special;

  constructor(
    key: Key,
    value: ProcessInstanceValue,
    state: ElementState,
    jobKey: Key = NO_KEY,
    activeChildren = 0,
    activeFlows = 0,
    interruptedBy = '',
    triggers = NO_TRIGGERS,
    joins = NO_JOINS,
    special = NOTHING_SPECIAL,
  ) {
    this.key = key;
    this.value = value;
    this.state = state;
    this.jobKey = jobKey;
    this.activeChildren = activeChildren;
    this.activeFlows = activeFlows;
    this.interruptedBy = interruptedBy;
    this.triggers = triggers;
    this.joins = joins;
    this.special = special;
  }

  get isInterrupted(): boolean {
    return this.interruptedBy !== '';
  }

  withState(state: ElementState): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      state,
      this.jobKey,
      this.activeChildren,
      this.activeFlows,
      this.interruptedBy,
      this.triggers,
      this.joins,
      this.special,
    );
  }

  withJob(jobKey: Key): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      jobKey,
      this.activeChildren,
      this.activeFlows,
      this.interruptedBy,
      this.triggers,
      this.joins,
      this.special,
    );
  }

  withCounts(activeChildren: number, activeFlows: number): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      this.jobKey,
      activeChildren,
      activeFlows,
      this.interruptedBy,
      this.triggers,
      this.joins,
      this.special,
    );
  }

  withInterruption(elementId: string): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      this.jobKey,
      this.activeChildren,
      0,
      elementId,
      this.triggers,
      this.joins,
      this.special,
    );
  }

  /** Takes work again; tokens that had set off before the interruption are gone. */
  withoutInterruption(): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      this.jobKey,
      this.activeChildren,
      this.activeFlows,
      '',
      this.triggers,
      NO_JOINS,
      this.special,
    );
  }

  withTriggers(triggers: readonly Trigger[]): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      this.jobKey,
      this.activeChildren,
      this.activeFlows,
      this.interruptedBy,
      triggers,
      this.joins,
      this.special,
    );
  }

  withJoins(joins: readonly JoinCount[]): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      this.jobKey,
      this.activeChildren,
      this.activeFlows,
      this.interruptedBy,
      this.triggers,
      joins,
      this.special,
    );
  }

  /** With another record value: a migrated instance. */
  withValue(value: ProcessInstanceValue): ElementInstance {
    return new ElementInstance(
      this.key,
      value,
      this.state,
      this.jobKey,
      this.activeChildren,
      this.activeFlows,
      this.interruptedBy,
      this.triggers,
      this.joins,
      this.special,
    );
  }

  withSpecial(changed: Partial<Special>): ElementInstance {
    return new ElementInstance(
      this.key,
      this.value,
      this.state,
      this.jobKey,
      this.activeChildren,
      this.activeFlows,
      this.interruptedBy,
      this.triggers,
      this.joins,
      { ...this.special, ...changed },
    );
  }
}

export function writeProcessInstanceValue(out: ByteWriter, value: ProcessInstanceValue): void {
  out.u8(ELEMENT_TYPES.indexOf(value.bpmnElementType));
  out.u8(EVENT_TYPES.indexOf(value.bpmnEventType));
  out.string(value.elementId);
  out.string(value.bpmnProcessId);
  out.int(value.version);
  out.key(value.processDefinitionKey);
  out.key(value.processInstanceKey);
  out.key(value.flowScopeKey);
  out.key(value.parentProcessInstanceKey);
  out.key(value.parentElementInstanceKey);
  out.string(value.tenantId);
}

export function readProcessInstanceValue(from: ByteReader): ProcessInstanceValue {
  return {
    bpmnElementType: storedWord(ELEMENT_TYPES, from.u8(), 'element type'),
    bpmnEventType: storedWord(EVENT_TYPES, from.u8(), 'event type'),
    elementId: from.string(),
    bpmnProcessId: from.string(),
    version: from.int(),
    processDefinitionKey: from.key(),
    processInstanceKey: from.key(),
    flowScopeKey: from.key(),
    parentProcessInstanceKey: from.key(),
    parentElementInstanceKey: from.key(),
    tenantId: from.string(),
  };
}

function writeSpecial(out: ByteWriter, special: Special): void {
  out.varint(special.subscriptions);
  out.varint(special.loopCounter);
  out.varint(special.childrenCreated);
  out.varint(special.childrenCompleted);
  out.varint(special.childrenTerminated);
  out.key(special.calledInstanceKey);
  out.key(special.userTaskKey);
  out.varint(special.listenersDone);
  out.u8(special.holdsStartLock ? 1 : 0);
  out.varint(special.rounds);
  out.varint(special.callDepth);
  out.varint(special.conditions);
}

function readSpecial(from: ByteReader): Special {
  return {
    subscriptions: from.varint(),
    loopCounter: from.varint(),
    childrenCreated: from.varint(),
    childrenCompleted: from.varint(),
    childrenTerminated: from.varint(),
    calledInstanceKey: from.key(),
    userTaskKey: from.key(),
    listenersDone: from.varint(),
    holdsStartLock: from.u8() === 1,
    rounds: from.varint(),
    callDepth: from.varint(),
    conditions: from.varint(),
  };
}

/** Forms of a stored instance: without, and with what only some kinds have. */
const PLAIN = 1;
const SPECIAL = 2;

export const elementInstanceCodec: ValueCodec<ElementInstance> = {
  write: (out, instance) => {
    const { special } = instance;
    out.u8(special === NOTHING_SPECIAL ? PLAIN : SPECIAL);
    out.key(instance.key);
    writeProcessInstanceValue(out, instance.value);
    out.u8(ELEMENT_STATES.indexOf(instance.state));
    out.key(instance.jobKey);
    out.varint(instance.activeChildren);
    out.varint(instance.activeFlows);
    out.string(instance.interruptedBy);
    out.varint(instance.triggers.length);
    for (const trigger of instance.triggers) {
      out.key(trigger.key);
      out.string(trigger.targetElementId);
      writeDocument(out, trigger.variables);
    }
    out.varint(instance.joins.length);
    for (const join of instance.joins) {
      out.string(join.gatewayId);
      out.string(join.flowId);
      out.varint(join.count);
    }
    if (special !== NOTHING_SPECIAL) writeSpecial(out, special);
  },
  read: (from) => {
    const form = from.u8();
    const key = from.key();
    const value = readProcessInstanceValue(from);
    const state = storedWord(ELEMENT_STATES, from.u8(), 'state of an element');
    const jobKey = from.key();
    const activeChildren = from.varint();
    const activeFlows = from.varint();
    const interruptedBy = from.string();
    const triggers: Trigger[] = [];
    for (let n = from.varint(); n > 0; n--) {
      triggers.push({
        key: from.key(),
        targetElementId: from.string(),
        variables: readDocument(from),
      });
    }
    const joins: JoinCount[] = [];
    for (let n = from.varint(); n > 0; n--) {
      joins.push({ gatewayId: from.string(), flowId: from.string(), count: from.varint() });
    }
    return new ElementInstance(
      key,
      value,
      state,
      jobKey,
      activeChildren,
      activeFlows,
      interruptedBy,
      triggers.length === 0 ? NO_TRIGGERS : triggers,
      joins.length === 0 ? NO_JOINS : joins,
      form === SPECIAL ? readSpecial(from) : NOTHING_SPECIAL,
    );
  },
};
