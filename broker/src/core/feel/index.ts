// FEEL, the expression language of models: what the rest of the broker may use of this folder.
export {
  compileExpression,
  type Evaluation,
  type Expression,
  evaluate,
} from './expression.ts';
export type { FeelEnvironment, FeelWarning } from './frame.ts';
export { eachItem } from './json-scan.ts';
export { toJson } from './json-write.ts';
export {
  type CompiledMappings,
  compileMappings,
  evaluateMappings,
  type MappedEntry,
  type Mapping,
  type MappingResult,
} from './mappings.ts';
export {
  evaluateBoolean,
  evaluateCorrelationKey,
  evaluateDateTimeOrNull,
  evaluateInteger,
  evaluateJson,
  evaluateList,
  evaluateListOfStrings,
  evaluateNonEmptyString,
  evaluateNumber,
  evaluateString,
  evaluateStringOrNull,
  type Moment,
  type Typed,
} from './typed-results.ts';
export { type FeelValue, typeName } from './values.ts';
