// The gateway's end of one partition, wherever that partition runs.
import type { FromPartition, ToPartition } from '../../partition/messages.ts';

export interface PartitionPort {
  readonly partitionId: number;
  send(message: ToPartition): void;
  onMessage(listener: (message: FromPartition) => void): void;
}
