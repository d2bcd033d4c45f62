// BPMN for the engine: bytes in, executable graph out.
export { type Deployable, deployable } from './deployable.ts';
export type {
  ExecutableElement,
  ExecutableFlow,
  ExecutableProcess,
  JobDefinition,
  ScriptDefinition,
  UserTaskProperties,
} from './graph.ts';
export {
  duplicateProcessId,
  isBpmnResource,
  rejectionOf,
  unknownResourceType,
} from './rejection.ts';
