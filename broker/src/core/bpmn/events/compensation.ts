// Compensation events: thrown for all of a scope or for one activity; a boundary event leads to the handler by an association.
import type { EventFamily } from './event-family.ts';

export const compensation: EventFamily = {
  eventType: 'COMPENSATION',
  throwMappings: 'none',
  judgeCatch() {},
  compileCatch(_definition, node, element, { definitions, elements }) {
    const found = definitions.associations.find(({ source }) => source === node.id);
    element.compensationHandler = elements.get(found?.target ?? '');
  },
  judgeThrow() {},
  compileThrow({ ref }, _node, element, { elements }) {
    element.compensates = elements.get(ref ?? '');
  },
};
