// Link throw event: goes on at the catch event of its name, without a flow (engine-semantics.md C.3).
import type { Context } from '../context.ts';
import { completed } from '../steps/completion.ts';
import type { ElementContext } from '../steps/element-context.ts';
import { applyOutputs } from '../steps/mappings.ts';
import { commandActivate, recordValueOf } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughTask } from './pass-through-task.ts';

function followLink(c: Context, e: ElementContext): undefined {
  const { linkTarget } = e.element;
  if (linkTarget === undefined) throw new Error(`link event '${e.element.id}' leads nowhere`);
  c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
  commandActivate(c, recordValueOf(e.value, linkTarget, e.value.flowScopeKey), c.keys.next());
}

export const linkThrowEvent: ElementProcessor = {
  activate: passThroughTask.activate,
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    return completed(c, e, followLink);
  },
  finish: followLink,
  terminate: passThroughTask.terminate,
};
