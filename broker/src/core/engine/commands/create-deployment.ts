// DEPLOYMENT.CREATE: all resources or none (engine-semantics.md E.1, E.2).
import {
  type DeploymentResource,
  type DeploymentValue,
  type FormMetadata,
  type FormValue,
  type Key,
  keyText,
  NO_KEY,
  type ProcessMetadata,
  type ProcessValue,
  partitionOf,
} from '@millrace/protocol';
import {
  deployable,
  duplicateProcessId,
  type ExecutableProcess,
  isBpmnResource,
  rejectionOf,
  unknownResourceType,
} from '../../bpmn/index.ts';
import type { CommandRecord, Context, Processor } from '../context.ts';
import { acknowledge, distribute } from '../steps/distribution.ts';
import { duplicateFormId, isFormResource, readForm } from '../steps/form-resource.ts';
import { declareHistory } from '../steps/history.ts';
import {
  startProblem,
  takeOverStartSubscriptions,
  takeOverStartTimers,
} from '../steps/start-subscriptions.ts';

/** What would be deployed; `same`: the newest version, when this is the very same resource. */
type Candidate =
  | { readonly kind: 'process'; readonly value: ProcessValue; readonly same?: ProcessValue }
  | { readonly kind: 'form'; readonly value: FormValue; readonly same?: FormValue };

/** Metadata of what a deployment holds. */
interface Metadata {
  readonly processesMetadata: ProcessMetadata[];
  readonly formMetadata: FormMetadata[];
}

interface Found {
  readonly candidates: readonly Candidate[];
  /** What is wrong with the resources; empty when nothing is. */
  readonly problems: readonly string[];
  /** What was read before the first problem: a rejection shows it. */
  readonly readBefore: Metadata;
}

const sameBytes = (a: Uint8Array, b: Uint8Array) =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Reads every process of every resource; keys are taken in the order of the files. */
class ResourceReader {
  readonly candidates: Candidate[] = [];
  readonly problems: string[] = [];
  readonly readBefore: Metadata = { processesMetadata: [], formMetadata: [] };
  readonly #resourceOf = new Map<string, string>();
  readonly #c: Context;
  readonly #value: DeploymentValue;
  readonly #deploymentKey: Key;

  constructor(c: Context, value: DeploymentValue, deploymentKey: Key) {
    this.#c = c;
    this.#value = value;
    this.#deploymentKey = deploymentKey;
    for (const resource of value.resources) this.#read(resource);
  }

  #read(resource: DeploymentResource): void {
    const { resourceName } = resource;
    if (isFormResource(resourceName)) return this.#readForm(resource);
    if (!isBpmnResource(resourceName)) {
      this.problems.push(unknownResourceType(resourceName));
      return;
    }
    const result = deployable(resourceName, resource.resource);
    if (!result.ok) {
      this.problems.push(result.message);
      return;
    }
    const checksum = this.#c.options.checksum(resource.resource);
    for (const process of result.processes) {
      const start = startProblem(this.#c, process);
      if (start !== undefined) this.problems.push(`'${resourceName}':\n${start}`);
      const other = this.#resourceOf.get(process.bpmnProcessId);
      if (other !== undefined) this.problems.push(duplicateProcessId(other, resourceName));
      else this.#add(resource, checksum, process);
    }
  }

  #add(
    resource: DeploymentResource,
    checksum: Uint8Array,
    { bpmnProcessId, versionTag }: ExecutableProcess,
  ): void {
    const { tenantId } = this.#value;
    this.#resourceOf.set(bpmnProcessId, resource.resourceName);
    const newest = this.#c.state.processes.newest(bpmnProcessId, tenantId);
    const isSame =
      newest !== undefined &&
      newest.resourceName === resource.resourceName &&
      sameBytes(newest.checksum, checksum);
    const process: ProcessValue = {
      bpmnProcessId,
      version: this.#c.state.processes.nextVersion(bpmnProcessId, tenantId),
      processDefinitionKey: this.#c.keys.next(),
      resourceName: resource.resourceName,
      checksum,
      duplicate: false,
      deploymentKey: this.#deploymentKey,
      versionTag,
      tenantId,
      resource: resource.resource,
    };
    this.#found({ kind: 'process', value: process, ...(isSame ? { same: newest } : {}) });
  }

  #readForm({ resourceName, resource }: DeploymentResource): void {
    const { tenantId } = this.#value;
    const { forms } = this.#c.state;
    const form = readForm(resourceName, resource);
    if (typeof form === 'string') {
      this.problems.push(form);
      return;
    }
    const { formId, versionTag } = form;
    const other = this.#resourceOf.get(`form ${formId}`);
    if (other !== undefined) {
      this.problems.push(duplicateFormId(formId, other, resourceName));
      return;
    }
    this.#resourceOf.set(`form ${formId}`, resourceName);
    const checksum = this.#c.options.checksum(resource);
    const newest = forms.latest(formId, tenantId);
    const isSame = newest?.resourceName === resourceName && sameBytes(newest.checksum, checksum);
    const value: FormValue = {
      formId,
      version: forms.nextVersion(formId, tenantId),
      formKey: this.#c.keys.next(),
      resourceName,
      checksum,
      duplicate: false,
      deploymentKey: this.#deploymentKey,
      versionTag,
      tenantId,
      resource,
    };
    this.#found({ kind: 'form', value, ...(isSame ? { same: newest } : {}) });
  }

  #found(candidate: Candidate): void {
    this.candidates.push(candidate);
    if (this.problems.length === 0) addMetadata(this.readBefore, candidate, false);
  }
}

