// Deployed forms: every version, the latest of each id, and what bindings look for (engine-semantics.md D, E.2).
import type { FormValue, Key } from '@millrace/protocol';
import { keyPart, numberPart, textPart } from '../../state/families.ts';
import type { PointFamily } from '../../state/point-family.ts';
import type { RangeFamily } from '../../state/range-family.ts';
import type { StateDb } from '../../state/state-db.ts';
import { FAMILY } from './families.ts';
import { inTenant } from './in-tenant.ts';
import { countValue, keyValue } from './value-codecs.ts';

export class FormState {
  readonly #byKey: PointFamily<Key, FormValue>;
  readonly #latest: PointFamily<string, number>;
  readonly #byVersion: RangeFamily<string, number, Key>;
  readonly #byDeployment: RangeFamily<string, Key, Key>;
  readonly #byTag: RangeFamily<string, string, Key>;

  constructor(db: StateDb) {
    this.#byKey = db.point({
      number: FAMILY.formByKey,
      name: 'form-by-key',
      key: keyPart,
      value: {
        write: (out, value) => {
          out.u8(1);
          out.string(value.formId);
          out.int(value.version);
          out.key(value.formKey);
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
            formId: from.string(),
            version: from.int(),
            formKey: from.key(),
            resourceName: from.string(),
            checksum: from.blob().slice(),
            duplicate: false,
            deploymentKey: from.key(),
            versionTag: from.string(),
            tenantId: from.string(),
            resource: from.blob().slice(),
          };
        },
      },
    });
    this.#latest = db.point({
      number: FAMILY.formLatest,
      name: 'form-latest',
      key: textPart,
      value: countValue,
    });
    this.#byVersion = db.range({
      number: FAMILY.formByVersion,
      name: 'form-by-version',
      prefix: textPart,
      suffix: numberPart,
      value: keyValue,
    });
    this.#byDeployment = db.range({
      number: FAMILY.formByDeployment,
      name: 'form-by-deployment',
      prefix: textPart,
      suffix: keyPart,
      value: keyValue,
    });
    this.#byTag = db.range({
      number: FAMILY.formByTag,
      name: 'form-by-tag',
      prefix: textPart,
      suffix: textPart,
      value: keyValue,
    });
  }

  byKey(key: Key): FormValue | undefined {
    return this.#byKey.get(key);
  }

  latest(formId: string, tenantId: string): FormValue | undefined {
    const id = inTenant(formId, tenantId);
    const latest = this.#latest.get(id) ?? 0;
    return latest === 0 ? undefined : this.#of(this.#byVersion.get(id, latest));
  }

  /** The form of that id that came with the deployment. */
  byDeployment(formId: string, deploymentKey: Key, tenantId: string): FormValue | undefined {
    return this.#of(this.#byDeployment.get(inTenant(formId, tenantId), deploymentKey));
  }

  /** The newest form of that id that was deployed with the tag. */
  byTag(formId: string, versionTag: string, tenantId: string): FormValue | undefined {
    return this.#of(this.#byTag.get(inTenant(formId, tenantId), versionTag));
  }

  /** The version that a new deployment of this id gets: numbers of deleted ones are used again (observed.md 3). */
  nextVersion(formId: string, tenantId: string): number {
    return (this.#latest.get(inTenant(formId, tenantId)) ?? 0) + 1;
  }

  #of(key: Key | undefined): FormValue | undefined {
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  // Changes, for appliers only.

  create(value: FormValue): void {
    const id = inTenant(value.formId, value.tenantId);
    this.#byKey.insert(value.formKey, value);
    this.#byVersion.upsert(id, value.version, value.formKey);
    this.#byDeployment.upsert(id, value.deploymentKey, value.formKey);
    if (value.versionTag !== '') this.#byTag.upsert(id, value.versionTag, value.formKey);
    this.#latest.upsert(id, Math.max(this.#latest.get(id) ?? 0, value.version));
  }

  remove(value: FormValue): void {
    const id = inTenant(value.formId, value.tenantId);
    this.#byKey.delete(value.formKey);
    this.#byVersion.delete(id, value.version);
    this.#byDeployment.deleteIfPresent(id, value.deploymentKey);
    if (this.#byTag.get(id, value.versionTag) === value.formKey) {
      this.#byTag.delete(id, value.versionTag);
    }
    let latest = this.#latest.get(id) ?? 0;
    while (latest > 0 && !this.#byVersion.has(id, latest)) latest--;
    this.#latest.upsert(id, latest);
  }
}
