// FORM: one version of one form, as it was deployed.
import type { Key } from '../keys.ts';
import { bool, bytes, int, key, name, type Schema } from '../schema.ts';

export interface FormMetadata {
  readonly formId: string;
  readonly version: number;
  readonly formKey: Key;
  readonly resourceName: string;
  /** MD5 of the resource. */
  readonly checksum: Uint8Array;
  readonly duplicate: boolean;
  readonly deploymentKey: Key;
  readonly versionTag: string;
  readonly tenantId: string;
}

export const formMetadataSchema: Schema<FormMetadata> = {
  formId: name,
  version: int,
  formKey: key,
  resourceName: name,
  checksum: bytes,
  duplicate: bool,
  deploymentKey: key,
  versionTag: name,
  tenantId: name,
};

export interface FormValue extends FormMetadata {
  readonly resource: Uint8Array;
}

export const formSchema: Schema<FormValue> = { ...formMetadataSchema, resource: bytes };
