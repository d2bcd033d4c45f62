// A broker whose data folder is gone gets everything back from the others: log and checkpoint; and until it has, it counts for
// nothing, because nobody knows what it had promised.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 900_000;
const firstFile = /^0+1\.log$/;
/**
 * Small files and few but large instances: a log is soon cut off behind a checkpoint. Short elections: one that lost its data
 * waits for four of them before it counts.
 */
const options = {
  partitions: 2,
  env: {
    ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '1MB',
    ZEEBE_BROKER_CLUSTER_HEARTBEATINTERVAL: '100ms',
    ZEEBE_BROKER_CLUSTER_ELECTIONTIMEOUT: '1s',
  },
  perSecond: 12,
  textBytes: 50_000,
};

describe.skipIf(!brokerExists)('a broker that lost its data', { timeout }, () => {
  test('gets it back from the others, and counts for nothing until it has', async () => {
    await using trial = await ClusterTrial.start(options);
    const { cluster, load } = trial;
    await compacted(trial);
    const leader = await cluster.leaderOf(1);
    const [follower = 0, away = 0] = cluster.nodeIds.filter((nodeId) => nodeId !== leader);
    for (const victim of [follower, leader]) {
      await cluster.kill(victim);
      await cluster.eraseData(victim);
      await cluster.led();
      await trial.works(10);
      // Ready only when it has everything back: then another one may be lost.
      await cluster.startBrokers(victim);
    }
    await trial.works(10);

    // What is acknowledged now lies with two of them only.
    await cluster.kill(away);
    load.avoid.add(away);
    await cluster.led();
    await trial.works(20);
    await cluster.kill(leader, follower);
    await cluster.eraseData(follower);
    // A majority by number, which does not have it.
    await cluster.spawnBrokers(follower, away);
    await until(async () => (await cluster.replicas()).length === 2 * cluster.partitionIds.length, {
      within: 120_000,
      what: 'two brokers with all their replicas',
    });
    await expect(anyLeader(trial, 4_000)).rejects.toThrow(/in vain/);
    await cluster.startBrokers(leader);
    load.avoid.clear();
    await cluster.led();
    await trial.works(10);

    await trial.settle();
    await trial.compare();
    // It got a checkpoint, for no log reaches back to the first entry any more.
    expect(firstFileOf(cluster.dataOf(follower))).not.toMatch(firstFile);
  });
});

async function anyLeader({ cluster }: ClusterTrial, within: number): Promise<void> {
  const look = async () => (await cluster.replicas()).some(({ role }) => role === 'LEADER');
  await until(look, { within, what: 'any leader' });
}

function firstFileOf(dataDirectory: string): string {
  const names = readdirSync(path.join(dataDirectory, 'partitions/1/log'));
  return names.filter((name) => name.endsWith('.log')).sort()[0] ?? '';
}

/** Waits until the first file of a log is gone everywhere: cut off behind a checkpoint. */
async function compacted({ cluster }: ClusterTrial): Promise<void> {
  const look = async () => {
    for (const nodeId of cluster.nodeIds)
      await cluster.broker(nodeId).post('/actuator/partitions/takeSnapshot');
    return cluster.nodeIds.every((nodeId) => !firstFile.test(firstFileOf(cluster.dataOf(nodeId))));
  };
  await until(look, { within: 180_000, what: 'a log that was cut off', every: 1_000 });
}
