// HISTORY.DECLARED: a definition says how long the history of its finished instances is worth keeping. Nothing here deletes
// any: it is for whoever reads what exporters wrote.
import type { ProcessValue } from '@millrace/protocol';
import type { Context } from '../context.ts';

/** Beside PROCESS.CREATED, on every partition; nothing when the model does not say. */
export function declareHistory(c: Context, process: ProcessValue): void {
  const { processDefinitionKey, bpmnProcessId, version, tenantId } = process;
  const { historyTimeToLive } = c.state.processes.graph(processDefinitionKey);
  if (historyTimeToLive === '') return;
  c.out.event('HISTORY', 'DECLARED', processDefinitionKey, {
    processDefinitionKey,
    bpmnProcessId,
    version,
    timeToLive: historyTimeToLive,
    tenantId,
  });
}
