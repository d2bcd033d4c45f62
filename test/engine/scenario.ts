// What most engine tests do, in words: one engine, one model, workers' answers, and short lines of what happened.
import {
  Document,
  EMPTY_JOB,
  EMPTY_PROCESS_INSTANCE,
  type IncidentValue,
  type JobValue,
  type Key,
  keyText,
  type LogRecord,
  makeKey,
  NO_KEY,
  NO_REQUEST,
  type ProcessInstanceCreationValue,
} from '@millrace/protocol';
import { EngineHarness, type HarnessOptions } from '../kit/engine-harness.ts';
import { bpmn, type ModelNode } from './models.ts';

/** Families that hold something also when no instance runs: meta, definitions and their counts, deployments taken. */
const STANDING = [0, 10, 11, 12, 13, 14, 24, 72, 88];

/** A key of this partition that nothing has. */
export const UNKNOWN_KEY: Key = makeKey(1, 99_999_999);

const SHORT: Readonly<Record<string, string>> = {
  ELEMENT_ACTIVATING: 'ACTING',
  ELEMENT_ACTIVATED: 'ACTED',
  ELEMENT_COMPLETING: 'COMPING',
  ELEMENT_COMPLETED: 'COMPED',
  ELEMENT_TERMINATING: 'TERMING',
  ELEMENT_TERMINATED: 'TERMED',
  SEQUENCE_FLOW_TAKEN: 'FLOW',
};

export class Scenario extends EngineHarness {
  #mark = 0;

  /** Deploys the model as process `p` and starts an instance of it. */
  static of(
    nodes: readonly ModelNode[],
    flows: string,
    { variables = '{}', rest = '', ...options }: HarnessOptions & ScenarioParts = {},
  ): Scenario {
    const scenario = new Scenario(options);
    scenario.deployModel(bpmn('p', nodes, flows, rest));
    scenario.create('p', variables);
    return scenario;
  }

  deployModel(xml: string, name = 'p.bpmn'): void {
    const answer = this.deploy([name, xml]);
    if (answer?.recordType !== 'EVENT') throw new Error(answer?.rejectionReason);
  }

  get instanceKey(): Key {
    return this.last('PROCESS_INSTANCE_CREATION', 'CREATED').value.processInstanceKey;
  }

