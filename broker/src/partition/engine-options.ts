// What a partition tells its engine of itself.
import type { EngineOptions } from '../core/engine/context.ts';
import { md5 } from './md5.ts';
import type { PartitionOptions } from './partition-options.ts';

export function engineOptions(options: PartitionOptions, random: () => number): EngineOptions {
  return {
    partitionId: options.partitionId,
    partitionCount: options.partitionCount,
    messagePartitionCount: options.messagePartitionCount,
    commandsInBatchMax: options.commandsInBatchMax,
    checksum: md5,
    random,
  };
}
