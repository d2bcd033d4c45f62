// Probes and health of the broker: 200 when all is well, 503 with the reasons when not.
import type { ManagementHooks } from '../management-hooks.ts';
import type { Answer, Handler, Routes } from '../route.ts';

const probe = (up: boolean): Answer => ({
  status: up ? 200 : 503,
  body: { status: up ? 'UP' : 'DOWN' },
});

export function healthRoutes(routes: Routes, hooks: ManagementHooks): void {
  const healthy: Handler = () => {
    const faults = hooks.faults();
    const up = hooks.ready() && faults.length === 0;
    return { status: up ? 200 : 503, body: { status: up ? 'UP' : 'DOWN', faults } };
  };
  const ready: Handler = () => probe(hooks.ready());
  const started: Handler = () => probe(hooks.started());
  routes.set('GET', '/health', healthy);
  routes.set('GET', '/actuator/health/status', healthy);
  routes.set('GET', '/actuator/health/liveness', () => probe(true));
  routes.set('GET', '/ready', ready);
  routes.set('GET', '/actuator/health/readiness', ready);
  routes.set('GET', '/startup', started);
  routes.set('GET', '/actuator/health/startup', started);
  routes.set('GET', '/actuator/health', () => {
    const up = hooks.ready() && hooks.faults().length === 0;
    const body = {
      status: up ? 'UP' : 'DOWN',
      components: partitionComponents(hooks),
      groups: ['liveness', 'readiness', 'startup', 'status'],
    };
    return { status: up ? 200 : 503, body };
  });
}

function partitionComponents(hooks: ManagementHooks): Record<string, unknown> {
  return Object.fromEntries(
    hooks.partitions().map((partition) => [
      `partition-${partition.partitionId}`,
      {
        status: partition.health === 'healthy' ? 'UP' : 'DOWN',
        details: { role: partition.role, reason: partition.reason },
      },
    ]),
  );
}
