// Script task: a FEEL expression whose value becomes a variable, or a job (engine-semantics.md C.3).
import { documentOf } from '@millrace/protocol';
import { evaluateJson } from '../../feel/index.ts';
import { passThrough } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { jobTask } from './job-task.ts';

export const scriptTask: ElementProcessor = {
  activate(c, e) {
    const { script } = e.element;
    if (script === undefined) return jobTask.activate(c, e);
    const result = evaluateJson(script.expression, c.feel(e.key));
    if (!result.ok) return { errorType: 'EXTRACT_VALUE_ERROR', message: result.message };
    c.out.event('PROCESS_EVENT', 'TRIGGERING', c.keys.next(), {
      scopeKey: e.key,
      targetElementId: e.element.id,
      variables: documentOf([{ name: script.resultVariable, json: result.value }]),
      processDefinitionKey: e.value.processDefinitionKey,
      processInstanceKey: e.value.processInstanceKey,
      tenantId: e.value.tenantId,
    });
    passThrough(c, e);
    return undefined;
  },
  complete: jobTask.complete,
  terminate: jobTask.terminate,
};
