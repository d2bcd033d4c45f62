// Brokers that stand still (SIGSTOP) for longer than the election time-out and go on as if nothing had happened: the others lead
// meanwhile, the one that wakes up steps down, and what it had not committed is dropped.
import { describe, expect, test } from 'vitest';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 900_000;

describe.skipIf(!brokerExists)('a broker that stands still and goes on', { timeout }, () => {
  test('steps down, drops what it had not committed, and keeps nobody waiting', async () => {
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
    await trial.works(20);

    const follower = (leader + 1) % cluster.nodeIds.length;
    cluster.pause(follower);
    load.avoid.add(follower);
    await cluster.led();
    await trial.works(20);
    cluster.resume(follower);
    load.avoid.clear();
    await trial.works(20);

    await trial.settle();
    // Clients had an answer within the time of each call, whatever it was; those of a gateway that stood still could have none.
    const witness = cluster.nodeIds.find((nodeId) => nodeId !== leader && nodeId !== follower);
    expect(book.hung.get(witness as number) ?? 0).toBe(0);
    await trial.compare();
  });
});
