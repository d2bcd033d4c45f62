// Operators suspend and resume: one instance, one definition, one job type. POST suspends, DELETE resumes.
import type { SuspensionScope } from '@millrace/protocol';
import type { ManagementHooks, SuspensionOrder } from '../management-hooks.ts';
import { type ManagementRequest, notOffered, type Routes } from '../route.ts';
import { keyOf } from './operator-routes.ts';

const METHODS = { POST: 'SUSPEND', DELETE: 'RESUME' } as const;

const TARGETS: readonly (readonly [path: string, scope: SuspensionScope, what: string])[] = [
  ['process-instances/{key}', 'PROCESS_INSTANCE', 'process instance'],
  ['process-definitions/{key}', 'PROCESS_DEFINITION', 'process definition'],
  ['job-types/{type}', 'JOB_TYPE', 'job type'],
];

export function suspensionRoutes(routes: Routes, { suspend }: ManagementHooks): void {
  for (const [path, scope, what] of TARGETS) {
    for (const method of ['POST', 'DELETE'] as const) {
      routes.set(method, `/actuator/suspension/${path}`, async (request) => {
        const order = orderOf(request, METHODS[method], scope, what);
        if (suspend === undefined)
          return notOffered('this process runs no partitions; ask a broker');
        await suspend(order);
        return { status: 204 };
      });
    }
  }
}

function orderOf(
  { path, query }: ManagementRequest,
  intent: SuspensionOrder['intent'],
  scope: SuspensionScope,
  what: string,
): SuspensionOrder {
  const tenantId = query.get('tenantId') ?? '<default>';
  const key = scope === 'JOB_TYPE' ? 0n : keyOf(path.key ?? '', what);
  return { intent, scope, key, jobType: path.type ?? '', tenantId };
}
