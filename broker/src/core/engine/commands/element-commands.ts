// ACTIVATE_ELEMENT, COMPLETE_ELEMENT, TERMINATE_ELEMENT: the engine's own commands on element instances, with the guards
// that refuse what came too late (engine-semantics.md C.1).
import {
  type BpmnElementType,
  type Key,
  keyText,
  type LogRecord,
  MESSAGE_BYTES_MAX,
  NO_KEY,
  type ProcessInstanceValue,
} from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { elementProcessor } from '../elements/element-table.ts';
import { isJoin } from '../state/tokens.ts';
import { endUnwanted, isWanted } from '../steps/called-process.ts';
import { goOn } from '../steps/completion.ts';
import type { ElementContext, Failure } from '../steps/element-context.ts';
import { listenAtStart } from '../steps/execution-listeners.ts';
import { raiseIncident } from '../steps/incidents.ts';
import { cancelJob } from '../steps/jobs.ts';
import { joinProblem } from '../steps/joins.ts';
import { applyInputs } from '../steps/mappings.ts';
import { areRoundsOver, isRound, prepareRound } from '../steps/rounds.ts';
import { activating, completing, contextOf, UnreadContext } from '../steps/transitions.ts';

const NOT_PRESENT = (what: string, key: Key) =>
  `Expected ${what} instance with key '${keyText(key)}' to be present in state but not found.`;

/** Scopes that complete with the last of what is in them. */
const COMPLETED_BY_CHILDREN: ReadonlySet<BpmnElementType> = new Set([
  'PROCESS',
  'SUB_PROCESS',
  'EVENT_SUB_PROCESS',
]);

const STATE_NAME = {
  ACTIVATING: 'ELEMENT_ACTIVATING',
  ACTIVATED: 'ELEMENT_ACTIVATED',
  COMPLETING: 'ELEMENT_COMPLETING',
  TERMINATING: 'ELEMENT_TERMINATING',
} as const;

/** Why the flow scope takes no more work; undefined when it does. */
function scopeProblem(
  c: Context,
  value: ProcessInstanceValue,
  ownId: string | undefined,
): string | undefined {
  if (value.flowScopeKey === NO_KEY) return undefined;
  const scope = c.state.elements.get(value.flowScopeKey);
  if (scope === undefined) return NOT_PRESENT('flow scope', value.flowScopeKey);
  if (scope.state !== 'ACTIVATED') {
    return `Expected flow scope instance to be in state 'ELEMENT_ACTIVATED' but was '${STATE_NAME[scope.state]}'.`;
  }
  if (scope.isInterrupted && scope.interruptedBy !== ownId) {
    return `Expected flow scope instance to be not interrupted but was interrupted by an event with id '${scope.interruptedBy}'.`;
  }
  return undefined;
}

export const activateElement: Processor<'PROCESS_INSTANCE'> = (c, command) => {
  const { value } = command;
  const problem = scopeProblem(c, value, value.elementId);
  if (problem !== undefined) return c.out.reject(command, 'INVALID_STATE', problem);
  const element = c.state.processes.elementOf(value);
  const key = command.key === NO_KEY ? c.keys.next() : command.key;
  const e: ElementContext = { element, key, value };
  if (isJoin(element)) {
    const waits = joinProblem(c, element, c.state.elements.must(value.flowScopeKey));
    if (waits !== undefined) return c.out.reject(command, 'INVALID_STATE', waits);
  }
  if (isRound(e) && areRoundsOver(c, e)) {
    const reason = `Expected to activate a round of '${element.id}', but its rounds are over.`;
    return c.out.reject(command, 'INVALID_STATE', reason);
  }
  if (!isWanted(c, e)) return endUnwanted(c, e);
  activating(c, e);
  runActivation(c, e);
};

/** The activation after ELEMENT_ACTIVATING, also when an incident of it is resolved. */
export function runActivation(c: Context, e: ElementContext): void {
  const failure =
    (isRound(e) ? prepareRound(c, e) : undefined) ?? applyInputs(c, e) ?? listenOrActivate(c, e);
  if (failure !== undefined) raiseIncident(c, e, failure);
}

