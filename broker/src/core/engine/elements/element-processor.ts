// What one kind of element does in each phase of its life (engine-semantics.md C.2, C.3).
import type { Context } from '../context.ts';
import type { ElementContext, Failure } from '../steps/element-context.ts';

export interface ElementProcessor {
  /**
   * Everything after the input mappings and start listeners: expressions, ELEMENT_ACTIVATED, and a command to complete when
   * the element never waits. A failure leaves the element ACTIVATING; after the incident is resolved all of it runs again.
   */
  activate(c: Context, e: ElementContext): Failure | undefined;
  /** Everything after ELEMENT_COMPLETING, ELEMENT_COMPLETED and the outgoing flows included. A failure leaves it COMPLETING. */
  complete(c: Context, e: ElementContext): Failure | undefined;
  /** ELEMENT_COMPLETED and what follows, for elements that do not go on along their flows: `complete` ends with it. */
  finish?(c: Context, e: ElementContext): Failure | undefined;
  /** Everything after ELEMENT_TERMINATING; ELEMENT_TERMINATED included unless children have to end first. */
  terminate(c: Context, e: ElementContext): void;
}
