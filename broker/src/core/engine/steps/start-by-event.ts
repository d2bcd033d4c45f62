// A process instance that an event starts: a timer, a signal or a message (engine-semantics.md C.7).
import { type Document, type Key, NO_KEY, type ProcessValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import { commandActivate } from './transitions.ts';

/**
 * Starts an instance at a start event with the variables of what happened; answers the key of the instance.
 * @param processInstanceKey the key of the instance when it was taken before; else it is taken after the trigger's
 */
export function startByEvent(
  c: Context,
  process: ProcessValue,
  startEvent: ExecutableElement,
  variables: Document,
  processInstanceKey?: Key,
): Key {
  const triggerKey = c.keys.next();
  const instanceKey = processInstanceKey ?? c.keys.next();
  const { processDefinitionKey, bpmnProcessId, version, tenantId } = process;
  c.out.event('PROCESS_EVENT', 'TRIGGERING', triggerKey, {
    scopeKey: processDefinitionKey,
    targetElementId: startEvent.id,
    variables,
    processDefinitionKey,
    processInstanceKey: instanceKey,
    tenantId,
  });
  c.state.variables.fresh(instanceKey);
  c.state.elements.awaitedResults.fresh(instanceKey);
  commandActivate(
    c,
    {
      bpmnElementType: 'PROCESS',
      bpmnEventType: 'UNSPECIFIED',
      elementId: bpmnProcessId,
      bpmnProcessId,
      version,
      processDefinitionKey,
      processInstanceKey: instanceKey,
      flowScopeKey: NO_KEY,
      parentProcessInstanceKey: NO_KEY,
      parentElementInstanceKey: NO_KEY,
      tenantId,
    },
    instanceKey,
  );
  return instanceKey;
}