function listenOrActivate(c: Context, e: ElementContext): Failure | undefined {
  if (e.element.startListeners.length === 0) return finishActivation(c, e);
  const listening = listenAtStart(c, e, 0);
  return listening === 'listening' ? undefined : (listening ?? finishActivation(c, e));
}

/** The activation after the start listeners. */
export function finishActivation(c: Context, e: ElementContext): Failure | undefined {
  return elementProcessor(e.value.bpmnElementType).activate(c, e);
}

/** The completion after the end listeners. */
export function finishCompletion(c: Context, e: ElementContext): Failure | undefined {
  return (elementProcessor(e.value.bpmnElementType).finish ?? goOn)(c, e);
}

/** The completion after ELEMENT_COMPLETING, also when an incident of it is resolved. */
export function runCompletion(c: Context, e: ElementContext): void {
  const failure = elementProcessor(e.value.bpmnElementType).complete(c, e);
  if (failure !== undefined) raiseIncident(c, e, failure);
}

export const completeElement: Processor<'PROCESS_INSTANCE'> = (c, command) => {
  const instance = c.state.elements.get(command.key);
  if (instance === undefined) {
    return c.out.reject(command, 'INVALID_STATE', NOT_PRESENT('element', command.key));
  }
  if (instance.state !== 'ACTIVATED') {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected element instance to be in state 'ELEMENT_ACTIVATED' but was '${STATE_NAME[instance.state]}'.`,
    );
  }
  const problem = scopeProblem(c, instance.value, instance.value.elementId);
  if (problem !== undefined) return c.out.reject(command, 'INVALID_STATE', problem);
  // Its last event may have begun an event sub-process meanwhile, which completes it in its turn.
  if (instance.activeChildren > 0 && COMPLETED_BY_CHILDREN.has(instance.value.bpmnElementType)) {
    const reason = `Expected to complete '${instance.value.elementId}', but elements are active in it.`;
    return c.out.reject(command, 'INVALID_STATE', reason);
  }
  const e = contextOf(c, instance);
  completing(c, e);
  runCompletion(c, e);
};

export const terminateElement: Processor<'PROCESS_INSTANCE'> = (c, command) => {
  const instance = c.state.elements.get(command.key);
  if (instance === undefined) {
    return c.out.reject(command, 'INVALID_STATE', NOT_PRESENT('element', command.key));
  }
  if (instance.state === 'TERMINATING') {
    return c.out.reject(
      command,
      'INVALID_STATE',
      `Expected element instance to be in state 'ELEMENT_ACTIVATING' or one of '[ELEMENT_ACTIVATED, ELEMENT_COMPLETING]' but was 'ELEMENT_TERMINATING'.`,
    );
  }
  // The model is not looked at, so that an instance can be ended whose model cannot be read any more.
  const e = new UnreadContext(c, instance);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_TERMINATING', e.key, e.value);
  // Whatever the element is, a listener of it may be at work.
  if (instance.jobKey !== NO_KEY) cancelJob(c, e);
  elementProcessor(e.value.bpmnElementType).terminate(c, e);
};

/**
 * What one phase of an element writes does not fit into one log entry: the element stays in that phase with an incident
 * (engine-semantics.md J). Answers whether it could be recorded so; for a process as a whole it cannot.
 */
export function recordOversize(c: Context, command: LogRecord): boolean {
  if (command.valueType !== 'PROCESS_INSTANCE') return false;
  const value = command.value as ProcessInstanceValue;
  if (value.bpmnElementType === 'PROCESS') return false;
  const element = c.state.processes.elementOf(value);
  const e = { element, key: command.key === NO_KEY ? c.keys.next() : command.key, value };
  if (command.intent === 'ACTIVATE_ELEMENT') activating(c, e);
  else if (command.intent === 'COMPLETE_ELEMENT') completing(c, e);
  else return false;
  raiseIncident(c, e, {
    errorType: 'MESSAGE_SIZE_EXCEEDED',
    message:
      `Expected element '${value.elementId}' to write at most ${MESSAGE_BYTES_MAX} bytes at once, but it writes more. ` +
      'Reduce its variables and mappings, then resolve the incident.',
  });
  return true;
}
