// What the log says is there: element instances and all that they may wait for. From records alone, without the state.
// Guarantees: an instance of an element ends once; a thing that waits without a reason is found.
// Leaves to others: what is done about it.
import type { Key, LogRecord, ProcessInstanceValue, Values } from '@millrace/protocol';

interface Alive {
  readonly value: ProcessInstanceValue;
  state: string;
}

interface Flow {
  readonly target: string;
}

/** The gateways of a file that join, with their incoming flows, and where flows lead. */
export class Joins {
  readonly flows = new Map<string, Flow>();
  readonly incoming = new Map<string, string[]>();
  /** Event sub-processes that end everything else in their scope. */
  readonly interrupting: ReadonlySet<string>;

  constructor(xml: string) {
    const begins =
      /<subProcess id="([^"]+)" triggeredByEvent="true"><startEvent id="[^"]+" isInterrupting="true"/g;
    this.interrupting = new Set([...xml.matchAll(begins)].map(([, id]) => id as string));
    const gateways = new Set(
      [...xml.matchAll(/<(?:parallel|inclusive)Gateway id="([^"]+)"/g)].map(([, id]) => id),
    );
    for (const [, id, target] of xml.matchAll(
      /<sequenceFlow id="([^"]+)" sourceRef="[^"]+" targetRef="([^"]+)"/g,
    )) {
      if (!gateways.has(target)) continue;
      this.flows.set(id as string, { target: target as string });
      const flows = this.incoming.get(target as string);
      if (flows === undefined) this.incoming.set(target as string, [id as string]);
      else flows.push(id as string);
    }
  }
}

const ENDS = new Set(['ELEMENT_COMPLETED', 'ELEMENT_TERMINATED']);
const WAITING_FOR_EVENTS = new Set([
  'INTERMEDIATE_CATCH_EVENT',
  'RECEIVE_TASK',
  'EVENT_BASED_GATEWAY',
]);

export class Ledger {
  readonly alive = new Map<Key, Alive>();
  readonly jobs = new Map<Key, { readonly type: string; readonly element: Key }>();
  readonly userTasks = new Map<Key, Values['USER_TASK']>();
  readonly incidents = new Map<Key, Values['INCIDENT']>();
  /** Root instances that are alive. */
  readonly roots = new Set<Key>();
  /** Of what must never be in a log. */
  readonly errors: string[] = [];
  readonly #joins: Joins;
  /** Whatever is open, to the element instance that waits for it. */
  readonly #subscriptions = new Map<string, Key>();
  /** Jobs that have thrown an error, by their element: it ends, or there is an incident. */
  readonly #thrown = new Map<Key, { readonly key: Key; readonly type: string }>();
  readonly #compensating = new Map<Key, Key>();
  /** Tokens in front of joins: scope, then flow. */
  readonly #tokens = new Map<Key, Map<string, number>>();

  constructor(joins: Joins) {
    this.#joins = joins;
  }

  add(record: LogRecord): void {
    if (record.recordType === 'COMMAND_REJECTION') {
      if (record.rejectionType === 'PROCESSING_ERROR')
        this.errors.push(`${record.valueType}.${record.intent}: ${record.rejectionReason}`);
      return;
    }
    if (record.recordType !== 'EVENT') return;
    if (record.valueType === 'ERROR') this.errors.push(JSON.stringify(record.value));
    else if (record.valueType === 'PROCESS_INSTANCE') this.#element(record as never);
    else if (!this.#work(record)) this.#event(record);
  }

  #element({ key, intent, value }: LogRecord<'PROCESS_INSTANCE'>): void {
    if (intent === 'SEQUENCE_FLOW_TAKEN') this.#take(value, 1);
    else if (intent === 'ELEMENT_ACTIVATING') {
      this.alive.set(key, { value, state: intent });
      if (value.bpmnElementType === 'PROCESS' && value.parentProcessInstanceKey < 0)
        this.roots.add(key);
      if (this.#joins.interrupting.has(value.elementId)) this.#tokens.delete(value.flowScopeKey);
      for (const flow of this.#joins.incoming.get(value.elementId) ?? [])
        this.#take({ ...value, elementId: flow }, -1);
    } else if (ENDS.has(intent)) {
      if (!this.alive.delete(key)) this.errors.push(`${value.elementId} ${key} ended twice`);
      this.roots.delete(key);
      this.#thrown.delete(key);
      this.#tokens.delete(key);
    } else {
      const found = this.alive.get(key);
      if (found === undefined)
        this.errors.push(`${intent} of ${value.elementId}, which is not there`);
      else found.state = intent;
    }
  }

  #take({ elementId, flowScopeKey }: ProcessInstanceValue, by: number): void {
    if (!this.#joins.flows.has(elementId)) return;
    const tokens = this.#tokens.get(flowScopeKey) ?? new Map<string, number>();
    this.#tokens.set(flowScopeKey, tokens);
    const count = (tokens.get(elementId) ?? 0) + by;
    tokens.set(elementId, Math.max(0, count));
  }

  /** Jobs, user tasks and incidents. */
  #work({ valueType, intent, key, value }: LogRecord): boolean {
    if (valueType === 'JOB') {
      const { type, elementInstanceKey: element } = value as Values['JOB'];
      if (intent === 'CREATED') this.jobs.set(key, { type, element });
      else if (intent === 'COMPLETED' || intent === 'CANCELED') this.jobs.delete(key);
      else if (intent === 'ERROR_THROWN') {
        this.jobs.delete(key);
        this.#thrown.set(element, { key, type });
      }
    } else if (valueType === 'USER_TASK') {
      if (intent === 'CREATED') this.userTasks.set(key, value as Values['USER_TASK']);
      else if (intent === 'COMPLETED' || intent === 'CANCELED') this.userTasks.delete(key);
    } else if (valueType === 'INCIDENT') {
      if (intent === 'CREATED') this.incidents.set(key, value as Values['INCIDENT']);
      else if (intent === 'RESOLVED') this.#resolved(key);
    } else return false;
    return true;
  }

  /** A job whose error nobody has caught is there again. */
  #resolved(key: Key): void {
    const element = this.incidents.get(key)?.elementInstanceKey as Key;
    this.incidents.delete(key);
    const thrown = this.#thrown.get(element);
    const isThere = this.alive.get(element)?.state === 'ELEMENT_ACTIVATED';
    if (thrown !== undefined && isThere) this.jobs.set(thrown.key, { type: thrown.type, element });
    this.#thrown.delete(element);
  }

