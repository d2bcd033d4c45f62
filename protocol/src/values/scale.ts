// SCALE: partitions join a running cluster. A value type of ours: the reference of the protocol's release cannot scale.
import type { Key } from '../keys.ts';
import { int, key, type Schema } from '../schema.ts';

export interface ScaleValue {
  /** Partitions that there will be. */
  readonly desiredPartitionCount: number;
  /** The partition that a definition is brought to; 0 when the value is about the count. */
  readonly partitionId: number;
  /** The definition; NO_KEY when the value is about the count. */
  readonly processDefinitionKey: Key;
}

export const scaleSchema: Schema<ScaleValue> = {
  desiredPartitionCount: int,
  partitionId: int,
  processDefinitionKey: key,
};
