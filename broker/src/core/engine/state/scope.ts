// Which elements hold others (engine-semantics.md C.1).
import type { ProcessInstanceValue } from '@millrace/protocol';

/** Whether elements run inside this one: it has children, and what can be compensated is kept under it. */
export function isScope(value: ProcessInstanceValue): boolean {
  switch (value.bpmnElementType) {
    case 'PROCESS':
    case 'SUB_PROCESS':
    case 'EVENT_SUB_PROCESS':
    case 'MULTI_INSTANCE_BODY':
      return true;
    default:
      return false;
  }
}
