// Activities become compensable, are compensated, are forgotten (engine-semantics.md C.14).
import type { Applier } from '../applier.ts';

type CompensationApplier = Applier<'COMPENSATION_SUBSCRIPTION'>;

export const compensationCreated: CompensationApplier = (record, state) =>
  state.compensations.add(record.key, record.value);

export const compensationTriggered: CompensationApplier = (record, state) =>
  state.compensations.trigger(record.key, record.value);

/** It is done, or its scope has ended. */
export const compensationEnded: CompensationApplier = (record, state) =>
  state.compensations.remove(record.value.processInstanceKey, record.key);
