// Exporting of all partitions: paused and resumed; which exporters there are.
import type { ManagementHooks } from '../management-hooks.ts';
import { flagOf, type Handler, type ManagementRequest, type Routes } from '../route.ts';

type Phase = 'exporting' | 'paused' | 'soft-paused';

export function exportingRoutes(routes: Routes, hooks: ManagementHooks): void {
  const set =
    (phase: (request: ManagementRequest) => Phase): Handler =>
    async (request) => {
      await hooks.setExporting(phase(request));
      return { status: 204 };
    };
  const pause = set((request) => (flagOf(request, 'soft') ? 'soft-paused' : 'paused'));
  const resume = set(() => 'exporting');
  routes.set('POST', '/actuator/exporting/pause', pause);
  routes.set('POST', '/actuator/exporting/resume', resume);
  routes.set('GET', '/actuator/exporters', () => ({ status: 200, body: hooks.exporters() }));
}
