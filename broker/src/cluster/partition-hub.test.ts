// What the hub does when processes come and go in an order that networks make.
import { requestIdOf } from '@millrace/protocol';
import { expect, test } from 'vitest';
import type { PartitionControl, ToPartition } from '../partition/messages.ts';
import { encodeToPartition, FRAME } from './frames.ts';
import { PartitionHub } from './partition-hub.ts';
import type { Peer } from './transport/transport.ts';

const peer = (session: number): Peer => ({
  memberId: '2',
  kind: 'broker',
  nodeId: 2,
  session,
  advertised: { host: 'there', port: 26502 },
  release: '8.6.0',
  logVersion: 2,
});

function openStream(session: number): Uint8Array {
  const message: ToPartition = {
    session,
    commands: undefined,
    retriedSinceMs: 0,
    control: [
      {
        kind: 'open-stream',
        streamId: requestIdOf(session, 1),
        type: 'pay',
        worker: 'w',
        timeout: 1_000,
        fetchVariables: [],
        tenantIds: ['<default>'],
        capacity: 10,
      },
    ],
  };
  return Buffer.concat(encodeToPartition(1, message));
}

test('the late end of a former process closes nothing of the one that has taken its place', () => {
  const heard: PartitionControl[] = [];
  const hub = new PartitionHub({ nodeId: 0, leaderOf: () => 0, notice: () => {} });
  hub.attach({ partitionId: 1, send: ({ control }) => heard.push(...control) });
  const [former, present] = [peer(7), peer(8)];
  hub.peerUp(former);
  hub.received(former, FRAME.toPartition, openStream(7));
  hub.peerUp(present);
  hub.received(present, FRAME.toPartition, openStream(8));
  hub.peerDown(former, true);
  const gone = () =>
    heard.flatMap((control) => (control.kind === 'session-gone' ? [control.session] : []));
  expect(gone()).toEqual([7]);
  hub.peerDown(present, true);
  expect(gone()).toEqual([7, 8]);
});
