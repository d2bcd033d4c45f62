// Transports for tests: on free ports of this machine, with short time-outs, and with a record of what they reported.
// Guarantees: everything opened here is closed by closeAll().
// Leaves to others: what is sent.
import { silentLog } from '../../../ops/log.ts';
import { startTransportOf } from '../tcp-transport.ts';
import type {
  Peer,
  PeerHello,
  Transport,
  TransportLimits,
  TransportListener,
  TransportOptions,
} from '../transport.ts';

export interface RecordedFrame {
  readonly from: string;
  readonly kind: number;
  readonly payload: Uint8Array;
}

/** One transport and what it said. */
export interface Recorder {
  readonly transport: Transport;
  readonly address: string;
  /** "up 1", "down 1 closed", in order. */
  readonly events: readonly string[];
  readonly frames: readonly RecordedFrame[];
  readonly ups: readonly Peer[];
  /** Log lines: level, fields and text as one string each. */
  readonly log: readonly string[];
}

export const shortLimits: Partial<TransportLimits> = {
  pingEveryMs: 50,
  silenceMsMax: 500,
  handshakeMsMax: 1_000,
  backoffMsMin: 10,
  backoffMsMax: 200,
  certificateCheckMs: 50,
};

const opened: Transport[] = [];
let sessions = 0;

export function helloOf(memberId: string, over: Partial<PeerHello> = {}): PeerHello {
  const broker = /^\d+$/.test(memberId);
  return {
    memberId,
    kind: broker ? 'broker' : 'gateway',
    nodeId: broker ? Number(memberId) : -1,
    session: ++sessions,
    advertised: { host: '127.0.0.1', port: 0 },
    release: '1.2.3',
    logVersion: 1,
    ...over,
  };
}

export interface RecorderOptions extends Partial<Omit<TransportOptions, 'hello' | 'log'>> {
  readonly hello?: Partial<PeerHello>;
  readonly versions?: { readonly lowest: number; readonly highest: number };
  /** Called on every frame, after it was recorded. */
  readonly onFrame?: (frame: RecordedFrame) => void;
}

export async function record(memberId: string, options: RecorderOptions = {}): Promise<Recorder> {
  const events: string[] = [];
  const frames: RecordedFrame[] = [];
  const ups: Peer[] = [];
  const log: string[] = [];
  const listener: TransportListener = {
    peerUp(peer) {
      ups.push(peer);
      events.push(`up ${peer.memberId}`);
    },
    peerDown: (peer, reason) => events.push(`down ${peer.memberId} ${reason}`),
    received(from, kind, payload) {
      const frame = { from: from.memberId, kind, payload };
      frames.push(frame);
      options.onFrame?.(frame);
    },
  };
  const { versions, hello, limits, onFrame: _, ...given } = options;
  const transport = await startTransportOf(
    versions ?? { lowest: 1, highest: 1 },
    {
      ...{ host: '127.0.0.1', port: 0, clusterName: 'test', contactPoints: [] },
      ...given,
      hello: helloOf(memberId, hello),
      limits: { ...shortLimits, ...limits },
      log: recordedLog(log),
    },
    listener,
  );
  opened.push(transport);
  const address = `127.0.0.1:${transport.port}`;
  return { transport, address, events, frames, ups, log };
}

export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((transport) => transport.close()));
}

export function recordedLog(lines: string[]): TransportOptions['log'] {
  const write =
    (level: string) =>
    (fields: object, text: string): void => {
      lines.push(`${level} ${JSON.stringify(fields)} ${text}`);
    };
  return Object.assign(silentLog(), {
    ...{ debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
  });
}
