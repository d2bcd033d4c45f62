// Links between brokers that are cut, both ways or one way, or slow, under load: whoever can reach a majority goes on, whoever
// cannot steps down and answers, and after the healing all have the same.
//
// The links go through proxies (test/kit/broker-links.ts), so that this runs wherever Node does.
import { describe, expect, test } from 'vitest';
import { BrokerLinks } from '../../kit/broker-links.ts';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 600_000;

describe.skipIf(!brokerExists)('brokers whose links are cut', { timeout }, () => {
  test('a leader without the others steps down; its gateway answers; the others go on', async () => {
    const links = new BrokerLinks();
    await using trial = await ClusterTrial.start({ links, callMs: 8_000 });
    const { cluster, book } = trial;
    const leader = await cluster.leaderOf(1);
    const others = cluster.nodeIds.filter((nodeId) => nodeId !== leader);
    links.isolate(leader);
    await cluster.led(180_000, others);
    await leadsNothing(trial, leader);
    await trial.works(40);
    links.heal();
    await cluster.led();
    await trial.works(40);
    await trial.settle();
    expect([...book.hung]).toEqual([]);
    await trial.compare();
  });

  test('one-way cuts in both directions, then a single link', async () => {
    const links = new BrokerLinks();
    await using trial = await ClusterTrial.start({ links, callMs: 8_000 });
    const { cluster, book } = trial;
    const cuts: ((leader: number, others: readonly number[]) => void)[] = [
      (leader, others) => {
        for (const other of others) links.cutOneWay(leader, other);
      },
      (leader, others) => {
        for (const other of others) links.cutOneWay(other, leader);
      },
      (leader, [other = 0]) => links.cut(leader, other),
    ];
    for (const cut of cuts) {
      const leader = await cluster.leaderOf(1);
      cut(
        leader,
        cluster.nodeIds.filter((nodeId) => nodeId !== leader),
      );
      await trial.works(60);
      links.heal();
      await cluster.led();
      await trial.works(20);
    }
    await trial.settle();
    expect([...book.hung]).toEqual([]);
    await trial.compare();
  });

  test('slow links delay, and lose nothing', async () => {
    const links = new BrokerLinks();
    await using trial = await ClusterTrial.start({ links, perSecond: 30 });
    const { cluster } = trial;
    const [a = 0, b = 1] = cluster.nodeIds;
    links.set(a, b, { kind: 'slow', delayMs: 150, bytesPerSecond: 64 * 1024 });
    links.set(b, a, { kind: 'slow', delayMs: 50, bytesPerSecond: Number.POSITIVE_INFINITY });
    await trial.works(60);
    for (const from of cluster.nodeIds)
      for (const to of cluster.nodeIds)
        links.set(from, to, { kind: 'slow', delayMs: 80, bytesPerSecond: 256 * 1024 });
    await trial.works(60);
    links.heal();
    await trial.settle();
    await trial.compare();
  });
});

async function leadsNothing({ cluster }: ClusterTrial, nodeId: number): Promise<void> {
  const look = async () => {
    const replicas = await cluster.replicas([nodeId]);
    return replicas.length > 0 && replicas.every(({ role }) => role !== 'LEADER');
  };
  await until(look, { within: 60_000, what: `broker ${nodeId} to lead nothing` });
}
