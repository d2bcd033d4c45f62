// DEPLOYMENT: resources that arrive together; PROCESS: one version of one process; RESOURCE_DELETION: the way out.
import { type Key, NO_KEY } from '../keys.ts';
import { bool, bytes, int, key, list, name, type Schema, struct } from '../schema.ts';
import { UnknownRecordError } from '../unknown-record-error.ts';
import { type FormMetadata, formMetadataSchema } from './form.ts';

export interface DeploymentResource {
  readonly resourceName: string;
  readonly resource: Uint8Array;
}

export interface ProcessMetadata {
  readonly bpmnProcessId: string;
  readonly version: number;
  readonly processDefinitionKey: Key;
  readonly resourceName: string;
  /** MD5 of the resource. */
  readonly checksum: Uint8Array;
  readonly duplicate: boolean;
  readonly deploymentKey: Key;
  readonly versionTag: string;
  readonly tenantId: string;
}

export const processMetadataSchema: Schema<ProcessMetadata> = {
  bpmnProcessId: name,
  version: int,
  processDefinitionKey: key,
  resourceName: name,
  checksum: bytes,
  duplicate: bool,
  deploymentKey: key,
  versionTag: name,
  tenantId: name,
};

export interface DeploymentValue {
  readonly resources: readonly DeploymentResource[];
  readonly processesMetadata: readonly ProcessMetadata[];
  // Decisions join with the issue that can deploy them; exporters show the empty lists.
  readonly decisionsMetadata: readonly never[];
  readonly decisionRequirementsMetadata: readonly never[];
  readonly formMetadata: readonly FormMetadata[];
  readonly deploymentKey: Key;
  readonly tenantId: string;
}

/** The value of the command that deploys resources: what only events say is unset. */
export function deploymentOf(
  resources: readonly DeploymentResource[],
  tenantId: string,
): DeploymentValue {
  return {
    resources,
    processesMetadata: [],
    decisionsMetadata: [],
    decisionRequirementsMetadata: [],
    formMetadata: [],
    deploymentKey: NO_KEY,
    tenantId,
  };
}

const nothing = list<never>({
  shape: { kind: 'none' },
  write: () => {},
  read: () => {
    throw new UnknownRecordError('this release knows no decisions');
  },
  json: () => '',
});

export const deploymentSchema: Schema<DeploymentValue> = {
  resources: list(struct<DeploymentResource>({ resourceName: name, resource: bytes })),
  processesMetadata: list(struct(processMetadataSchema)),
  decisionsMetadata: nothing,
  decisionRequirementsMetadata: nothing,
  formMetadata: list(struct(formMetadataSchema)),
  deploymentKey: key,
  tenantId: name,
};

export interface ProcessValue extends ProcessMetadata {
  readonly resource: Uint8Array;
}

export const processSchema: Schema<ProcessValue> = { ...processMetadataSchema, resource: bytes };

export interface ResourceDeletionValue {
  readonly resourceKey: Key;
  readonly tenantId: string;
}

export const resourceDeletionSchema: Schema<ResourceDeletionValue> = {
  resourceKey: key,
  tenantId: name,
};
