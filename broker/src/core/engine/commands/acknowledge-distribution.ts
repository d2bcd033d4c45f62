// COMMAND_DISTRIBUTION.ACKNOWLEDGE: one partition has done a distributed command (engine-semantics.md M).
import { type CommandDistributionValue, keyText } from '@millrace/protocol';
import type { Processor } from '../context.ts';
import { partitionCountOf, sendUnblocked, underWay } from '../steps/distribution.ts';

export const acknowledgeDistribution: Processor<'COMMAND_DISTRIBUTION'> = (c, command) => {
  const target = command.value.partitionId;
  const { distributions, open } = c.state.distributions;
  const value = distributions.get(command.key);
  if (value === undefined || !open.has(target, command.key)) {
    return c.out.reject(
      command,
      'NOT_FOUND',
      `Expected to find pending distribution with key ${keyText(command.key)} for partition ${target}, but there is none`,
    );
  }
  const done: CommandDistributionValue = {
    partitionId: target,
    queueId: value.queueId,
    valueType: value.valueType,
    intent: value.intent,
    commandValue: undefined,
  };
  const before = underWay(c, target);
  c.out.event('COMMAND_DISTRIBUTION', 'ACKNOWLEDGED', command.key, done);
  let isFinished = true;
  for (let partition = 1; partition <= partitionCountOf(c); partition++) {
    if (open.has(partition, command.key)) isFinished = false;
  }
  if (isFinished) c.out.event('COMMAND_DISTRIBUTION', 'FINISHED', command.key, done);
  sendUnblocked(c, target, before);
};