  /** What happened since the last call, without deployment, activation of jobs and start of instances. */
  since(): string[] {
    const records = this.records;
    const fresh = records.slice(this.#mark);
    this.#mark = records.length;
    const kinds = ['PROCESS', 'DEPLOYMENT', 'JOB_BATCH', 'PROCESS_INSTANCE_CREATION'];
    return fresh
      .filter((r) => r.recordType !== 'COMMAND' && !kinds.includes(r.valueType))
      .map(shortLine);
  }

  /** Forgets what happened so far. */
  skip(): this {
    this.since();
    return this;
  }

  /** The life of one element as short words, e.g. `ACTING ACTED`. */
  life(elementId: string): string {
    return this.records
      .filter((r) => r.recordType === 'EVENT' && r.valueType === 'PROCESS_INSTANCE')
      .filter((r) => (r.value as { elementId: string }).elementId === elementId)
      .map((r) => SHORT[r.intent] as string)
      .join(' ');
  }

  get isEnded(): boolean {
    return this.engine.state.elements.get(this.instanceKey) === undefined;
  }

  /** The visible variables of the instance's root scope, by name. */
  variables(scopeKey: Key = this.instanceKey): Record<string, string> {
    const names = this.engine.state.variables.localNames(scopeKey);
    const { variables } = this.engine.state;
    return Object.fromEntries(
      names.map((name) => [name, variables.local(scopeKey, name)?.json ?? '']),
    );
  }

  /** What the state holds of instances, jobs, incidents, variables and pending commands. */
  leftovers(): string[] {
    const familyOf = (line: string) => Number.parseInt(line.slice(0, 4), 16);
    return this.dump().filter((line) => !STANDING.includes(familyOf(line)));
  }

  /** Key of the newest instance of an element. */
  keyOf(elementId: string): Key {
    const found = this.records.findLast(
      (r) =>
        r.valueType === 'PROCESS_INSTANCE' &&
        r.intent === 'ELEMENT_ACTIVATING' &&
        (r.value as { elementId: string }).elementId === elementId,
    );
    if (found === undefined)
      throw new Error(`no element ${elementId} in\n${this.story.join('\n')}`);
    return found.key;
  }

  /** The one job of the type, activated. */
  take(type: string, timeout = 60_000): Key {
    const [key] = this.activate(type, 1, timeout);
    if (key === undefined) throw new Error(`no job of type ${type} in\n${this.story.join('\n')}`);
    return key;
  }

  get incident(): LogRecord<'INCIDENT'> & { readonly value: IncidentValue } {
    return this.last('INCIDENT', 'CREATED');
  }

  resolve(key: Key = this.incident.key): LogRecord | undefined {
    return this.run('INCIDENT', 'RESOLVE', key, { ...this.incidentShape(), jobKey: NO_KEY });
  }

  private incidentShape(): IncidentValue {
    return {
      errorType: 'UNKNOWN',
      errorMessage: '',
      bpmnProcessId: '',
      processDefinitionKey: NO_KEY,
      processInstanceKey: NO_KEY,
      elementId: '',
      elementInstanceKey: NO_KEY,
      jobKey: NO_KEY,
      variableScopeKey: NO_KEY,
      elementInstancePath: [],
      processDefinitionPath: [],
      callingElementPath: [],
      tenantId: '<default>',
    };
  }

  set(variables: string, scopeKey: Key = this.instanceKey, local = false): LogRecord | undefined {
    return this.run('VARIABLE_DOCUMENT', 'UPDATE', NO_KEY, {
      scopeKey,
      updateSemantics: local ? 'LOCAL' : 'PROPAGATE',
      tenantId: '<default>',
      variables: new Document(variables),
    });
  }

  job(
    intent: 'UPDATE_RETRIES' | 'UPDATE_TIMEOUT' | 'YIELD' | 'FAIL',
    key: Key,
    of: Partial<JobValue>,
  ) {
    return this.run('JOB', intent, key, { ...EMPTY_JOB, ...of });
  }

  createWith(of: Partial<ProcessInstanceCreationValue>, awaited = false): LogRecord | undefined {
    const intent = awaited ? 'CREATE_WITH_AWAITING_RESULT' : 'CREATE';
    return this.run('PROCESS_INSTANCE_CREATION', intent, NO_KEY, {
      bpmnProcessId: '',
      version: -1,
      processDefinitionKey: NO_KEY,
      processInstanceKey: NO_KEY,
      variables: new Document('{}'),
      fetchVariables: [],
      startInstructions: [],
      awaitedBy: NO_REQUEST,
      tenantId: '<default>',
      ...of,
    });
  }

  cancelInstance(): LogRecord | undefined {
    return this.run('PROCESS_INSTANCE', 'CANCEL', this.instanceKey, EMPTY_PROCESS_INSTANCE);
  }
}

interface ScenarioParts {
  readonly variables?: string;
  /** XML beside the process, e.g. errors. */
  readonly rest?: string;
}

function shortLine(record: LogRecord): string {
  const value = record.value as unknown as Record<string, unknown>;
  const about = String(value.elementId ?? value.name ?? value.targetElementId ?? '');
  const more = typeof value.value === 'string' && 'name' in value ? `=${value.value}` : '';
  if (record.recordType === 'COMMAND_REJECTION') {
    return `${record.intent} ${about} !${record.rejectionType}: ${record.rejectionReason}`;
  }
  const what = SHORT[record.intent] ?? `${record.valueType}.${record.intent}`;
  return `${about}${more} ${what}`.trim();
}

/** `TYPE: reason` of a rejection, the intent of an event. */
export function outcome(answer: LogRecord | undefined): string {
  if (answer === undefined) return 'no answer';
  if (answer.recordType !== 'COMMAND_REJECTION') return answer.intent;
  const { rejectionType, rejectionReason, key } = answer;
  const reason = key < 0 ? rejectionReason : rejectionReason.replaceAll(keyText(key), 'KEY');
  return `${rejectionType}: ${reason}`;
}
