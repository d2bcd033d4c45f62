// Input and output mappings of an element (engine-semantics.md F.1, F.2).
import { EMPTY_DOCUMENT } from '@millrace/protocol';
import { evaluateMappings } from '../../feel/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from './element-context.ts';
import { mergeLocal, mergePropagating } from './variables.ts';

/** Evaluates the input mappings against the element's scope and sets the results on it. */
export function applyInputs(c: Context, e: ElementContext): Failure | undefined {
  const mappings = e.element.inputMappings;
  if (mappings === undefined) return undefined;
  const result = evaluateMappings(mappings, c.feel(e.key));
  if (!result.ok) return { errorType: 'IO_MAPPING_ERROR', message: result.message };
  mergeLocal(c, e.value, e.key, result.entries);
  return undefined;
}

/**
 * Consumes the trigger that completes the element, if there is one, and lets its variables and the output mappings take
 * effect: with mappings the trigger's variables stay local and only mapped results go up from the flow scope.
 */
export function applyOutputs(c: Context, e: ElementContext): Failure | undefined {
  const mappings = e.element.outputMappings;
  const trigger = c.state.elements.must(e.key).triggers[0];
  if (trigger !== undefined) {
    consumeTrigger(c, e, trigger.key, e.element.id, e.key);
    const { entries } = trigger.variables;
    if (mappings !== undefined) mergeLocal(c, e.value, e.key, entries);
    else mergePropagating(c, e.value, e.key, entries);
  }
  if (mappings === undefined) {
    if (trigger === undefined && passesOnLocals(e)) {
      const { entries } = c.state.variables.localDocument(e.key);
      mergePropagating(c, e.value, e.value.flowScopeKey, entries);
    }
    return undefined;
  }
  const result = evaluateMappings(mappings, c.feel(e.key));
  if (!result.ok) return { errorType: 'IO_MAPPING_ERROR', message: result.message };
  // A round of a multi-instance keeps the names that it has (observed.md 2).
  const isRound = e.element.scope?.innerActivity === e.element;
  mergePropagating(c, e.value, isRound ? e.key : e.value.flowScopeKey, result.entries);
  return undefined;
}

/**
 * Whether the variables of the element's trigger were set on it when it was activated: they go up when it completes. Those of
 * an error stay (observed.md 6.1).
 */
function passesOnLocals({ value, element }: ElementContext): boolean {
  switch (value.bpmnEventType) {
    case 'MESSAGE':
    case 'TIMER':
    case 'SIGNAL':
    case 'ESCALATION':
    case 'CONDITIONAL':
      break;
    default:
      return false;
  }
  if (value.bpmnElementType !== 'INTERMEDIATE_CATCH_EVENT')
    return value.bpmnElementType === 'BOUNDARY_EVENT' || value.bpmnElementType === 'START_EVENT';
  return element.incoming.some(({ source }) => source.elementType === 'EVENT_BASED_GATEWAY');
}

/** PROCESS_EVENT.TRIGGERED: the trigger has done its work. */
export function consumeTrigger(
  c: Context,
  e: ElementContext,
  triggerKey: ElementContext['key'],
  targetElementId: string,
  scopeKey: ElementContext['key'],
): void {
  c.out.event('PROCESS_EVENT', 'TRIGGERED', triggerKey, {
    scopeKey,
    targetElementId,
    variables: EMPTY_DOCUMENT,
    processDefinitionKey: e.value.processDefinitionKey,
    processInstanceKey: e.value.processInstanceKey,
    tenantId: e.value.tenantId,
  });
}
