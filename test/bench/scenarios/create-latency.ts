// An open loop of 100 creations a second over gRPC: how long each takes.
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { GrpcLoad } from '../grpc-load.ts';
import { oneTaskModel, VARIABLES } from '../one-task-model.ts';
import { quantile, type Scenario } from '../scenario.ts';

const PER_SECOND = 100;

export const createLatency: Scenario = async ({ isSmoke }) => {
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  await client.deploy('bench.bpmn', oneTaskModel('bench', 'job-1'));
  const completions: Promise<void>[] = [];
  client.stream('job-1', (key) => {
    completions.push(client.complete(key, '{"done":true}'));
  });
  const latencies: number[] = [];
  const count = isSmoke ? 50 : 1_500;
  const warmUp = isSmoke ? 0 : 500;
  const calls: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < count; i++) {
    const due = begin + (i * 1000) / PER_SECOND;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const sent = performance.now();
    calls.push(
      client.create('bench', VARIABLES).then(() => {
        if (i >= warmUp) latencies.push(performance.now() - sent);
      }),
    );
  }
  await Promise.all(calls);
  while (completions.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
  await Promise.all(completions);
  client.close();
  await broker.remove();
  const sorted = latencies.sort((a, b) => a - b);
  const round = (ms: number) => Math.round(ms * 100) / 100;
  return {
    createP50Ms: round(quantile(sorted, 0.5)),
    createP99Ms: round(quantile(sorted, 0.99)),
    createMaxMs: round(sorted.at(-1) ?? 0),
    perSecond: PER_SECOND,
  };
};
