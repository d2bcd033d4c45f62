// Topology: the gateway's own view, never a question to a partition.
import { topologyAnswer } from '../wire/answers.ts';
import type { Service } from './service.ts';

export async function topology(service: Service): Promise<Uint8Array> {
  const { options, partitions } = service;
  const view = partitions.topology();
  return topologyAnswer({
    brokers: [
      {
        nodeId: options.nodeId,
        host: options.advertisedHost,
        port: options.commandPort,
        version: options.version,
        partitions: view,
      },
    ],
    clusterSize: options.clusterSize,
    partitionsCount: view.length,
    replicationFactor: options.replicationFactor,
    gatewayVersion: options.version,
  });
}
