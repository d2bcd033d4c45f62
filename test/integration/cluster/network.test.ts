// Links between brokers that are cut, both ways or one way, or slow, under load: whoever can reach a majority goes on, whoever
// cannot steps down and answers, and after the healing all have the same.
//
// The links are network namespaces where the machine allows them, and proxies elsewhere; a long run takes both.
import { describe, expect, test } from 'vitest';
import type { ClusterLinks } from '../../kit/cluster-links.ts';
import { NamespaceLinks, noNamespaces } from '../../kit/namespace-links.ts';
import { ProxyLinks } from '../../kit/proxy-links.ts';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { ClusterTrial, isLong } from './cluster-trial.ts';

const timeout = 900_000;
const endless = Number.POSITIVE_INFINITY;
const kinds: readonly (readonly [string, new () => ClusterLinks])[] = [
  ...(noNamespaces === undefined ? [['network namespaces', NamespaceLinks] as const] : []),
  ...(isLong || noNamespaces !== undefined ? [['proxies', ProxyLinks] as const] : []),
];

describe.skipIf(!brokerExists)('brokers whose links are cut or slow', { timeout }, () => {
  test.each(kinds)(
    'go on where there is a majority, answer everywhere, and are the same in the end: %s',
    async (_, Links) => {
      const links = new Links();
      await using trial = await ClusterTrial.start({ links, callMs: 8_000 });
      const { cluster, book } = trial;
      const othersThan = (leader: number) => cluster.nodeIds.filter((id) => id !== leader);
      const healed = async () => {
        links.heal();
        await cluster.led();
        await trial.works(20);
      };

      let leader = await cluster.leaderOf(1);
      links.isolate(leader);
      await cluster.led(180_000, othersThan(leader));
      await leadsNothing(trial, leader);
      await trial.works(30);
      await healed();

      leader = await cluster.leaderOf(1);
      for (const other of othersThan(leader)) links.cutOneWay(leader, other);
      await trial.works(30);
      await healed();

      leader = await cluster.leaderOf(1);
      for (const other of othersThan(leader)) links.cutOneWay(other, leader);
      await trial.works(30);
      await healed();

      leader = await cluster.leaderOf(1);
      const [a = 0] = othersThan(leader);
      links.cut(leader, a);
      await trial.works(20);
      await healed();

      if (links instanceof ProxyLinks) await slowly(trial, links);

      await trial.settle();
      expect([...book.hung]).toEqual([]);
      await trial.compare();
    },
  );
});

async function slowly(trial: ClusterTrial, links: ProxyLinks): Promise<void> {
  const { cluster } = trial;
  const leader = await cluster.leaderOf(1);
  const b = (leader + 1) % cluster.nodeIds.length;
  links.set(leader, b, { kind: 'slow', delayMs: 150, bytesPerSecond: 64 * 1024 });
  links.set(b, leader, { kind: 'slow', delayMs: 50, bytesPerSecond: endless });
  await trial.works(20);
  for (const from of cluster.nodeIds)
    for (const to of cluster.nodeIds)
      links.set(from, to, { kind: 'slow', delayMs: 60, bytesPerSecond: 256 * 1024 });
  await trial.works(20);
  links.heal();
}

async function leadsNothing({ cluster }: ClusterTrial, nodeId: number): Promise<void> {
  const look = async () => {
    const replicas = await cluster.replicas([nodeId]);
    return replicas.length > 0 && replicas.every(({ role }) => role !== 'LEADER');
  };
  await until(look, { within: 60_000, what: `broker ${nodeId} to lead nothing` });
}
