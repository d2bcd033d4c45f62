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

export const elementInstanceCodec: ValueCodec<ElementInstance> = {
  write: (out, instance) => {
    out.u8(1);
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
  },
  read: (from) => {
    from.u8();
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
    );
  },
};
