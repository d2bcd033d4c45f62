// Parallel gateway: joins its incoming flows, takes all outgoing ones. Has no rules of its own.
import type { ElementFamily } from './element-family.ts';

export const parallelGateway: ElementFamily = {
  elementType: 'PARALLEL_GATEWAY',
  activity: false,
  mappings: 'none',
  judge() {},
  compile() {},
};
