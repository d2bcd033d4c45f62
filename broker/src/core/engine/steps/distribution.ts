// Commands to all other partitions: at least once, acknowledged, in order within a partition (engine-semantics.md M).
//
// For each partition only the oldest open distribution is under way; the next follows its acknowledgement.
import {
  type CommandDistributionValue,
  type Intent,
  type Key,
  LogRecord,
  NO_OPERATION,
  NO_REQUEST,
  partitionOf,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { Context } from '../context.ts';

/** The record that travels: a command with the distribution's key. */
function travelling(c: Context, key: Key, value: CommandDistributionValue): LogRecord {
  return commandRecord(
    c,
    value.valueType,
    value.intent as Intent,
    key,
    value.commandValue as Values[ValueType],
  );
}

function commandRecord(
  c: Context,
  valueType: ValueType,
  intent: Intent,
  key: Key,
  value: Values[ValueType],
): LogRecord {
  return new LogRecord(
    'COMMAND',
    valueType,
    intent,
    key,
    value,
    0,
    -1,
    c.now,
    undefined,
    '',
    NO_REQUEST,
    NO_OPERATION,
    true,
  );
}

export function distribute<T extends ValueType>(
  c: Context,
  key: Key,
  queueId: string,
  valueType: T,
  intent: Intent<T>,
  commandValue: Values[T],
): void {
  const { partitionId, partitionCount } = c.options;
  if (partitionCount === 1) return;
  const base = { queueId, valueType, intent: intent as string, commandValue };
  c.out.event('COMMAND_DISTRIBUTION', 'STARTED', key, { partitionId, ...base });
  for (let target = 1; target <= partitionCount; target++) {
    if (target === partitionId) continue;
    const value: CommandDistributionValue = { partitionId: target, ...base };
    const isNext = c.state.distributions.open.isEmpty(target);
    c.out.event('COMMAND_DISTRIBUTION', isNext ? 'DISTRIBUTING' : 'ENQUEUED', key, value);
    if (isNext)
      c.out.turn.effects.push({
        kind: 'send',
        partitionId: target,
        record: travelling(c, key, value),
      });
  }
}

/** Tells the partition that made the key that its command has done its work here. */
export function acknowledge(c: Context, key: Key, valueType: ValueType, intent: string): void {
  const value: CommandDistributionValue = {
    partitionId: c.options.partitionId,
    queueId: '',
    valueType,
    intent,
    commandValue: undefined,
  };
  c.out.turn.effects.push({
    kind: 'send',
    partitionId: partitionOf(key),
    record: commandRecord(c, 'COMMAND_DISTRIBUTION', 'ACKNOWLEDGE', key, value),
  });
}

/** What is under way to each partition: sent again until acknowledged. @throws RangeNotLoaded */
export function openDistributions(c: Context): { partitionId: number; record: LogRecord }[] {
  const open: { partitionId: number; record: LogRecord }[] = [];
  for (let target = 1; target <= c.options.partitionCount; target++) {
    const key = c.state.distributions.open.first(target);
    const value = key === undefined ? undefined : c.state.distributions.distributions.get(key);
    if (key !== undefined && value !== undefined)
      open.push({ partitionId: target, record: travelling(c, key, value) });
  }
  return open;
}
