// A boundary event begins: when what it is attached to has ended, or beside it (engine-semantics.md C.7).
import type { Context } from '../context.ts';
import type { Trigger } from '../state/element-instance.ts';
import type { ElementContext } from './element-context.ts';
import { consumeTrigger } from './mappings.ts';
import { recordValueOf } from './transitions.ts';
import { activateTriggered } from './triggered-events.ts';

/** @param e what the event is attached to; may have ended by now */
export function activateBoundaryEvent(c: Context, e: ElementContext, trigger: Trigger): void {
  const event = c.state.processes.element(e.value.processDefinitionKey, trigger.targetElementId);
  consumeTrigger(c, e, trigger.key, trigger.targetElementId, e.key);
  activateTriggered(
    c,
    event,
    recordValueOf(e.value, event, e.value.flowScopeKey),
    trigger.variables,
  );
}
