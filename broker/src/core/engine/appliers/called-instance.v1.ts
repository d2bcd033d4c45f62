// What a called instance means to its call activity (engine-semantics.md C.10).
import {
  EMPTY_DOCUMENT,
  type Key,
  type LogRecord,
  NO_KEY,
  type ProcessInstanceValue,
} from '@millrace/protocol';
import type { EngineState } from '../state/engine-state.ts';

/** The called instance begins. Its caller may have ended in the meantime. */
export function called(state: EngineState, key: Key, value: ProcessInstanceValue): void {
  const { elements } = state;
  const caller = elements.get(value.parentElementInstanceKey);
  if (caller === undefined) return;
  elements.instances.update(caller.key, caller.withSpecial({ calledInstanceKey: key }));
  const { callDepth } = elements.must(caller.value.processInstanceKey).special;
  elements.instances.update(key, elements.must(key).withSpecial({ callDepth: callDepth + 1 }));
}

/** The called instance has ended: when it has completed, its variables are what completes the call activity. */
export function calledEnded(state: EngineState, record: LogRecord<'PROCESS_INSTANCE'>): void {
  const { elements } = state;
  const caller = elements.get(record.value.parentElementInstanceKey);
  if (caller === undefined) return;
  const free = caller.withSpecial({ calledInstanceKey: NO_KEY });
  const element = state.processes.elementOf(caller.value);
  const wanted =
    element.calledElement?.propagateAllChildVariables === true ||
    element.outputMappings !== undefined;
  if (record.intent !== 'ELEMENT_COMPLETED' || !wanted) {
    elements.instances.update(caller.key, free);
    return;
  }
  const document = state.variables.localDocument(record.key);
  const trigger = {
    key: caller.key,
    targetElementId: caller.value.elementId,
    variables: document.entries.length === 0 ? EMPTY_DOCUMENT : document,
  };
  elements.instances.update(caller.key, free.withTriggers([...free.triggers, trigger]));
}