  #event({ valueType, intent, key, value }: LogRecord): void {
    const of = value as unknown as Record<string, Key>;
    if (valueType === 'TIMER') {
      if (intent === 'CREATED')
        this.#subscriptions.set(`timer ${key}`, of.elementInstanceKey as Key);
      else this.#subscriptions.delete(`timer ${key}`);
    } else if (valueType === 'SIGNAL_SUBSCRIPTION') {
      if (intent === 'CREATED')
        this.#subscriptions.set(`signal ${key}`, of.catchEventInstanceKey as Key);
      else if (intent === 'DELETED') this.#subscriptions.delete(`signal ${key}`);
    } else if (valueType === 'PROCESS_MESSAGE_SUBSCRIPTION') {
      const { elementInstanceKey, messageName, interrupting } =
        value as Values['PROCESS_MESSAGE_SUBSCRIPTION'];
      const name = `message ${elementInstanceKey} ${messageName}`;
      if (intent === 'CREATING') this.#subscriptions.set(name, elementInstanceKey);
      else if (intent === 'DELETED' || (intent === 'CORRELATED' && interrupting))
        this.#subscriptions.delete(name);
    } else if (valueType === 'CONDITIONAL_SUBSCRIPTION') {
      const { elementInstanceKey, interrupting } = value as Values['CONDITIONAL_SUBSCRIPTION'];
      if (intent === 'CREATED') this.#subscriptions.set(`condition ${key}`, elementInstanceKey);
      else if (intent === 'DELETED' || (intent === 'TRIGGERED' && interrupting))
        this.#subscriptions.delete(`condition ${key}`);
    } else if (valueType === 'COMPENSATION_SUBSCRIPTION') {
      if (intent === 'TRIGGERED') this.#compensating.set(key, of.throwEventInstanceKey as Key);
      else if (intent !== 'CREATED') this.#compensating.delete(key);
    }
  }

  /** Element instances that wait and nothing that could ever move them. Only for a log with nothing pending. */
  stuck(): string[] {
    const reasons = new Set<Key>([
      ...[...this.jobs.values()].map(({ element }) => element),
      ...[...this.userTasks.values()].map(({ elementInstanceKey }) => elementInstanceKey),
      ...[...this.incidents.values()].map(({ elementInstanceKey }) => elementInstanceKey),
      ...this.#compensating.values(),
    ]);
    const waited = new Set(this.#subscriptions.values());
    for (const { value } of this.alive.values()) {
      reasons.add(value.flowScopeKey);
      reasons.add(value.parentElementInstanceKey);
    }
    const found: string[] = [];
    for (const [key, { value, state }] of this.alive) {
      if (reasons.has(key) || this.#waitsAtJoin(key)) continue;
      if (
        state === 'ELEMENT_ACTIVATED' &&
        waited.has(key) &&
        WAITING_FOR_EVENTS.has(value.bpmnElementType)
      )
        continue;
      found.push(`${value.elementId} (${value.bpmnElementType}, ${state}, ${key})`);
    }
    return found;
  }

  /** Whether a parallel join of the scope has some of its tokens, not all. */
  #waitsAtJoin(scope: Key): boolean {
    const tokens = this.#tokens.get(scope);
    if (tokens === undefined) return false;
    for (const [flow, count] of tokens) {
      if (count === 0) continue;
      const target = this.#joins.flows.get(flow)?.target ?? '';
      const incoming = this.#joins.incoming.get(target) ?? [];
      if (incoming.some((each) => (tokens.get(each) ?? 0) === 0)) return true;
    }
    return false;
  }

  /** Whatever is still open though no instance is: the element instances that it names. */
  left(): string[] {
    const open = [
      ...[...this.jobs].map(([key, { type }]) => `job ${type} ${key}`),
      ...[...this.userTasks.keys()].map((key) => `user task ${key}`),
      ...[...this.incidents.keys()].map((key) => `incident ${key}`),
      ...[...this.#subscriptions].filter(([, element]) => element > 0).map(([name]) => name),
      ...[...this.#compensating.keys()].map((key) => `compensation ${key}`),
    ];
    return [...open, ...[...this.alive.values()].map(({ value }) => value.elementId)];
  }
}
