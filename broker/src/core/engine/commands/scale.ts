// SCALE: the cluster grows by partitions. SCALE_UP lets deployments go to the new ones from now on; BRING sends them one
// definition that was deployed before.
import { type DeploymentValue, keyText, type ProcessMetadata } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { distributeTo } from '../steps/distribution.ts';

export const scaleUp: Processor<'SCALE'> = (c, command) => {
  c.out.event('SCALE', 'SCALING_UP', c.keys.next(), command.value);
};

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
