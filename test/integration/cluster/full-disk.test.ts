// A disk that is full under one broker of a cluster: it leads no more and keeps nobody waiting, the others go on, and when there
// is room again it catches up.
import { cpSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'vitest';
import { until } from '../../kit/until.ts';
import { brokerExists } from '../broker-under-test.ts';
import { noSmallDisk, onSmallDisk, SmallDisk } from '../small-disk.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 600_000;
const diskMegabytes = 96;
/** The first in the order of priorities for the first partition. */
const victim = 0;
const segments = { ZEEBE_BROKER_DATA_LOGSEGMENTSIZE: '4MB' };
/** The free space is watched: the broker gives up before the disk is full. */
const watched = {
  ...segments,
  ZEEBE_BROKER_DATA_DISK_MONITORINGINTERVAL: '100ms',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_PROCESSING: '16MB',
  ZEEBE_BROKER_DATA_DISK_FREESPACE_REPLICATION: '8MB',
};
/** Nothing is watched: writes fail. */
const unwatched = { ...segments, ZEEBE_BROKER_DATA_DISK_ENABLEMONITORING: 'false' };

describe.skipIf(!brokerExists || noSmallDisk !== undefined)(
  `a broker of a cluster on a small disk${noSmallDisk === undefined ? '' : ` (skipped: ${noSmallDisk})`}`,
  { timeout },
  () => {
    test.each([
      ['watched', watched],
      ['not watched', unwatched],
    ])('lets the others go on while the disk, %s, is full, and catches up', async (_, env) => {
      await using trial = await ClusterTrial.start({
        env,
        textBytes: 5_000,
        ofBroker: (nodeId, dataDirectory) => {
          if (nodeId !== victim) return {};
          mkdirSync(dataDirectory, { recursive: true });
          return { wrapper: onSmallDisk(dataDirectory, diskMegabytes) };
        },
      });
      const { cluster } = trial;
      const others = cluster.nodeIds.filter((nodeId) => nodeId !== victim);
      const disk = new SmallDisk(cluster.broker(victim), cluster.dataOf(victim));
      disk.fill();
      await ledByOthers(trial, others);
      await trial.works(150);
      disk.free();
      await trial.works(30);
      await trial.settle();

      // Its disk goes with the process: what lies there now is what a crash would leave.
      const inside = `/proc/${cluster.broker(victim).pid}/root${cluster.dataOf(victim)}`;
      const image = path.join(cluster.folder, 'image');
      cpSync(inside, image, { recursive: true });
      await cluster.stopAll();
      cpSync(image, cluster.dataOf(victim), { recursive: true });
      await trial.compare();
    });
  },
);

async function ledByOthers({ cluster }: ClusterTrial, others: readonly number[]): Promise<void> {
  const look = async () => {
    const leaders = await cluster.led();
    return [...leaders.values()].every((nodeId) => others.includes(nodeId));
  };
  await until(look, { within: 120_000, what: 'leaders whose disks have room' });
}
