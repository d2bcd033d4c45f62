// PROCESS_INSTANCE_BATCH.TERMINATE: commands to terminate the children of a scope, a bounded number at a time.
import { NO_KEY } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { commandTerminate } from '../steps/transitions.ts';

/** Children that one batch takes on, so that a turn stays short. */
const CHILDREN_MAX = 500;

export const terminateChildren: Processor<'PROCESS_INSTANCE_BATCH'> = (c, command) => {
  const { value } = command;
  const page =
    value.index === NO_KEY
      ? { limit: CHILDREN_MAX + 1 }
      : { limit: CHILDREN_MAX + 1, after: value.index };
  const children = c.state.elements.children.scan(value.batchElementInstanceKey, page);
  for (const { suffix } of children.slice(0, CHILDREN_MAX)) {
    const child = c.state.elements.must(suffix);
    if (child.state !== 'TERMINATING') commandTerminate(c, child);
  }
  if (children.length > CHILDREN_MAX) {
    c.out.command('PROCESS_INSTANCE_BATCH', 'TERMINATE', c.keys.next(), {
      processInstanceKey: value.processInstanceKey,
      batchElementInstanceKey: value.batchElementInstanceKey,
      index: children[CHILDREN_MAX - 1]?.suffix ?? NO_KEY,
      tenantId: value.tenantId,
    });
  }
};
