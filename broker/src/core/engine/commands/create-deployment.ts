// DEPLOYMENT.CREATE: all resources or none (engine-semantics.md E.1, E.2).
import {
  type DeploymentResource, type DeploymentValue, keyText, NO_KEY, partitionOf, type ProcessMetadata, type ProcessValue,
} from '@millrace/protocol';
import {
  deployable, duplicateProcessId, type ExecutableProcess, isBpmnResource, rejectionOf, unknownResourceType,
} from '../../bpmn/index.ts';
import type { CommandRecord, Context, Processor } from '../context.ts';
import { distribute, acknowledge } from '../steps/distribution.ts';

interface Candidate {
  readonly resource: DeploymentResource;
  readonly checksum: Uint8Array;
  readonly process: ExecutableProcess;
  /** The latest version, when this is the very same resource. */
  readonly same: ProcessValue | undefined;
}

const sameBytes = (a: Uint8Array, b: Uint8Array) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Every process of every resource, or the text that says what is wrong with them. */
function candidates(c: Context, value: DeploymentValue): readonly Candidate[] | string {
  const found: Candidate[] = [];
  const problems: string[] = [];
  const seen = new Map<string, string>();
  for (const resource of value.resources) {
    if (!isBpmnResource(resource.resourceName)) {
      problems.push(unknownResourceType(resource.resourceName));
      continue;
    }
    const result = deployable(resource.resourceName, resource.resource);
    if (!result.ok) {
      problems.push(result.message);
      continue;
    }
    const checksum = c.options.checksum(resource.resource);
    for (const process of result.processes) {
      const other = seen.get(process.bpmnProcessId);
      if (other !== undefined) {
        problems.push(duplicateProcessId(other, resource.resourceName));
        continue;
      }
      seen.set(process.bpmnProcessId, resource.resourceName);
      const latest = c.state.processes.latest(process.bpmnProcessId, value.tenantId);
      const isSame =
        latest !== undefined && latest.resourceName === resource.resourceName && sameBytes(latest.checksum, checksum);
      found.push({ resource, checksum, process, same: isSame ? latest : undefined });
    }
  }
  return problems.length === 0 ? found : rejectionOf(problems);
}

function metadataOf(value: ProcessValue, duplicate: boolean): ProcessMetadata {
  const { bpmnProcessId, version, processDefinitionKey, resourceName, checksum, deploymentKey, versionTag, tenantId } = value;
  return {
    bpmnProcessId, version, processDefinitionKey, resourceName, checksum, duplicate, deploymentKey, versionTag, tenantId,
  };
}

export const createDeployment: Processor<'DEPLOYMENT'> = (c, command) => {
  if (command.key !== NO_KEY) return takeDistributed(c, command);
  const { value } = command;
  if (value.resources.length === 0) {
    return c.out.reject(command, 'INVALID_ARGUMENT', 'Expected to deploy at least one resource, but none given');
  }
  const found = candidates(c, value);
  if (typeof found === 'string') return c.out.reject(command, 'INVALID_ARGUMENT', found);
  const deploymentKey = c.keys.next();
  // One new resource makes all of them new, so that "same deployment" always means the same versions.
  const allSame = found.every((candidate) => candidate.same !== undefined);
  const metadata: ProcessMetadata[] = [];
  const created: ProcessValue[] = [];
  for (const candidate of found) {
    if (allSame && candidate.same !== undefined) {
      metadata.push(metadataOf(candidate.same, true));
      continue;
    }
    const process: ProcessValue = {
      bpmnProcessId: candidate.process.bpmnProcessId,
      version: c.state.processes.nextVersion(candidate.process.bpmnProcessId, value.tenantId),
      processDefinitionKey: c.keys.next(),
      resourceName: candidate.resource.resourceName,
      checksum: candidate.checksum,
      duplicate: false,
      deploymentKey,
      versionTag: candidate.process.versionTag,
      tenantId: value.tenantId,
      resource: candidate.resource.resource,
    };
    c.out.event('PROCESS', 'CREATED', process.processDefinitionKey, process);
    created.push(process);
    metadata.push(metadataOf(process, false));
  }
  const deployment: DeploymentValue = {
    resources: [],
    processesMetadata: metadata,
    decisionsMetadata: [],
    decisionRequirementsMetadata: [],
    formMetadata: [],
    deploymentKey,
    tenantId: value.tenantId,
  };
  const event = c.out.event('DEPLOYMENT', 'CREATED', deploymentKey, deployment);
  c.out.answer(command.requestId, event);
  if (created.length > 0) {
    distribute(c, deploymentKey, 'deployment', 'DEPLOYMENT', 'CREATE', { ...deployment, resources: value.resources });
  }
};

/** A deployment from partition 1: same keys and versions, no answer, repeats do nothing new. */
function takeDistributed(c: Context, command: CommandRecord<'DEPLOYMENT'>): void {
  const { value } = command;
  if (partitionOf(command.key) === c.options.partitionId) {
    return c.out.reject(command, 'INVALID_ARGUMENT', `deployment ${keyText(command.key)} was made by this partition`);
  }
  const known = value.processesMetadata.every((each) => c.state.processes.byKey(each.processDefinitionKey) !== undefined);
  if (known) {
    c.out.reject(command, 'ALREADY_EXISTS', `deployment ${keyText(command.key)} is already on this partition`);
  } else {
    for (const metadata of value.processesMetadata) {
      const resource = value.resources.find((each) => each.resourceName === metadata.resourceName)?.resource;
      if (resource === undefined) throw new Error(`deployment without the resource '${metadata.resourceName}'`);
      const process: ProcessValue = { ...metadata, resource };
      c.out.event('PROCESS', 'CREATED', metadata.processDefinitionKey, process);
    }
    c.out.event('DEPLOYMENT', 'CREATED', command.key, { ...value, resources: [] });
  }
  acknowledge(c, command.key, 'DEPLOYMENT', 'CREATE');
}
