// Link events: a throw event goes on at the catch event of the same name in its scope.
// That there is exactly one is judged with the scopes (uniqueness.ts).
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
    element.linkTarget = elements.get(node.scope.links.get(name!)!.id);
  },
};
