// A fourth broker joins three that hold 1 GB of state, while 500 instances a second run: what the join costs them.
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../../kit/until.ts';
import { ClusterUnderBench } from '../cluster-under-bench.ts';
import type { GrpcLoad } from '../grpc-load.ts';
import { oneTaskModel } from '../one-task-model.ts';
import type { Scenario } from '../scenario.ts';
import { SteadyLoad } from '../steady-load.ts';

const PER_SECOND = 500;
const FILLERS = 24;
/** Of the text in one instance that waits. */
const TEXT_BYTES = 100_000;
const STATE_BYTES = 1_000_000_000;
const JOINED_WITHIN_MS = 900_000;
const NEW_BROKER = 3;

export const join: Scenario = async ({ isSmoke }) => {
  const brokers = new ClusterUnderBench();
  await brokers.start();
  const clients = await Promise.all([0, 1, 2].map((nodeId) => brokers.connect(nodeId)));
  const stateBytes = isSmoke ? STATE_BYTES / 200 : STATE_BYTES;
  await fill(clients, stateBytes / TEXT_BYTES);
  const load = new SteadyLoad(clients, isSmoke ? PER_SECOND / 10 : PER_SECOND);
  await load.start();
  const windowMs = isSmoke ? 500 : 15_000;
  await pause(windowMs / 2); // warm up
  const before = await load.rateDuring(pause(windowMs));
  brokers.startBroker(NEW_BROKER, NEW_BROKER + 1);
  await brokers.ready(NEW_BROKER);
  const begin = performance.now();
  const joined = scaleTo(brokers, NEW_BROKER + 1);
  const meanwhile = await load.rateDuring(joined);
  const joinSeconds = (performance.now() - begin) / 1000;
  const after = await load.rateDuring(pause(windowMs));
  await load.stop();
  for (const client of clients) client.close();
  const movedMb = brokers.dataMb(NEW_BROKER);
  await brokers.remove();
  return {
    stateMb: Math.round(stateBytes / 1e6),
    beforePerSecond: Math.round(before),
    meanwhilePerSecond: Math.round(meanwhile),
    afterPerSecond: Math.round(after),
    lostShare: Math.round((1 - meanwhile / before) * 1000) / 1000,
    joinSeconds: Math.round(joinSeconds),
    newBrokerMb: Math.round(movedMb),
    failures: load.failures.length,
    firstFailure: load.failures[0] ?? '',
  };
};

async function fill(clients: readonly GrpcLoad[], count: number): Promise<void> {
  await (clients[0] as GrpcLoad).deploy('parked.bpmn', oneTaskModel('parked', 'parking'));
  let left = count;
  const creator = async (_: unknown, place: number) => {
    const client = clients[place % clients.length] as GrpcLoad;
    while (left-- > 0) {
      const text = randomBytes((TEXT_BYTES * 3) / 4).toString('base64');
      await client.create('parked', JSON.stringify({ text }));
    }
  };
  await Promise.all(Array.from({ length: FILLERS }, creator));
}

/** Resolves when the brokers have carried the change out. @throws Error when they refuse it, or take too long */
async function scaleTo(brokers: ClusterUnderBench, count: number): Promise<void> {
  const url = `${brokers.managementOf(0)}/actuator/cluster`;
  const answer = await fetch(`${url}/brokers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(Array.from({ length: count }, (_, nodeId) => nodeId)),
  });
  if (!answer.ok) throw new Error(`the brokers refuse: ${await answer.text()}`);
  const isDone = async () => {
    const state = (await (await fetch(url)).json()) as { pendingChange?: unknown };
    return state.pendingChange === undefined || state.pendingChange === null;
  };
  await until(isDone, { within: JOINED_WITHIN_MS, what: 'the broker has joined', every: 200 });
}
