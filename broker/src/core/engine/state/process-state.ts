// Deployed processes: every version, which one is the latest, and how many instances run.
//
// The executable graph of a version is compiled from its resource when it is first needed and kept in a bounded cache.
import type { Key, ProcessInstanceValue, ProcessValue } from '@millrace/protocol';
import { deployable, type ExecutableElement, type ExecutableProcess } from '../../bpmn/index.ts';
import { keyPart, numberPart, textPart, type ValueCodec } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { inTenant } from './in-tenant.ts';
import { countValue, keyValue, textValue } from './value-codecs.ts';

/** What is known of all versions of one process id. */
export interface ProcessVersions {
  /** Highest version ever given; never given again, also when it is deleted (observed.md 3). */
  readonly highest: number;
  /** Latest version that is not deleted; 0 when all are. */
  readonly latest: number;
}

const processCodec: ValueCodec<ProcessValue> = {
  write: (out, value) => {
    out.u8(1);
    out.string(value.bpmnProcessId);
    out.int(value.version);
    out.key(value.processDefinitionKey);
    out.string(value.resourceName);
    out.blob(value.checksum);
    out.key(value.deploymentKey);
    out.string(value.versionTag);
    out.string(value.tenantId);
    out.blob(value.resource);
  },
  read: (from) => {
    from.u8();
    return {
      bpmnProcessId: from.string(),
      version: from.int(),
      processDefinitionKey: from.key(),
      resourceName: from.string(),
      checksum: from.blob().slice(),
      duplicate: false,
      deploymentKey: from.key(),
      versionTag: from.string(),
      tenantId: from.string(),
      resource: from.blob().slice(),
    };
  },
};

const versionsCodec: ValueCodec<ProcessVersions> = {
  write: (out, value) => {
    out.u8(1);
    out.varint(value.highest);
    out.varint(value.latest);
  },
  read: (from) => {
    from.u8();
    return { highest: from.varint(), latest: from.varint() };
  },
};

const CACHE_ENTRIES = 1000;

/** Versions that are looked through for a tag that is not in its index. */
const UNTAGGED_MAX = 100;

export class ProcessState {
  readonly #byKey: PointFamily<Key, ProcessValue>;
  readonly #versions: PointFamily<string, ProcessVersions>;
  readonly #byVersion: RangeFamily<string, number, Key>;
  readonly #byTag: RangeFamily<string, string, Key>;
  readonly #running: PointFamily<Key, number>;
  readonly #history: PointFamily<Key, string>;
  readonly #graphs = new Map<Key, ExecutableProcess>();

