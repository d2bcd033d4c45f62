// Three brokers x three partitions x three replicas, 50 creations a second: the leader of partition 1 is killed (kill -9).
import { until } from '../../kit/until.ts';
import { ClusterUnderBench } from '../cluster-under-bench.ts';
import { openLoop } from '../open-loop.ts';
import type { Scenario } from '../scenario.ts';

const PER_SECOND = 50;
const WITHIN_MS = 30_000;

export const failOver: Scenario = async ({ isSmoke }) => {
  const brokers = new ClusterUnderBench();
  await brokers.start();
  const leader = await until(() => brokers.leaderOf(1), {
    within: WITHIN_MS,
    what: 'partition 1 is led',
  });
  const others = [0, 1, 2].filter((nodeId) => nodeId !== leader);
  const clients = await Promise.all(others.map((nodeId) => brokers.connect(nodeId)));
  let ledAgainMs = Number.NaN;
  let watching: Promise<unknown> = Promise.resolve();
  const act = () => {
    const killed = performance.now();
    brokers.kill(leader);
    watching = until(() => brokers.leaderOf(1), {
      within: WITHIN_MS,
      what: 'it is led again',
    }).then(() => {
      ledAgainMs = performance.now() - killed;
    });
  };
  const figures = await openLoop(clients, {
    perSecond: PER_SECOND,
    count: isSmoke ? 100 : 600,
    warmUp: isSmoke ? 20 : 150,
    at: { count: isSmoke ? 50 : 300, act },
  });
  await watching;
  for (const client of clients) client.close();
  await brokers.remove();
  return {
    failedCreates: figures.failures.length,
    slowestCreateMs: Math.round(figures.latencies.at(-1) ?? 0),
    ledAgainMs: Math.round(ledAgainMs),
    perSecond: PER_SECOND,
  };
};
