// SUSPENSION: no new work of an instance, of a definition or of a job type until it is resumed. A value type of ours.
import type { Key } from '../keys.ts';
import { bool, key, list, name, type Schema, word } from '../schema.ts';

export const SUSPENSION_SCOPES = ['PROCESS_INSTANCE', 'PROCESS_DEFINITION', 'JOB_TYPE'] as const;
export type SuspensionScope = (typeof SUSPENSION_SCOPES)[number];

export interface SuspensionValue {
  readonly scope: SuspensionScope;
  /** The instance or the definition; NO_KEY for a job type. */
  readonly targetKey: Key;
  /** '' unless a job type is suspended. */
  readonly jobType: string;
  readonly tenantId: string;
  /** Of HELD and RELEASED: the jobs that were put aside, or come back into their queues. */
  readonly jobKeys: readonly Key[];
  /** The same of timers. */
  readonly timerKeys: readonly Key[];
  /** Of RELEASED: nothing is put aside any more. */
  readonly isLast: boolean;
}

export const suspensionSchema: Schema<SuspensionValue> = {
  scope: word(SUSPENSION_SCOPES),
  targetKey: key,
  jobType: name,
  tenantId: name,
  jobKeys: list(key),
  timerKeys: list(key),
  isLast: bool,
};
