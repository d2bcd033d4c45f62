// The closed loop over gRPC: so many creations in flight, jobs by a stream, client and broker on the same cores.
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { GrpcLoad } from '../grpc-load.ts';
import { oneTaskModel, VARIABLES } from '../one-task-model.ts';
import { quantile, type Scenario } from '../scenario.ts';

const IN_FLIGHT = 64;

export const oneTask: Scenario = async ({ isSmoke }) => {
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  await client.deploy('bench.bpmn', oneTaskModel('bench', 'job-1'));
  let completed = 0;
  let isMeasuring = false;
  const latencies: number[] = [];
  client.stream('job-1', (key) => {
    client.complete(key, '{"done":true}').then(() => {
      if (isMeasuring) completed++;
    });
  });
  const warmUpMs = isSmoke ? 300 : 8_000;
  const measureMs = isSmoke ? 700 : 15_000;
  const end = performance.now() + warmUpMs + measureMs;
  const creator = async () => {
    while (performance.now() < end) {
      const begin = performance.now();
      await client.create('bench', VARIABLES);
      if (isMeasuring) latencies.push(performance.now() - begin);
    }
  };
  const creators = Promise.all(Array.from({ length: IN_FLIGHT }, creator));
  await new Promise((resolve) => setTimeout(resolve, warmUpMs));
  isMeasuring = true;
  const begin = performance.now();
  await new Promise((resolve) => setTimeout(resolve, measureMs));
  isMeasuring = false;
  const seconds = (performance.now() - begin) / 1000;
  const { memoryMb } = broker;
  await creators;
  client.close();
  await broker.remove();
  const sorted = latencies.sort((a, b) => a - b);
  return {
    instancesPerSecond: Math.round(completed / seconds),
    createP50Ms: Math.round(quantile(sorted, 0.5) * 100) / 100,
    createP99Ms: Math.round(quantile(sorted, 0.99) * 100) / 100,
    rssAnonMb: memoryMb,
    inFlight: IN_FLIGHT,
  };
};
