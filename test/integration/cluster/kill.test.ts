// kill -9 of leaders and followers at random under load: nothing acknowledged is lost, nothing is done twice, and all
// replicas stay the same.
//
// MILLRACE_KILL_ROUNDS sets the number of rounds (`npm run kill:cluster`: 200), MILLRACE_SEED repeats their choices.
import path from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describe, expect, test } from 'vitest';
import { between, randomFrom, runSeed } from '../../kit/random.ts';
import { brokerExists } from '../broker-under-test.ts';
import { ClusterTrial } from './cluster-trial.ts';

const rounds = Number(process.env.MILLRACE_KILL_ROUNDS ?? 6);
/** Only a round that fails takes so long. */
const roundMs = 180_000;
/** Rounds between two comparisons of all that lies on disk. */
const compareEvery = 20;
/** Acknowledged calls of a round before the kill, and before the killed start again. */
const callsMax = 60;

type Blow = 'leader' | 'follower' | 'two' | 'all';
/** A short run has one of each kind and more of the first. */
const blows: readonly Blow[] = ['leader', 'follower', 'two', 'leader', 'all', 'leader', 'leader'];

describe.skipIf(!brokerExists)('brokers that are killed under load', () => {
  test(`keep what they acknowledged: ${rounds} rounds`, {
    timeout: rounds * roundMs + 120_000,
  }, async () => {
    const random = randomFrom(runSeed);
    await using trial = await ClusterTrial.start();
    const { cluster } = trial;
    for (let round = 0; round < rounds; round++) {
      const blow = blows[round % blows.length] as Blow;
      await trial.works(between(random, 1, callsMax));
      const victims = await victimsOf(trial, blow, random);
      await cluster.kill(...victims);
      // Sometimes the others have gone on for long when they come back, sometimes they have not even noticed.
      if (blow !== 'all' && blow !== 'two' && random() < 0.7) {
        await cluster.led();
        await trial.works(between(random, 1, callsMax));
      }
      // Nobody runs: what a crash leaves on the disks can be compared.
      if (blow === 'all') await trial.compareStates();
      await cluster.startBrokers(...victims);
      await trial.audit.allEnded(roundMs);
      if ((round + 1) % compareEvery !== 0 || round + 1 === rounds) continue;
      await trial.compare({ replay: true });
      console.info(`${round + 1} rounds; ${trial.figures()}`);
      await cluster.startBrokers(...cluster.nodeIds);
    }
    await trial.settle();
    const compared = await trial.compare({ replay: true });
    expect(compared).toHaveLength(cluster.partitionIds.length);
    expect(Math.min(...compared.map(({ keys }) => keys))).toBeGreaterThan(0);
    expect(trial.book.size).toBeGreaterThan(rounds);
    // A comparison that finds nothing could be one that looks at nothing.
    await changeOneByte(path.join(cluster.dataOf(0), 'partitions/1/state'));
    await expect(trial.compareStates()).rejects.toThrow(/partition 1: key .* at entry/);
  });
});

async function changeOneByte(folder: string): Promise<void> {
  const state = new ClassicLevel<Buffer, Buffer>(folder, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
  });
  // The first family tells how far the state is; the last one holds what it is about.
  for await (const [key, value] of state.iterator({ reverse: true, limit: 1 })) {
    value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
    await state.put(key, value);
  }
  await state.close();
}

async function victimsOf(
  { cluster }: ClusterTrial,
  blow: Blow,
  random: () => number,
): Promise<readonly number[]> {
  if (blow === 'all') return cluster.nodeIds;
  const anyPartition = between(random, 1, cluster.partitionIds.length);
  const leader = await cluster.leaderOf(anyPartition);
  const others = cluster.nodeIds.filter((nodeId) => nodeId !== leader);
  const other = others[between(random, 0, others.length - 1)] as number;
  if (blow === 'two') return [leader, other];
  return [blow === 'leader' ? leader : other];
}
