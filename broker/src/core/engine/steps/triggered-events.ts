// Events that never get a command to activate: their records follow their trigger (engine-semantics.md C.7).
import type { Document, ProcessInstanceValue } from '@millrace/protocol';
import type { ExecutableElement } from '../../bpmn/index.ts';
import type { Context } from '../context.ts';
import type { ElementContext } from './element-context.ts';
import { activated, activating, commandComplete } from './transitions.ts';
import { mergeLocal } from './variables.ts';

/** The event begins with the variables of its trigger, and completes. */
export function activateTriggered(
  c: Context,
  element: ExecutableElement,
  value: ProcessInstanceValue,
  variables: Document,
): void {
  const e: ElementContext = { element, key: c.keys.next(), value };
  activating(c, e);
  activated(c, e);
  mergeLocal(c, value, e.key, variables.entries);
  commandComplete(c, e.key, value);
}