  constructor(db: StateDb) {
    this.#byKey = db.point({
      number: FAMILY.processByKey,
      name: 'process-by-key',
      key: keyPart,
      value: processCodec,
    });
    this.#versions = db.point({
      number: FAMILY.processVersions,
      name: 'process-versions',
      key: textPart,
      value: versionsCodec,
    });
    this.#byVersion = db.range({
      number: FAMILY.processByVersion,
      name: 'process-by-version',
      prefix: textPart,
      suffix: numberPart,
      value: keyValue,
    });
    this.#history = db.point({
      number: FAMILY.historyTimeToLive,
      name: 'history-time-to-live',
      key: keyPart,
      value: textValue,
    });
    this.#byTag = db.range({
      number: FAMILY.processByTag,
      name: 'process-by-tag',
      prefix: textPart,
      suffix: textPart,
      value: keyValue,
    });
    this.#running = db.point({
      number: FAMILY.runningInstances,
      name: 'running-instances',
      key: keyPart,
      value: countValue,
    });
  }

  byKey(key: Key): ProcessValue | undefined {
    return this.#byKey.get(key);
  }

  latest(bpmnProcessId: string, tenantId: string): ProcessValue | undefined {
    const latest = this.#versions.get(inTenant(bpmnProcessId, tenantId))?.latest ?? 0;
    return latest === 0 ? undefined : this.byVersion(bpmnProcessId, latest, tenantId);
  }

  /** The version deployed last, unless it was deleted: what a new deployment is compared with (observed.md 3). */
  newest(bpmnProcessId: string, tenantId: string): ProcessValue | undefined {
    const versions = this.#versions.get(inTenant(bpmnProcessId, tenantId));
    return versions !== undefined && versions.latest === versions.highest
      ? this.byVersion(bpmnProcessId, versions.highest, tenantId)
      : undefined;
  }

  byVersion(bpmnProcessId: string, version: number, tenantId: string): ProcessValue | undefined {
    return this.#of(this.#byVersion.get(inTenant(bpmnProcessId, tenantId), version));
  }

  /** The version that came with the deployment: later versions came with later deployments. */
  byDeployment(
    bpmnProcessId: string,
    deploymentKey: Key,
    tenantId: string,
  ): ProcessValue | undefined {
    const id = inTenant(bpmnProcessId, tenantId);
    let low = 1;
    let high = this.#versions.get(id)?.latest ?? 0;
    while (low <= high) {
      const middle = Math.floor((low + high) / 2);
      let version = middle;
      while (version > low && !this.#byVersion.has(id, version)) version--;
      const process = this.#of(this.#byVersion.get(id, version));
      if (process?.deploymentKey === deploymentKey) return process;
      if (process === undefined || process.deploymentKey < deploymentKey) low = middle + 1;
      else high = version - 1;
    }
    return undefined;
  }

  /** The newest version with the tag. */
  byTag(bpmnProcessId: string, versionTag: string, tenantId: string): ProcessValue | undefined {
    const id = inTenant(bpmnProcessId, tenantId);
    const known = this.#of(this.#byTag.get(id, versionTag));
    if (known !== undefined) return known;
    // It may have been deployed before tags were kept, or a newer one with its tag was deleted.
    const latest = this.#versions.get(id)?.latest ?? 0;
    for (let version = latest; version > Math.max(0, latest - UNTAGGED_MAX); version--) {
      const process = this.#of(this.#byVersion.get(id, version));
      if (process?.versionTag === versionTag) return process;
    }
    return undefined;
  }

  #of(key: Key | undefined): ProcessValue | undefined {
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  /** The version that a new deployment of this id gets. */
  nextVersion(bpmnProcessId: string, tenantId: string): number {
    return (this.#versions.get(inTenant(bpmnProcessId, tenantId))?.highest ?? 0) + 1;
  }

  /** How long the history of finished instances is worth keeping, ISO 8601; undefined when the model did not say. */
  historyTimeToLive(key: Key): string | undefined {
    return this.#history.get(key);
  }

  runningInstances(key: Key): number {
    return this.#running.get(key) ?? 0;
  }

  /** The executable graph of a definition, which must be deployed here. */
  graph(key: Key): ExecutableProcess {
    const graph = this.readableGraph(key);
    if (graph === undefined) throw new Error(`process definition ${key} cannot be read any more`);
    return graph;
  }

  /** The graph of a definition that is deployed here; undefined when it cannot be read any more. */
  readableGraph(key: Key): ExecutableProcess | undefined {
    const known = this.#graphs.get(key);
    if (known !== undefined) return known;
    const process = this.#byKey.get(key);
    if (process === undefined) throw new Error(`process definition ${key} is not in the state`);
    const result = deployable(process.resourceName, process.resource);
    const graph = result.ok
      ? result.processes.find((each) => each.bpmnProcessId === process.bpmnProcessId)
      : undefined;
    if (graph === undefined) return undefined;
    if (this.#graphs.size >= CACHE_ENTRIES)
      this.#graphs.delete(this.#graphs.keys().next().value as Key);
    this.#graphs.set(key, graph);
    return graph;
  }

  /** The element of a definition; the process itself by its process id. */
  element(definitionKey: Key, elementId: string): ExecutableElement {
    const element = this.graph(definitionKey).elements.get(elementId);
    if (element === undefined)
      throw new Error(`process definition ${definitionKey} has no element '${elementId}'`);
    return element;
  }

  /** The element that a record is about: a multi-instance body and its activity have one id (graph.ts). */
  elementOf(value: ProcessInstanceValue): ExecutableElement {
    const element = this.element(value.processDefinitionKey, value.elementId);
    const inner = element.innerActivity;
    return inner === undefined || value.bpmnElementType === 'MULTI_INSTANCE_BODY' ? element : inner;
  }

  /** Forgets compiled graphs: after a rejected deployment or a dropped turn they may be of versions that are not there. */
  forgetGraphs(): void {
    this.#graphs.clear();
  }

  // Changes, for appliers only.

  create(value: ProcessValue): void {
    const id = inTenant(value.bpmnProcessId, value.tenantId);
    this.#byKey.insert(value.processDefinitionKey, value);
    this.#byVersion.upsert(id, value.version, value.processDefinitionKey);
    if (value.versionTag !== '')
      this.#byTag.upsert(id, value.versionTag, value.processDefinitionKey);
    const known = this.#versions.get(id);
    this.#versions.upsert(id, {
      highest: Math.max(known?.highest ?? 0, value.version),
      latest: Math.max(known?.latest ?? 0, value.version),
    });
  }

  keepHistory(key: Key, timeToLive: string): void {
    this.#history.upsert(key, timeToLive);
  }

  remove(value: ProcessValue): void {
    const id = inTenant(value.bpmnProcessId, value.tenantId);
    this.#byKey.delete(value.processDefinitionKey);
    this.#byVersion.delete(id, value.version);
    if (this.#byTag.get(id, value.versionTag) === value.processDefinitionKey) {
      this.#byTag.delete(id, value.versionTag);
    }
    this.#running.deleteIfPresent(value.processDefinitionKey);
    this.#history.deleteIfPresent(value.processDefinitionKey);
    this.#graphs.delete(value.processDefinitionKey);
    const known = this.#versions.get(id);
    if (known === undefined) return;
    let latest = known.latest;
    if (latest === value.version) {
      do latest--;
      while (latest > 0 && !this.#byVersion.has(id, latest));
    }
    this.#versions.update(id, { highest: known.highest, latest });
  }

  instanceStarted(definitionKey: Key): void {
    this.#running.upsert(definitionKey, this.runningInstances(definitionKey) + 1);
  }

  instanceEnded(definitionKey: Key): void {
    const running = this.runningInstances(definitionKey);
    if (running > 0) this.#running.upsert(definitionKey, running - 1);
  }
}
