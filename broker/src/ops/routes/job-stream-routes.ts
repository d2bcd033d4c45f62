// Open job streams, as the gateway of this process has them and as the brokers see them.
import type { JobStreamEntry, ManagementHooks } from '../management-hooks.ts';
import type { Routes } from '../route.ts';

export function jobStreamRoutes(routes: Routes, hooks: ManagementHooks): void {
  const remote = () =>
    hooks.jobStreams().map((entry) => ({
      ...viewOf(entry),
      consumers: [{ id: String(entry.id), receiver: 'gateway' }],
    }));
  const client = () =>
    hooks
      .jobStreams()
      .map((entry) => ({ id: String(entry.id), ...viewOf(entry), connectedTo: ['0'] }));
  const path = '/actuator/jobstreams';
  routes.set('GET', path, () => ({ status: 200, body: { remote: remote(), client: client() } }));
  routes.set('GET', `${path}/remote`, () => ({ status: 200, body: remote() }));
  routes.set('GET', `${path}/client`, () => ({ status: 200, body: client() }));
}

function viewOf({ jobType, worker, timeout, fetchVariables, tenantIds }: JobStreamEntry) {
  return { jobType, metadata: { worker, timeout, fetchVariables, tenantIds } };
}
