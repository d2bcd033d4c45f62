// The replicas on this broker: what they are doing, and pausing and resuming them. Every answer shows all of them.
import type { PartitionStatus } from '../../partition/messages.ts';
import type { ManagementHooks } from '../management-hooks.ts';
import { type Answer, type Handler, notOffered, type Routes } from '../route.ts';

export function partitionRoutes(routes: Routes, hooks: ManagementHooks): void {
  const show = (): Answer => ({
    status: 200,
    body: Object.fromEntries(
      hooks
        .partitions()
        .map((partition) => [
          String(partition.partitionId),
          viewOf(partition, hooks.exporterPhase()),
        ]),
    ),
  });
  const after =
    (...acts: readonly (() => void | Promise<void>)[]): Handler =>
    async () => {
      for (const act of acts) await act();
      return show();
    };
  const processing = (
    phase: 'processing' | 'paused',
    ...more: (() => void | Promise<void>)[]
  ): Handler => {
    const { setProcessing } = hooks;
    if (setProcessing === undefined) {
      return () => notOffered('this process runs no partitions; ask a broker');
    }
    return after(() => setProcessing(phase), ...more);
  };
  const checkpoint = () => hooks.takeCheckpoint();
  const pauseExporting = () => hooks.setExporting('paused');
  routes.set('GET', '/actuator/partitions', show);
  const post = (name: string, handler: Handler) =>
    routes.set('POST', `/actuator/partitions/${name}`, handler);
  post('pauseProcessing', processing('paused'));
  post('resumeProcessing', processing('processing'));
  post('prepareUpgrade', processing('paused', pauseExporting, checkpoint));
  post('takeSnapshot', after(checkpoint));
  post('pauseExporting', after(pauseExporting));
  post(
    'softPauseExporting',
    after(() => hooks.setExporting('soft-paused')),
  );
  post(
    'resumeExporting',
    after(() => hooks.setExporting('exporting')),
  );
}

function viewOf(partition: PartitionStatus, exporterPhase: string): unknown {
  return {
    role: partition.role.toUpperCase(),
    processedPosition: partition.processedPosition,
    snapshotId: partition.checkpointIndex > 0 ? String(partition.checkpointIndex) : null,
    streamProcessorPhase: phaseOf(partition),
    exporterPhase,
    exportedPosition: partition.exportedPosition,
    health: { status: partition.health.toUpperCase(), reason: partition.reason },
  };
}

function phaseOf({ health, isPaused, role }: PartitionStatus): string {
  if (health !== 'healthy') return 'FAILED';
  if (isPaused) return 'PAUSED';
  return role === 'leader' ? 'PROCESSING' : 'REPLAY';
}
