// HISTORY: how long the history of a definition's finished instances is worth keeping, for whoever reads what exporters
// wrote. A value type of ours, beside the PROCESS record of a definition whose model says it.
import type { Key } from '../keys.ts';
import { int, key, name, type Schema } from '../schema.ts';

export interface HistoryValue {
  readonly processDefinitionKey: Key;
  readonly bpmnProcessId: string;
  readonly version: number;
  /** ISO 8601, such as `P30D`. */
  readonly timeToLive: string;
  readonly tenantId: string;
}

export const historySchema: Schema<HistoryValue> = {
  processDefinitionKey: key,
  bpmnProcessId: name,
  version: int,
  timeToLive: name,
  tenantId: name,
};
