// A process with a transport and nothing else, to be killed or stopped by tests.
// Guarantees: sends one message to its parent when it is up with a peer, and one per event after that.
// Leaves to others: its end. Arguments: member id, contact point.
import { startTransport } from '../tcp-transport.ts';
import { helloOf, recordedLog, shortLimits } from './recorder.ts';

const [memberId, contactPoint] = process.argv.slice(2) as [string, string];

await startTransport(
  {
    ...{ host: '127.0.0.1', port: 0, clusterName: 'test', contactPoints: [contactPoint] },
    hello: helloOf(memberId, { session: 1_000_000 + (process.pid % 1_000_000) }),
    limits: shortLimits,
    log: recordedLog([]),
  },
  {
    peerUp: (peer) => process.send?.(`up ${peer.memberId}`),
    peerDown: (peer, reason) => process.send?.(`down ${peer.memberId} ${reason}`),
    received() {},
  },
);
