// Three brokers x three partitions x three replicas: 50 creations a second through three gateways.
import { ClusterUnderBench } from '../cluster-under-bench.ts';
import { openLoop } from '../open-loop.ts';
import { quantile, type Scenario } from '../scenario.ts';

const PER_SECOND = 50;

export const clusterLatency: Scenario = async ({ isSmoke }) => {
  const brokers = new ClusterUnderBench();
  await brokers.start();
  const clients = await Promise.all([0, 1, 2].map((nodeId) => brokers.connect(nodeId)));
  const figures = await openLoop(clients, {
    perSecond: PER_SECOND,
    count: isSmoke ? 30 : 1_000,
    warmUp: isSmoke ? 0 : 250,
  });
  for (const client of clients) client.close();
  await brokers.remove();
  const round = (ms: number) => Math.round(ms * 100) / 100;
  return {
    createP50Ms: round(quantile(figures.latencies, 0.5)),
    createP99Ms: round(quantile(figures.latencies, 0.99)),
    failed: figures.failures.length,
    perSecond: PER_SECOND,
  };
};
