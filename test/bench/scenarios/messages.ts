// Messages: an instance waits, its message is published, it ends; so many at once. And timers: many due at one moment.

import { until } from '../../kit/until.ts';
import { messageModel, timerModel } from '../bpmn-models.ts';
import { BrokerUnderBench } from '../broker-under-bench.ts';
import { IN_FLIGHT } from '../closed-loop.ts';
import { GrpcLoad } from '../grpc-load.ts';
import type { Scenario } from '../scenario.ts';

const TIME_TO_LIVE_MS = 30_000;
const WITHIN_MS = 300_000;

export const messages: Scenario = async ({ isSmoke }) => {
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  await client.deploy('bench.bpmn', messageModel());
  let number = 0;
  let completed = 0;
  const end = performance.now() + (isSmoke ? 1_000 : 20_000);
  const one = async () => {
    while (performance.now() < end) {
      const key = `k-${number++}`;
      await Promise.all([
        client.createAwaited('bench', JSON.stringify({ key })),
        client.publish('message', key, TIME_TO_LIVE_MS),
      ]);
      completed++;
    }
  };
  const loop = Promise.all(Array.from({ length: IN_FLIGHT }, one));
  const warmUpMs = isSmoke ? 200 : 5_000;
  await new Promise((resolve) => setTimeout(resolve, warmUpMs));
  const before = completed;
  const begin = performance.now();
  await loop;
  const perSecond = ((completed - before) * 1000) / (performance.now() - begin);
  const { memoryMb } = broker;
  client.close();
  await broker.remove();
  return { correlatedPerSecond: Math.round(perSecond), rssAnonMb: memoryMb, inFlight: IN_FLIGHT };
};

/** All timers are due at one moment; a worker sees when each has fired. */
export const timers: Scenario = async ({ isSmoke }) => {
  const count = isSmoke ? 500 : 50_000;
  const leadMs = isSmoke ? 1_500 : 30_000;
  const broker = new BrokerUnderBench();
  await broker.start();
  const client = await GrpcLoad.connect(broker.address);
  await client.deploy('bench.bpmn', timerModel());
  const dueMs = Date.now() + leadMs;
  const variables = JSON.stringify({ moment: new Date(dueMs).toISOString() });
  let left = count;
  const creator = async () => {
    while (left-- > 0) await client.create('bench', variables);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT * 2 }, creator));
  const lateMs = Math.max(0, Date.now() - dueMs);
  let fired = 0;
  client.stream('after', (key) => {
    fired++;
    client.complete(key, '{}').catch(() => {});
  });
  await until(() => fired >= count, { within: WITHIN_MS, what: 'all timers have fired' });
  const seconds = (Date.now() - dueMs) / 1000;
  client.close();
  await broker.remove();
  return {
    timers: count,
    firedPerSecond: Math.round(count / seconds),
    createdTooLateMs: lateMs,
    secondsAfterDue: Math.round(seconds * 10) / 10,
  };
};
