// The process itself: the outermost scope. Its end answers whoever waits for the result (engine-semantics.md L.1).
import {
  type Document,
  documentOf,
  LogRecord,
  NO_KEY,
  NO_REQUEST,
  type ProcessInstanceResultValue,
} from '@millrace/protocol';
import type { Context } from '../context.ts';
import { calledCompleted } from '../steps/called-process.ts';
import { closeEvents } from '../steps/catch-events.ts';
import { forgetCompensable, hasCompensation } from '../steps/compensation.ts';
import { completed } from '../steps/completion.ts';
import type { ElementContext } from '../steps/element-context.ts';
import { consumeTrigger } from '../steps/mappings.ts';
import { startLockOf, startNext } from '../steps/message-starts.ts';
import { terminateScope } from '../steps/termination.ts';
import { activated, commandActivate, recordValueOf } from '../steps/transitions.ts';
import { activateTriggered } from '../steps/triggered-events.ts';
import type { ElementProcessor } from './element-processor.ts';

function resultVariables(c: Context, e: ElementContext, wanted: readonly string[]): Document {
  if (wanted.length === 0) return c.state.variables.localDocument(e.key);
  const entries = [...new Set(wanted)].flatMap((name) => {
    const variable = c.state.variables.local(e.key, name);
    return variable === undefined ? [] : [{ name, json: variable.json }];
  });
  return documentOf(entries);
}

function answerResult(c: Context, e: ElementContext): void {
  const awaited = c.state.elements.awaitedResults.get(e.key);
  if (awaited === undefined) return;
  const value: ProcessInstanceResultValue = {
    bpmnProcessId: e.value.bpmnProcessId,
    version: e.value.version,
    processDefinitionKey: e.value.processDefinitionKey,
    processInstanceKey: e.value.processInstanceKey,
    variables: resultVariables(c, e, awaited.fetchVariables),
    tenantId: e.value.tenantId,
  };
  const { turn } = c.out;
  const record = new LogRecord(
    'EVENT',
    'PROCESS_INSTANCE_RESULT',
    'COMPLETED',
    e.key,
    value,
    turn.nextPosition,
    -1,
    turn.timestamp,
    undefined,
    '',
    NO_REQUEST,
    -1,
    false,
  );
  c.out.answer(awaited.requestId, record);
}

/** The instance starts at the event that has made it start, if one has (engine-semantics.md C.7). */
function startTriggered(c: Context, e: ElementContext): boolean {
  if (e.element.triggeredStarts.length === 0) return false;
  const trigger = c.state.startTriggers.triggers.get(e.key);
  if (trigger === undefined) return false;
  const { processDefinitionKey } = e.value;
  const event = c.state.processes.element(processDefinitionKey, trigger.targetElementId);
  consumeTrigger(c, e, trigger.key, event.id, processDefinitionKey);
  activateTriggered(c, event, recordValueOf(e.value, event, e.key), trigger.variables);
  return true;
}

function finish(c: Context, e: ElementContext): undefined {
  answerResult(c, e);
  const lock = startLockOf(c, e.key);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
  if (lock !== undefined) startNext(c, lock);
  if (e.value.parentElementInstanceKey !== NO_KEY) calledCompleted(c, e);
}

export const process: ElementProcessor = {
  activate(c, e) {
    activated(c, e);
    if (startTriggered(c, e)) return undefined;
    const start = e.element.startEvent;
    if (start === undefined) throw new Error(`process '${e.element.id}' has no none start event`);
    commandActivate(c, recordValueOf(e.value, start, e.key));
    return undefined;
  },
  complete(c, e) {
    closeEvents(c, e);
    if (hasCompensation(c, e)) forgetCompensable(c, e);
    return completed(c, e, finish);
  },
  finish,
  terminate: terminateScope,
};
