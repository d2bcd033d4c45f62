// Link events: a throw event goes on at the catch event of the same name in its scope.
// That there is exactly one is judged with the scopes (uniqueness.ts).
import type { FlowNode } from '../model.ts';
import type { EventFamily } from './event-family.ts';

export const link: EventFamily = {
  eventType: 'LINK',
  throwMappings: 'outputs',
  judgeCatch({ name, xml }, _node, { problems }) {
    if ((name ?? '') === '') problems.add('link-name', xml);
  },
  compileCatch() {},
  judgeThrow({ name, xml }, _node, { problems }) {
    if ((name ?? '') === '') problems.add('link-name', xml);
  },
  compileThrow({ name }, node, element, { elements }) {
    element.linkTarget = elements.get(targetOf(name!, node)!.id);
  },
};

/** Where a throw event leads. */
export const targetOf = (name: string, thrown: FlowNode): FlowNode | undefined =>
  thrown.scope.nodes.find(
    ({ kind, eventDefinitions }) =>
      kind === 'intermediateCatchEvent' &&
      eventDefinitions.some((caught) => caught.kind === 'link' && caught.name === name),
  );
