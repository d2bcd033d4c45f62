// Variables come and change; they go with their scope.
import type { Applier } from '../applier.ts';

export const variableCreated: Applier<'VARIABLE'> = (record, state) => {
  const { scopeKey, name, value } = record.value;
  state.variables.create(scopeKey, name, record.key, value);
};

export const variableUpdated: Applier<'VARIABLE'> = (record, state) => {
  const { scopeKey, name, value } = record.value;
  state.variables.update(scopeKey, name, record.key, value);
};
