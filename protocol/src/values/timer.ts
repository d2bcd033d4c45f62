// TIMER: a moment that an element waits for, or at which instances start.
import type { Key } from '../keys.ts';
import { int, key, name, type Schema } from '../schema.ts';

export interface TimerValue {
  /** NO_KEY for the start event of a process. */
  readonly elementInstanceKey: Key;
  readonly processInstanceKey: Key;
  readonly processDefinitionKey: Key;
  /** ms since the epoch */
  readonly dueDate: number;
  readonly targetElementId: string;
  /** Firings that are left, this one included; -1: without end. */
  readonly repetitions: number;
  readonly tenantId: string;
}

export const timerSchema: Schema<TimerValue> = {
  elementInstanceKey: key,
  processInstanceKey: key,
  processDefinitionKey: key,
  dueDate: int,
  targetElementId: name,
  repetitions: int,
  tenantId: name,
};
