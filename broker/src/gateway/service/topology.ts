// Topology: the gateway's own view of the cluster, never a question to a partition. Brokers by number, partitions by number;
// the reference lists brokers in no order and shows those alone that it can reach.
import { topologyAnswer } from '../wire/answers.ts';
import type { Service } from './service.ts';

export async function topology(service: Service): Promise<Uint8Array> {
  const { options, partitions } = service;
  const { view } = partitions;
  const brokers = view
    .brokers()
    .map((broker) => ({
      ...broker,
      partitions: broker.partitions.toSorted((a, b) => a.partitionId - b.partitionId),
    }))
    .sort((a, b) => a.nodeId - b.nodeId);
  const isKnown = brokers.length > 0;
  return topologyAnswer({
    brokers,
    clusterSize: isKnown ? view.clusterSize : 0,
    partitionsCount: isKnown ? view.partitionsCount : 0,
    replicationFactor: isKnown ? view.replicationFactor : 0,
    gatewayVersion: options.version,
  });
}
