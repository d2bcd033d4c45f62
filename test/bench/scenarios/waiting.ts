// A million instances that wait: what they cost in memory and in the speed of others (another model and job type).
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { ClosedLoop } from '../closed-loop.ts';
import { GrpcLoad } from '../grpc-load.ts';
import { oneTaskModel, VARIABLES } from '../one-task-model.ts';
import type { Scenario } from '../scenario.ts';

const FILLERS = 128;

export const waiting: Scenario = async ({ isSmoke }) => {
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  const loop = await ClosedLoop.prepare(client);
  const measureMs = isSmoke ? 500 : 10_000;
  const empty = await loop.measure(measureMs / 2, measureMs);
  const count = isSmoke ? 2_000 : 1_000_000;
  const { seconds, mostMb } = await fill(client, broker, count);
  const full = await loop.measure(measureMs / 2, measureMs);
  const { memoryMb } = broker;
  client.close();
  await broker.remove();
  return {
    waiting: count,
    rssAnonMb: memoryMb,
    rssAnonMostMb: mostMb,
    emptyPerSecond: Math.round(empty.completedPerSecond),
    fullPerSecond: Math.round(full.completedPerSecond),
    share: Math.round((full.completedPerSecond / empty.completedPerSecond) * 1000) / 1000,
    filledPerSecond: Math.round(count / seconds),
  };
};

async function fill(client: GrpcLoad, broker: BrokerUnderBench, count: number) {
  await client.deploy('parked.bpmn', oneTaskModel('parked', 'parking'));
  let left = count;
  let mostMb = 0;
  const begin = performance.now();
  const creator = async () => {
    while (left-- > 0) {
      await client.create('parked', VARIABLES);
      if (left % 5_000 === 0) mostMb = Math.max(mostMb, broker.memoryMb);
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, creator));
  return { seconds: (performance.now() - begin) / 1000, mostMb };
}
