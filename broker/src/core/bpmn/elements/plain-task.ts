// Manual and undefined task: passed through at once, without mappings (engine-semantics B.1).
import type { ElementFamily } from './element-family.ts';

const plain = (elementType: 'MANUAL_TASK' | 'TASK'): ElementFamily => ({
  elementType,
  activity: true,
  mappings: 'none',
  judge() {},
  compile() {},
});

export const manualTask: ElementFamily = plain('MANUAL_TASK');
export const undefinedTask: ElementFamily = plain('TASK');
