// What the management server shows and does, as functions that the process behind it gives.
// Guarantees: nothing by itself. A hook that is not given is answered with 501 and where to ask instead; one that fails with a
// BadRequest with 400, with any other error with 500.
// Leaves to others: HTTP (management.ts, routes/).
import type { SuspensionScope } from '@millrace/protocol';
import type {
  ClusterAnswer,
  ClusterConfiguration,
  ClusterRequest,
} from '../cluster/configuration/index.ts';
import type { PartitionStatus } from '../partition/messages.ts';

export interface ClockControl {
  /** ms since the epoch */
  now(): number;
  pin(epochMs: number): void | Promise<void>;
  /** Moves the clock, pinned or not, by so many ms. */
  add(offsetMs: number): void | Promise<void>;
  reset(): void | Promise<void>;
}

export interface JobStreamEntry {
  readonly id: number;
  readonly jobType: string;
  readonly worker: string;
  readonly timeout: number;
  readonly fetchVariables: readonly string[];
  readonly tenantIds: readonly string[];
}

export interface ExporterEntry {
  readonly exporterId: string;
  readonly status: 'ENABLED' | 'DISABLED';
}

/** The cluster's configuration and its changes; a ClusterConfigurationKeeper is one. */
export interface ClusterAccess {
  /** Undefined until the process has found it. */
  current(): ClusterConfiguration | undefined;
  /** Never rejects. */
  request(request: ClusterRequest): Promise<ClusterAnswer>;
}

/** Hold back the work of something, or go on with it. */
export interface SuspensionOrder {
  readonly intent: 'SUSPEND' | 'RESUME';
  readonly scope: SuspensionScope;
  /** Of the instance or definition, as clients know it; 0 for a job type. */
  readonly key: bigint;
  /** '' unless it is about a job type. */
  readonly jobType: string;
  readonly tenantId: string;
}

export interface ManagementHooks {
  /** All partitions have been started. */
  started(): boolean;
  /** Every partition has once been ready; never goes back. */
  ready(): boolean;
  /** Empty when all is well, else one text for each fault. */
  faults(): readonly string[];
  metricsText(): Promise<string>;
  readonly metricsContentType: string;
  /** Undefined: the clock is not controlled, and asking for it is a 403. */
  readonly clock: ClockControl | undefined;
  jobStreams(): readonly JobStreamEntry[];
  partitions(): readonly PartitionStatus[];
  exporterPhase(): 'EXPORTING' | 'PAUSED' | 'SOFT_PAUSED';
  setExporting(phase: 'exporting' | 'paused' | 'soft-paused'): void | Promise<void>;
  exporters(): readonly ExporterEntry[];
  /** Begins a checkpoint of every partition. */
  takeCheckpoint(): void | Promise<void>;
  readonly cluster?: ClusterAccess | undefined;
  /**
   * The partitions of this broker take no commands and follow no due dates until they are resumed. Resolves when all do so,
   * and `partitions` shows it.
   */
  setProcessing?: ((phase: 'processing' | 'paused') => void | Promise<void>) | undefined;
  /** Asks the leaders of the whole cluster to hand over to the replicas of the highest priority. Does not wait for it. */
  rebalance?: (() => void | Promise<void>) | undefined;
  /**
   * Bans a process instance, on whatever broker its partition is led. Resolves when that is committed; rejects with what
   * is wrong.
   */
  ban?: ((processInstanceKey: bigint) => Promise<void>) | undefined;
  /** Suspends or resumes something in the whole cluster. Resolves when that is committed; rejects with what is wrong. */
  suspend?: ((order: SuspensionOrder) => Promise<void>) | undefined;
}