function addMetadata(to: Metadata, candidate: Candidate, isDuplicate: boolean): void {
  if (candidate.kind === 'process') {
    const value = isDuplicate ? (candidate.same as ProcessValue) : candidate.value;
    to.processesMetadata.push(metadataOf(value, isDuplicate));
  } else {
    const value = isDuplicate ? (candidate.same as FormValue) : candidate.value;
    const { resource: _, ...metadata } = value;
    to.formMetadata.push({ ...metadata, duplicate: isDuplicate });
  }
}

function metadataOf(value: ProcessValue, duplicate: boolean): ProcessMetadata {
  const {
    bpmnProcessId,
    version,
    processDefinitionKey,
    resourceName,
    checksum,
    deploymentKey,
    versionTag,
    tenantId,
  } = value;
  return {
    bpmnProcessId,
    version,
    processDefinitionKey,
    resourceName,
    checksum,
    duplicate,
    deploymentKey,
    versionTag,
    tenantId,
  };
}

function writeCreated(c: Context, candidate: Candidate): void {
  if (candidate.kind === 'process') {
    const { value } = candidate;
    c.out.event('PROCESS', 'CREATED', value.processDefinitionKey, value);
    declareHistory(c, value);
  } else c.out.event('FORM', 'CREATED', candidate.value.formKey, candidate.value);
}

export const createDeployment: Processor<'DEPLOYMENT'> = (c, command) => {
  if (command.key !== NO_KEY) return takeDistributed(c, command);
  const { value } = command;
  const { counter } = c.keys;
  const deploymentKey = c.keys.next();
  const found: Found = new ResourceReader(c, value, deploymentKey);
  if (value.resources.length === 0 || found.problems.length > 0) {
    // The keys were not used: the next command takes them.
    c.keys.counter = counter;
    const shown = { ...value, deploymentKey, ...found.readBefore };
    const reason =
      value.resources.length === 0
        ? 'Expected to deploy at least one resource, but none given'
        : rejectionOf(found.problems);
    return c.out.reject(command, 'INVALID_ARGUMENT', reason, shown);
  }
  // One new resource makes all of them new, so that "same deployment" always means the same versions.
  const allSame = found.candidates.every(({ same }) => same !== undefined);
  const metadata: Metadata = { processesMetadata: [], formMetadata: [] };
  const created: ProcessValue[] = [];
  for (const candidate of found.candidates) {
    addMetadata(metadata, candidate, allSame);
    if (allSame) continue;
    writeCreated(c, candidate);
    if (candidate.kind === 'process') created.push(candidate.value);
  }
  for (const process of created) takeOverStartTimers(c, process);
  const deployment: DeploymentValue = {
    resources: [],
    ...metadata,
    decisionsMetadata: [],
    decisionRequirementsMetadata: [],
    deploymentKey,
    tenantId: value.tenantId,
  };
  const event = c.out.event('DEPLOYMENT', 'CREATED', deploymentKey, deployment);
  c.out.answer(command.requestId, event);
  if (!allSame) {
    distribute(c, deploymentKey, 'deployment', 'DEPLOYMENT', 'CREATE', {
      ...deployment,
      resources: value.resources,
    });
  }
  for (const process of created) takeOverStartSubscriptions(c, process);
};

/** A deployment from partition 1: same keys and versions, no answer, repeats do nothing new. */
function takeDistributed(c: Context, command: CommandRecord<'DEPLOYMENT'>): void {
  const { value } = command;
  if (partitionOf(command.key) === c.options.partitionId) {
    return c.out.reject(
      command,
      'INVALID_ARGUMENT',
      `deployment ${keyText(command.key)} was made by this partition`,
    );
  }
  if (c.state.distributions.isTaken(command.key)) {
    c.out.reject(
      command,
      'ALREADY_EXISTS',
      `deployment ${keyText(command.key)} is already on this partition`,
    );
  } else {
    const created: ProcessValue[] = [];
    for (const metadata of value.processesMetadata) {
      // Brought here once more, because the cluster grew while it was deployed.
      if (c.state.processes.byKey(metadata.processDefinitionKey) !== undefined) continue;
      const resource = resourceOf(c, value, metadata);
      const process: ProcessValue = { ...metadata, resource };
      c.out.event('PROCESS', 'CREATED', metadata.processDefinitionKey, process);
      declareHistory(c, process);
      created.push(process);
    }
    takeForms(c, value);
    c.out.event('DEPLOYMENT', 'CREATED', command.key, { ...value, resources: [] });
    for (const process of created) takeOverStartSubscriptions(c, process);
  }
  acknowledge(c, command.key, 'DEPLOYMENT', 'CREATE');
}

function takeForms(c: Context, value: DeploymentValue): void {
  for (const metadata of value.formMetadata) {
    if (c.state.forms.byKey(metadata.formKey) !== undefined) continue;
    const form: FormValue = { ...metadata, resource: resourceOf(c, value, metadata) };
    c.out.event('FORM', 'CREATED', metadata.formKey, form);
  }
}

/** The file that the metadata is about. */
function resourceOf(
  c: Context,
  value: DeploymentValue,
  metadata: { readonly resourceName: string; readonly checksum: Uint8Array },
): Uint8Array {
  const found = value.resources.find((each) =>
    sameBytes(c.options.checksum(each.resource), metadata.checksum),
  );
  if (found === undefined)
    throw new Error(`deployment without the resource '${metadata.resourceName}'`);
  return found.resource;
}
