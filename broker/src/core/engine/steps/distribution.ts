// Commands to all other partitions: at least once, acknowledged, in order within a partition (engine-semantics.md M).
//
// Deployments reach a partition one after the other, and a deletion after the deployment that it deletes. A deletion may
// have to wait there until instances end: what follows it does not wait for that.
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

/** Commands that are under way to one partition at once. */
const UNDER_WAY_MAX = 100;

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

/** A command as it travels to another partition. */
export function commandRecord(
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
  const { partitionId } = c.options;
  const targets: number[] = [];
  for (let target = 1; target <= partitionCountOf(c); target++)
    if (target !== partitionId) targets.push(target);
  distributeTo(targets, c, key, queueId, valueType, intent, commandValue);
}

/** Partitions that definitions go to. */
export function partitionCountOf(c: Context): number {
  return Math.max(c.options.partitionCount, c.state.distributions.partitionCount);
}

export function distributeTo<T extends ValueType>(
  targets: readonly number[],
  c: Context,
  key: Key,
  queueId: string,
  valueType: T,
  intent: Intent<T>,
  commandValue: Values[T],
): void {
  if (targets.length === 0) return;
  const { partitionId } = c.options;
  const base = { queueId, valueType, intent: intent as string, commandValue };
  c.out.event('COMMAND_DISTRIBUTION', 'STARTED', key, { partitionId, ...base });
  for (const target of targets) {
    const value: CommandDistributionValue = { partitionId: target, ...base };
    if (isBlocked(c, underWay(c, target))) {
      c.out.event('COMMAND_DISTRIBUTION', 'ENQUEUED', key, { ...value, commandValue: undefined });
    } else send(c, key, value);
  }
}

/** The command goes to the partition, now and until that has acknowledged it. */
function send(c: Context, key: Key, value: CommandDistributionValue): void {
  // What is sent stands in STARTED; to repeat it for each partition could make the batch too large.
  c.out.event('COMMAND_DISTRIBUTION', 'DISTRIBUTING', key, { ...value, commandValue: undefined });
  const { partitionId } = value;
  c.out.turn.effects.push({ kind: 'send', partitionId, record: travelling(c, key, value) });
}

const canWait = (c: Context, key: Key) =>
  c.state.distributions.distributions.get(key)?.valueType === 'RESOURCE_DELETION';

function isBlocked(c: Context, sent: readonly Key[]): boolean {
  return sent.length >= UNDER_WAY_MAX || sent.some((key) => !canWait(c, key));
}

/** Keys of what may be under way to a partition, oldest first. @throws RangeNotLoaded */
export function underWay(c: Context, target: number): Key[] {
  const sent: Key[] = [];
  const waiting = c.state.distributions.open.scan(target, { limit: UNDER_WAY_MAX });
  for (const { suffix } of waiting) {
    sent.push(suffix);
    if (!canWait(c, suffix)) break;
  }
  return sent;
}

/** Sends what was blocked until now. @param before what was under way */
export function sendUnblocked(c: Context, target: number, before: readonly Key[]): void {
  for (const key of underWay(c, target)) {
    const value = c.state.distributions.distributions.get(key);
    if (value !== undefined && !before.includes(key))
      send(c, key, { ...value, partitionId: target });
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
  for (let target = 1; target <= partitionCountOf(c); target++) {
    for (const key of underWay(c, target)) {
      const value = c.state.distributions.distributions.get(key);
      if (value !== undefined)
        open.push({ partitionId: target, record: travelling(c, key, value) });
    }
  }
  return open;
}
