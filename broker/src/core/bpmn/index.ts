// BPMN for the engine: bytes in, executable graph out.
export { type Deployable, deployable } from './deployable.ts';
export type {
  Binding,
  CalledElement,
  ExecutableElement,
  ExecutableFlow,
  ExecutableProcess,
  FormReference,
  JobDefinition,
  ListenerDefinition,
  LoopDefinition,
  MessageDefinition,
  NativeUserTask,
  ScriptDefinition,
  TaskListenerDefinition,
  TaskListenerEvent,
  TimerDefinition,
  UserTaskProperties,
  VariableChangeKind,
} from './graph.ts';
export {
  duplicateProcessId,
  isBpmnResource,
  rejectionOf,
  unknownResourceType,
} from './rejection.ts';
