// SCALE: the cluster grows by partitions. SCALE_UP lets deployments go to the new ones from now on; BRING sends them one
// definition that was deployed before.
import {
  type DeploymentValue,
  keyText,
  NO_KEY,
  type ProcessMetadata,
  type SuspensionValue,
} from '@millrace/protocol';
import type { Context, Processor } from '../context.ts';
import { distributeTo, partitionCountOf } from '../steps/distribution.ts';
import { suspensionOf } from '../steps/suspensions.ts';

export const scaleUp: Processor<'SCALE'> = (c, command) => {
  const before = partitionCountOf(c);
  c.out.event('SCALE', 'SCALING_UP', c.keys.next(), command.value);
  const added: number[] = [];
  for (let id = before + 1; id <= partitionCountOf(c); id++) added.push(id);
  if (added.length > 0) bringSuspensions(c, added);
};

/** What is suspended on all partitions is suspended on the new ones before anything runs there. */
function bringSuspensions(c: Context, added: readonly number[]): void {
  const { keys, queues } = c.state.suspensions.all();
  const suspend = (value: SuspensionValue) =>
    distributeTo(added, c, c.keys.next(), 'suspension', 'SUSPENSION', 'SUSPEND', value);
  for (const key of keys) {
    const process = c.state.processes.byKey(key);
    if (process !== undefined) suspend(suspensionOf(c, key, process.tenantId));
  }
  for (const queue of queues) {
    const [jobType = '', tenantId = '<default>'] = queue.split('\u0000');
    suspend({ ...suspensionOf(c, NO_KEY, tenantId), scope: 'JOB_TYPE', jobType });
  }
}

/** A distribution of its own with a new key: it is taken after everything that was sent before. */
export const bringDefinition: Processor<'SCALE'> = (c, command) => {
  const { processDefinitionKey, partitionId } = command.value;
  const process = c.state.processes.byKey(processDefinitionKey);
  if (process === undefined) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to bring definition ${keyText(processDefinitionKey)} to partition ${partitionId}, but it was deleted`,
    );
  }
  const { resource, ...rest } = process;
  const metadata: ProcessMetadata = rest;
  const deployment: DeploymentValue = {
    resources: [{ resourceName: process.resourceName, resource }],
    processesMetadata: [metadata],
    decisionsMetadata: [],
    decisionRequirementsMetadata: [],
    formMetadata: [],
    deploymentKey: process.deploymentKey,
    tenantId: process.tenantId,
  };
  distributeTo([partitionId], c, c.keys.next(), 'deployment', 'DEPLOYMENT', 'CREATE', deployment);
};
