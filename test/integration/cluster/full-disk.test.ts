// A disk that is full under one broker of a cluster: it leads no more and keeps nobody waiting, the others go on, and when there
// is room again it catches up.
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { noSmallDisk, onSmallDisk, SmallDisk } from '../small-disk.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 900_000;
const diskMegabytes = 96;
/** On the first broker the free space is watched: it gives up before the disk is full. On the second one writes fail. */
const watched = {
  ZEEBE_BROKER_DATA_DISK_MONITORINGINTERVAL: '100ms',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '16MB',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '8MB',
};
const unwatched = { ZEEBE_BROKER_DATA_DISK_ENABLEMONITORING: 'false' };
const small = [watched, unwatched];

describe.skipIf(!brokerExists || noSmallDisk !== undefined)(
  `a broker of a cluster on a small disk${noSmallDisk === undefined ? '' : ` (skipped: ${noSmallDisk})`}`,
  { timeout },
  () => {
    test('lets the others go on while the disk is full, and catches up', async () => {
      await using trial = await ClusterTrial.start({
        partitions: 2,
        env: { ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '4MB' },
        textBytes: 5_000,
        ofBroker: (nodeId, dataDirectory) => {
          const env = small[nodeId];
          if (env === undefined) return {};
          mkdirSync(dataDirectory, { recursive: true });
          return { env, wrapper: onSmallDisk(dataDirectory, diskMegabytes) };
        },
      });
      const { cluster } = trial;
      for (const victim of small.keys()) {
        const disk = new SmallDisk(cluster.broker(victim), cluster.dataOf(victim));
        disk.fill();
        await ledByOthers(trial, victim);
        await trial.works(50);
        disk.free();
        await healthy(trial, victim);
        await trial.works(20);
      }
      await trial.settle();

      await crash(trial);
      await trial.compare();
    });
  },
);

/** kill -9 of all, without losing what lies on the small disks, which go with the processes. */
async function crash({ cluster }: ClusterTrial): Promise<void> {
  for (const nodeId of cluster.nodeIds) cluster.pause(nodeId);
  const imageOf = (nodeId: number) => path.join(cluster.folder, `image-${nodeId}`);
  for (const nodeId of cluster.nodeIds) {
    const inside = `/proc/${cluster.broker(nodeId).pid}/root${cluster.dataOf(nodeId)}`;
    cpSync(inside, imageOf(nodeId), { recursive: true });
  }
  await cluster.kill(...cluster.nodeIds);
  for (const nodeId of cluster.nodeIds) {
    await cluster.eraseData(nodeId);
    renameSync(imageOf(nodeId), cluster.dataOf(nodeId));
  }
}

async function ledByOthers({ cluster }: ClusterTrial, victim: number): Promise<void> {
  const look = async () => ![...(await cluster.led()).values()].includes(victim);
  await until(look, { within: 120_000, what: 'leaders whose disks have room' });
}

async function healthy({ cluster }: ClusterTrial, nodeId: number): Promise<void> {
  const look = async () => {
    const replicas = await cluster.replicas([nodeId]);
    return replicas.length > 0 && replicas.every(({ health }) => health === 'HEALTHY');
  };
  await until(look, { within: 120_000, what: `broker ${nodeId} to be well again` });
}
