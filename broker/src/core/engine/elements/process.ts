// The process itself: the outermost scope. Its end answers whoever waits for the result (engine-semantics.md L.1).
import {
  type Document,
  documentOf,
  LogRecord,
  NO_REQUEST,
  type ProcessInstanceResultValue,
} from '@millrace/protocol';
import type { Context } from '../context.ts';
import type { ElementContext } from '../steps/element-context.ts';
import { terminateScope } from '../steps/termination.ts';
import { activated, commandActivate, recordValueOf } from '../steps/transitions.ts';
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

export const process: ElementProcessor = {
  activate(c, e) {
    activated(c, e);
    const start = e.element.startEvent;
    if (start === undefined) throw new Error(`process '${e.element.id}' has no none start event`);
    commandActivate(c, recordValueOf(e.value, start, e.key));
    return undefined;
  },
  complete(c, e) {
    answerResult(c, e);
    c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
    return undefined;
  },
  terminate: terminateScope,
};
