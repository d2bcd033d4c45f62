// The closed loop with one task: throughput, latency and memory of a broker under load.
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { ClosedLoop, IN_FLIGHT } from '../closed-loop.ts';
import { GrpcLoad } from '../grpc-load.ts';
import { quantile, type Scenario } from '../scenario.ts';

export const oneTask: Scenario = async ({ isSmoke }) => {
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  const loop = await ClosedLoop.prepare(client);
  let memoryMb = 0;
  const figures = await loop.measure(isSmoke ? 300 : 8_000, isSmoke ? 700 : 15_000, () => {
    memoryMb = broker.memoryMb;
  });
  client.close();
  await broker.remove();
  return {
    instancesPerSecond: Math.round(figures.completedPerSecond),
    createP50Ms: Math.round(quantile(figures.latencies, 0.5) * 100) / 100,
    createP99Ms: Math.round(quantile(figures.latencies, 0.99) * 100) / 100,
    rssAnonMb: memoryMb,
    inFlight: IN_FLIGHT,
  };
};
