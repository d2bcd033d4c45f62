// The table of all built-in functions by name. A group of functions is one file beside this one; the DMN functions that are still missing join the same way.

import { AGGREGATE_FUNCTIONS } from './aggregate-functions.ts';
import { BOOLEAN_FUNCTIONS } from './boolean-functions.ts';
import type { Builtin } from './builtin.ts';
import { CONTEXT_FUNCTIONS } from './context-functions.ts';
import { CONVERSION_FUNCTIONS } from './conversion-functions.ts';
import { CYCLE_FUNCTIONS } from './cycle-function.ts';
import { LIST_FUNCTIONS } from './list-functions.ts';
import { NUMERIC_FUNCTIONS } from './numeric-functions.ts';
import { STRING_FUNCTIONS } from './string-functions.ts';
import { TEMPORAL_FUNCTIONS } from './temporal-functions.ts';

export type { Builtin, Overload } from './builtin.ts';

const ALL: readonly Builtin[] = [
  ...BOOLEAN_FUNCTIONS,
  ...CONTEXT_FUNCTIONS,
  ...CONVERSION_FUNCTIONS,
  ...AGGREGATE_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...NUMERIC_FUNCTIONS,
  ...STRING_FUNCTIONS,
  ...TEMPORAL_FUNCTIONS,
  ...CYCLE_FUNCTIONS,
];

export const BUILTINS: ReadonlyMap<string, Builtin> = new Map(
  ALL.map((entry) => [entry.name, entry]),
);
export const BUILTIN_NAMES: readonly string[] = [...BUILTINS.keys()];
