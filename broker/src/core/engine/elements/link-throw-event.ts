// Link throw event: goes on at the catch event of its name, without a flow (engine-semantics.md C.3).
import { applyOutputs } from '../steps/mappings.ts';
import { commandActivate, recordValueOf } from '../steps/transitions.ts';
import type { ElementProcessor } from './element-processor.ts';
import { passThroughTask } from './pass-through-task.ts';

export const linkThrowEvent: ElementProcessor = {
  activate: passThroughTask.activate,
  complete(c, e) {
    const failure = applyOutputs(c, e);
    if (failure !== undefined) return failure;
    const { linkTarget } = e.element;
    if (linkTarget === undefined) throw new Error(`link event '${e.element.id}' leads nowhere`);
    c.out.event('PROCESS_INSTANCE', 'ELEMENT_COMPLETED', e.key, e.value);
    commandActivate(c, recordValueOf(e.value, linkTarget, e.value.flowScopeKey), c.keys.next());
    return undefined;
  },
  terminate: passThroughTask.terminate,
};
