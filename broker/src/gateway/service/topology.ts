// Topology: the gateway's own view of the cluster, never a question to a partition.
import { topologyAnswer } from '../wire/answers.ts';
import type { Service } from './service.ts';

export async function topology(service: Service): Promise<Uint8Array> {
  const { options, partitions } = service;
  const { view } = partitions;
  const brokers = view.brokers();
  const isKnown = brokers.length > 0;
  return topologyAnswer({
    brokers,
    clusterSize: isKnown ? view.clusterSize : 0,
    partitionsCount: isKnown ? view.partitionsCount : 0,
    replicationFactor: isKnown ? view.replicationFactor : 0,
    gatewayVersion: options.version,
  });
}
