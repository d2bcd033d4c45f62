// One multi-instance over 100,000 elements: how long it takes, and what another call waits meanwhile.
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../kit/until.ts';
import { roundsModel } from '../bpmn-models.ts';
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { GrpcLoad } from '../grpc-load.ts';
import { oneTaskModel } from '../one-task-model.ts';
import type { Scenario } from '../scenario.ts';

const WITHIN_MS = 300_000;
const PROBE_MS = 20;

export const rounds: Scenario = async ({ isSmoke }) => {
  const count = isSmoke ? 500 : 100_000;
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  await client.deploy('bench.bpmn', roundsModel());
  await client.deploy('probe.bpmn', oneTaskModel('probe', 'parked'));
  let done = 0;
  client.stream('round', (key) => {
    client.complete(key, '{}').then(() => void done++);
  });
  const begin = performance.now();
  await client.create('bench', JSON.stringify({ count }));
  let slowestMs = 0;
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      const sent = performance.now();
      await client.create('probe', '{}');
      slowestMs = Math.max(slowestMs, performance.now() - sent);
      await pause(PROBE_MS);
    }
  })();
  let mostMb = 0;
  await until(
    () => {
      mostMb = Math.max(mostMb, broker.memoryMb);
      return done >= count;
    },
    { within: WITHIN_MS, what: 'all rounds are done' },
  );
  const seconds = (performance.now() - begin) / 1000;
  isOver = true;
  await probing;
  client.close();
  await broker.remove();
  return {
    rounds: count,
    seconds: Math.round(seconds * 10) / 10,
    roundsPerSecond: Math.round(count / seconds),
    slowestOtherCallMs: Math.round(slowestMs),
    rssAnonMostMb: mostMb,
  };
};
