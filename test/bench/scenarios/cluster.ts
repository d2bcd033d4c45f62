// Three brokers, three partitions, three replicas, all on this machine: the closed loop through all three gateways.
import { ClosedLoop, IN_FLIGHT } from '../closed-loop.ts';
import { ClusterUnderBench } from '../cluster-under-bench.ts';
import { quantile, type Scenario } from '../scenario.ts';

export const cluster: Scenario = async ({ isSmoke }) => {
  const brokers = new ClusterUnderBench();
  await brokers.start();
  const clients = await Promise.all([0, 1, 2].map((nodeId) => brokers.connect(nodeId)));
  const [first, ...others] = clients;
  if (first === undefined) throw new Error('there is no gateway');
  const loop = await ClosedLoop.prepare(first, ...others);
  let memoryMb: number[] = [];
  const figures = await loop.measure(isSmoke ? 300 : 8_000, isSmoke ? 700 : 15_000, () => {
    memoryMb = brokers.memoryMb();
  });
  for (const client of clients) client.close();
  await brokers.remove();
  return {
    instancesPerSecond: Math.round(figures.completedPerSecond),
    createP50Ms: Math.round(quantile(figures.latencies, 0.5) * 100) / 100,
    createP99Ms: Math.round(quantile(figures.latencies, 0.99) * 100) / 100,
    rssAnonMbMost: Math.max(...memoryMb),
    inFlight: IN_FLIGHT,
  };
};
