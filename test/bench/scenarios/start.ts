// From spawning node to the first answered call, on a second start; and the memory of an idle broker.
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { quantile, type Scenario } from '../scenario.ts';

const IDLE_MS = 3_000;

export const start: Scenario = async ({ isSmoke }) => {
  const broker = new BrokerUnderBench();
  await broker.start();
  await broker.stop();
  const times: number[] = [];
  for (let i = 0; i < (isSmoke ? 1 : 5); i++) {
    times.push(await broker.start());
    if (i === 0) await new Promise((resolve) => setTimeout(resolve, isSmoke ? 0 : IDLE_MS));
    if (i < (isSmoke ? 0 : 4)) await broker.stop();
  }
  const { memoryMb } = broker;
  await broker.remove();
  return {
    startMs: Math.round(
      quantile(
        times.sort((a, b) => a - b),
        0.5,
      ),
    ),
    idleRssAnonMb: memoryMb,
  };
};
