// What an event definition cannot do where it stands, though the reference deploys it.
import type { RuleContext } from './context.ts';
import type { FlowNode } from './model.ts';

export const notExecuted = (what: string, { xml, id }: FlowNode, { problems }: RuleContext): void =>
  problems.add('not-executed', xml, `${what} of ${xml.name} '${id}'`);
