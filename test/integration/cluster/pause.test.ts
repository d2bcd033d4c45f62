// Brokers that stand still (SIGSTOP) for longer than the election time-out and go on as if nothing had happened: the others lead
// meanwhile, the one that wakes up steps down, and what it had not committed is dropped.
import { describe, expect, test } from 'vitest';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 600_000;

describe.skipIf(!brokerExists)('a broker that stands still and goes on', { timeout }, () => {
  test('steps down, and drops what it had not committed', async () => {
    await using trial = await ClusterTrial.start({ callMs: 8_000 });
    const { cluster, load, book } = trial;
    const leader = await cluster.leaderOf(1);
    const others = cluster.nodeIds.filter((nodeId) => nodeId !== leader);

    // Nobody acknowledges what the leader writes now.
    for (const nodeId of others) cluster.pause(nodeId);
    await until(() => load.openCalls >= 15, { within: 30_000, what: 'calls that wait' });
    cluster.pause(leader);
    for (const nodeId of others) cluster.resume(nodeId);
    load.avoid.add(leader);
    await cluster.led();
    await trial.works(40);
    cluster.resume(leader);
    load.avoid.clear();
    await cluster.led();
    await trial.works(40);

    await trial.settle();
    // The clients of the others had an answer within the time of each call, whatever it was.
    for (const nodeId of others) expect([nodeId, book.hung.get(nodeId) ?? 0]).toEqual([nodeId, 0]);
    await trial.compare();
  });

  test('comes back as a follower, or as one whose turn it is to lead', async () => {
    await using trial = await ClusterTrial.start({ callMs: 8_000 });
    const { cluster, load } = trial;
    const leader = await cluster.leaderOf(1);
    for (const nodeId of [leader, (leader + 1) % cluster.nodeIds.length]) {
      cluster.pause(nodeId);
      load.avoid.add(nodeId);
      await cluster.led();
      await trial.works(25);
      cluster.resume(nodeId);
      load.avoid.clear();
      await cluster.led();
      await trial.works(10);
    }
    await trial.settle();
    await trial.compare();
  });
});
