// DeployResource and the older DeployProcess: always partition 1, which hands the resources on to the others.
import { type DeploymentValue, deploymentOf, NO_KEY } from '@millrace/protocol';
import { deployProcessAnswer, deployResourceAnswer } from '../wire/answers.ts';
import type { DeployProcessRequest, DeployResourceRequest } from '../wire/requests.ts';
import type { CallContext } from './call.ts';
import type { Service } from './service.ts';
import { DEFAULT_TENANT, tenantOf } from './tenants.ts';

const DEPLOYMENT_PARTITION = 1;

async function deploy(service: Service, value: DeploymentValue, bytes: number, call: CallContext) {
  const { partitions } = service;
  const record = await partitions.execute(
    DEPLOYMENT_PARTITION,
    'DEPLOYMENT',
    'CREATE',
    NO_KEY,
    value,
    partitions.limits.completingWork,
    bytes,
    call,
  );
  return { key: record.key, value: record.value as DeploymentValue };
}

export async function deployResource(
  service: Service,
  request: DeployResourceRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const tenantId = tenantOf(service.options, 'DeployResource', request.tenantId);
  const resources = request.resources.map((each) => ({
    resourceName: each.name,
    resource: each.content,
  }));
  const { key, value } = await deploy(service, deploymentOf(resources, tenantId), bytes, call);
  return deployResourceAnswer(key, value);
}

export async function deployProcess(
  service: Service,
  request: DeployProcessRequest,
  bytes: number,
  call: CallContext,
): Promise<Uint8Array> {
  const resources = request.processes.map((each) => ({
    resourceName: each.name,
    resource: each.definition,
  }));
  const { key, value } = await deploy(
    service,
    deploymentOf(resources, DEFAULT_TENANT),
    bytes,
    call,
  );
  return deployProcessAnswer(key, value);
}
