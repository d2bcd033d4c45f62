// Commands on their way to other partitions.
import type { Applier } from '../applier.ts';

/** Of deployments that come more than once the first counts, also when what it brought was deleted since. */
export const deploymentCreated: Applier<'DEPLOYMENT'> = (record, state) =>
  state.distributions.takeDeployment(record.key);

/** The cluster grows: what is deployed from now on goes to the new partitions too. */
export const scalingUp: Applier<'SCALE'> = (record, state) =>
  state.distributions.setPartitionCount(record.value.desiredPartitionCount);

type DistributionApplier = Applier<'COMMAND_DISTRIBUTION'>;

export const distributionStarted: DistributionApplier = (record, state) =>
  state.distributions.distributions.insertFresh(record.key, record.value);

/** Open for a partition, whether it is sent now or waits for the one before it. */
export const distributionOpened: DistributionApplier = (record, state) =>
  state.distributions.open.upsert(record.value.partitionId, record.key, true);

export const distributionAcknowledged: DistributionApplier = (record, state) =>
  state.distributions.open.delete(record.value.partitionId, record.key);

export const distributionFinished: DistributionApplier = (record, state) =>
  state.distributions.distributions.delete(record.key);
