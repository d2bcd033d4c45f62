// The gateway's methods on node:http2 with gRPC framing of our own (see http2-call.ts): connections, limits, shutdown.
//
// Tolerates any rate of client pings. Cuts connections whose client does not answer pings any more, so that jobs are
// not pushed to nobody. Metadata other than grpc-timeout and grpc-encoding is not read.
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { AddressInfo } from 'node:net';
import { errorTrailers, Http2Call, timeoutOf } from './http2-call.ts';
import type { GrpcServer, ServerOptions, Tls } from './server.ts';
import type { MethodTable } from './service/call.ts';
import { STATUS } from './status.ts';

const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 8 * 1024 * 1024;
const STREAMS_PER_CONNECTION_MAX = 20_000;
const PING_EVERY_MS = 30_000;
const PING_ANSWER_MS = 20_000;
/** Calls that clients may cancel: at once, and per second. */
const RESET_BURST = 20_000;
const RESET_RATE = 2_000;
/** MB of one connection's open streams and headers. */
const SESSION_MEMORY_MB = 512;

const SETTINGS = {
  settings: {
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxConcurrentStreams: STREAMS_PER_CONNECTION_MAX,
    enablePush: false,
  },
  maxSessionMemory: SESSION_MEMORY_MB,
  streamResetBurst: RESET_BURST,
  streamResetRate: RESET_RATE,
};

/** @throws Error when the address cannot be bound */
export async function startHttp2Server(
  methods: MethodTable,
  options: ServerOptions,
): Promise<GrpcServer> {
  const { tls } = options;
  const secure = tls === undefined ? undefined : secureServer(tls);
  const server = (secure as unknown as Http2Server | undefined) ?? createServer(SETTINGS);
  const sessions = new Set<ServerHttp2Session>();
  server.on('connection', (socket) => socket.setNoDelay(true));
  server.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    session.on('error', () => {}); // the connection is gone; its streams are told by 'close'
    session.on('close', () => sessions.delete(session));
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers) =>
    accept(stream as ServerHttp2Stream, headers, methods, options),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const pinger = setInterval(() => {
    for (const session of sessions) ping(session);
  }, PING_EVERY_MS);
  pinger.unref();
  let closed: Promise<void> | undefined;
  const stopListening = () => {
    clearInterval(pinger);
    closed ??= new Promise((resolve) => server.close(() => resolve()));
    return closed;
  };
  return {
    port: (server.address() as AddressInfo).port,
    setTls: (changed) =>
      secure?.setSecureContext({ cert: changed.certificateChain, key: changed.privateKey }),
    drain: async () => {
      const listening = stopListening();
      for (const session of sessions) session.close();
      await listening;
    },
    destroy: async () => {
      const listening = stopListening();
      for (const session of sessions) session.destroy();
      await listening;
    },
  };
}

function secureServer(tls: Tls): Http2SecureServer {
  return createSecureServer({ ...SETTINGS, cert: tls.certificateChain, key: tls.privateKey });
}

function ping(session: ServerHttp2Session): void {
  if (session.destroyed || session.closed) return;
  const timer = setTimeout(() => session.destroy(), PING_ANSWER_MS);
  timer.unref();
  const answered = () => {
    clearTimeout(timer);
    session.off('close', answered);
  };
  session.once('close', answered);
  session.ping(answered);
}

function accept(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  methods: MethodTable,
  options: ServerOptions,
): void {
  const type = headers['content-type'];
  if (headers[':method'] !== 'POST' || type === undefined || !type.startsWith('application/grpc')) {
    refuse(stream, { ':status': headers[':method'] === 'POST' ? 415 : 405 });
    return;
  }
  const path = headers[':path'] as string;
  const method = methods.get(path);
  if (method === undefined) {
    refuse(stream, {
      ':status': 200,
      'content-type': 'application/grpc',
      ...errorTrailers(STATUS.UNIMPLEMENTED, `Method ${path} is not known to this server`, []),
    });
    return;
  }
  const encoding = headers['grpc-encoding'] as string | undefined;
  const timeoutMs = timeoutOf(headers['grpc-timeout'] as string | undefined);
  new Http2Call(stream, method, options, encoding, timeoutMs);
}

function refuse(stream: ServerHttp2Stream, headers: Record<string, string | number>): void {
  stream.on('error', () => {});
  stream.respond(headers, { endStream: true });
  stream.resume();
}
