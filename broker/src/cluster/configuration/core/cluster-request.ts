// What an operator may ask of the cluster, and what he is answered.
// Guarantees: plain data, so a request travels to the broker that decides it and the answer travels back.
// Leaves to others: the HTTP form of both (ops/routes/), the plan (planner.ts).
import type {
  ClusterConfiguration,
  MemberId,
  Operation,
  PartitionId,
} from './cluster-configuration.ts';

/** A change of the cluster (broker-operations.md 7.4). */
export type ChangeRequest =
  /** Exactly these brokers, all partitions spread over them. */
  | {
      readonly kind: 'scale';
      readonly brokers: readonly MemberId[];
      readonly replicationFactor?: number | undefined;
    }
  /** Only these brokers remain; the others are gone for good and are not asked. */
  | { readonly kind: 'force-scale'; readonly brokers: readonly MemberId[] }
  | { readonly kind: 'add-broker'; readonly broker: MemberId }
  | { readonly kind: 'remove-broker'; readonly broker: MemberId }
  | {
      readonly kind: 'join-partition';
      readonly broker: MemberId;
      readonly partitionId: PartitionId;
      readonly priority: number;
    }
  | {
      readonly kind: 'leave-partition';
      readonly broker: MemberId;
      readonly partitionId: PartitionId;
    }
  | {
      readonly kind: 'change-priority';
      readonly broker: MemberId;
      readonly partitionId: PartitionId;
      readonly priority: number;
    }
  | PatchRequest;

/** Several changes at once. Either `brokerCount` or `add` and `remove`. */
export interface PatchRequest {
  readonly kind: 'patch';
  readonly add?: readonly MemberId[] | undefined;
  readonly remove?: readonly MemberId[] | undefined;
  /** Brokers 0 up to this one, without it. */
  readonly brokerCount?: number | undefined;
  readonly partitionsCount?: number | undefined;
  readonly replicationFactor?: number | undefined;
  readonly force?: boolean | undefined;
}

export type ClusterRequest =
  | { readonly kind: 'change'; readonly change: ChangeRequest; readonly dryRun: boolean }
  | { readonly kind: 'cancel'; readonly changeId: number };

export type ClusterAnswer =
  /** The change has been decided, or, in a dry run, would be possible. */
  | {
      readonly kind: 'planned';
      /** 0 when nothing has to be done. */
      readonly changeId: number;
      readonly before: ClusterConfiguration;
      readonly operations: readonly Operation[];
      /** When all operations are done. */
      readonly after: ClusterConfiguration;
    }
  | { readonly kind: 'cancelled'; readonly configuration: ClusterConfiguration }
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      /** What is wrong and what to do. */
      readonly message: string;
    };

export type RefusalReason =
  /** The request is wrong. */
  | 'INVALID'
  /** Another change is under way. */
  | 'CONCURRENT'
  /** Too few brokers can be reached; nothing has been started. */
  | 'UNREACHABLE'
  /** There is no answer, in time or ever; the change may have been started. */
  | 'TIMEOUT'
  /** Something failed on the broker that decides. */
  | 'FAILED'
  /** This broker does not know the configuration yet. */
  | 'UNKNOWN';
