// Runs a file of processes as far as a worker gets who knows nothing of them: completes every job and user task, lets time pass.
// Guarantees: what a file comes to is said in one line: it is refused (why), or each process ends, waits for something that is
// named, or stops at an incident.
// Leaves to others: what a file should come to.
import { Document, type Key, NO_KEY, type Values } from '@millrace/protocol';
import { broadcast } from '../engine/event-models.ts';
import { publish } from '../engine/message-models.ts';
import { Scenario } from '../engine/scenario.ts';

const ROUNDS = 30;
/** As far as the clock goes in a round, ms. */
const ROUND_MS = 3_600_000;

/** Deploys a resource and works off what it starts. */
export function comesTo(name: string, xml: string, variables = '{}'): string {
  const s = new Scenario();
  const answer = s.deploy([name, xml]);
  if (answer?.recordType !== 'EVENT')
    return `refused: ${(answer?.rejectionReason ?? '').replaceAll('\n', ' ')}`;
  const processes = s.records.filter((r) => r.valueType === 'PROCESS' && r.intent === 'CREATED');
  for (const { value } of processes)
    begin(s, (value as Values['PROCESS']).bpmnProcessId, variables);
  for (let round = 0; round < ROUNDS && work(s, variables); round++);
  s.verify();
  const errors = s.records.filter(({ valueType }) => valueType === 'ERROR');
  if (errors.length > 0) return `broken: ${JSON.stringify(errors[0]?.value)}`;
  return describe(s);
}

/** At the none start event; a process without one is started by all that it waits for. */
function begin(s: Scenario, bpmnProcessId: string, variables: string): void {
  const answer = s.createWith({ bpmnProcessId, variables: new Document(variables) });
  if (answer?.recordType === 'EVENT') return;
  for (const { valueType, intent, value } of s.records) {
    const of = value as unknown as Record<string, string>;
    if (intent !== 'CREATED' || of.bpmnProcessId !== bpmnProcessId) continue;
    if (valueType === 'MESSAGE_START_EVENT_SUBSCRIPTION')
      publish(s, of.messageName as string, 'k', { variables });
    else if (valueType === 'SIGNAL_SUBSCRIPTION') broadcast(s, of.signalName as string, variables);
  }
}

/** Whether there was anything to do. */
function work(s: Scenario, variables: string): boolean {
  const before = s.entryCount;
  const types = new Set(
    s.records
      .filter((r) => r.valueType === 'JOB' && r.intent === 'CREATED')
      .map(({ value }) => (value as Values['JOB']).type),
  );
  for (const type of types) {
    for (const key of s.activate(type, 100)) s.complete(key, variables);
  }
  for (const [key, value] of openUserTasks(s)) s.run('USER_TASK', 'COMPLETE', key, value);
  s.advance(ROUND_MS);
  return s.entryCount > before + types.size;
}

function openUserTasks(s: Scenario): Map<Key, Values['USER_TASK']> {
  const open = new Map<Key, Values['USER_TASK']>();
  for (const { valueType, intent, key, value } of s.records) {
    if (valueType !== 'USER_TASK') continue;
    if (intent === 'CREATED') open.set(key, value as Values['USER_TASK']);
    else if (intent === 'COMPLETED' || intent === 'CANCELED') open.delete(key);
  }
  return open;
}

function describe(s: Scenario): string {
  const alive = new Map<Key, Values['PROCESS_INSTANCE']>();
  const incidents = new Map<Key, string>();
  const waits = new Map<string, string>();
  let started = 0;
  for (const { recordType, valueType, intent, key, value } of s.records) {
    if (recordType !== 'EVENT') continue;
    const of = value as unknown as Record<string, string>;
    const waiting = `${of.elementInstanceKey ?? of.catchEventInstanceKey}`;
    if (valueType === 'PROCESS_INSTANCE' && intent === 'ELEMENT_ACTIVATING') {
      alive.set(key, value as Values['PROCESS_INSTANCE']);
      if ((value as Values['PROCESS_INSTANCE']).flowScopeKey === NO_KEY) started++;
    } else if (intent === 'ELEMENT_COMPLETED' || intent === 'ELEMENT_TERMINATED') alive.delete(key);
    else if (valueType === 'INCIDENT' && intent === 'CREATED')
      incidents.set(key, `incident at ${of.elementId}: ${of.errorType}`);
    else if (intent === 'RESOLVED') incidents.delete(key);
    else if (valueType === 'PROCESS_MESSAGE_SUBSCRIPTION' && intent === 'CREATED')
      waits.set(waiting, `message ${of.messageName}`);
    else if (valueType === 'SIGNAL_SUBSCRIPTION' && intent === 'CREATED')
      waits.set(waiting, `signal ${of.signalName}`);
    else if (valueType === 'TIMER' && intent === 'CREATED') waits.set(waiting, 'time');
    else if (valueType === 'JOB' && intent === 'CREATED') waits.set(waiting, `a job of ${of.type}`);
  }
  if (incidents.size > 0) return [...new Set(incidents.values())].sort().join('; ');
  if (started === 0) return 'nothing starts it';
  if (alive.size === 0) return 'ended';
  const reasons = [...alive].flatMap(([key, { elementId }]) => {
    const reason = waits.get(`${key}`);
    return reason === undefined ? [] : [`${elementId} waits for ${reason}`];
  });
  return reasons.length > 0 ? reasons.sort().join('; ') : 'stuck';
}
