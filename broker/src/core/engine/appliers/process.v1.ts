// Definitions and who waits for results.
import { NO_REQUEST } from '@millrace/protocol';
import type { Applier } from '../applier.ts';

export const processCreated: Applier<'PROCESS'> = (record, state) => state.processes.create(record.value);

export const processDeleted: Applier<'PROCESS'> = (record, state) => state.processes.remove(record.value);

export const creationCreated: Applier<'PROCESS_INSTANCE_CREATION'> = (record, state) => {
  const { awaitedBy, fetchVariables, processInstanceKey } = record.value;
  if (awaitedBy === NO_REQUEST) return;
  state.elements.awaitedResults.insertFresh(processInstanceKey, { requestId: awaitedBy, fetchVariables });
};
