// Sockets, with TLS or without: those that others open, and those that we open.
// Guarantees: with TLS both sides show a certificate, and none is used without one that the chain vouches for; new
//   certificates serve all later connections.
// Leaves to others: what is said over them.
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  connect as connectTls,
  createServer as createTlsServer,
  type Server as TlsServer,
} from 'node:tls';
import type { Cancel, Timers } from '@millrace/raft';
import type { Log } from '../../ops/log.ts';
import {
  type CertificatePaths,
  type Certificates,
  readCertificates,
  watchCertificates,
} from './certificates.ts';
import type { TransportLimits } from './transport.ts';

/**
 * The name that a dialling node gives. Node's server takes a context as it is (with trust in parts of a chain) by this
 * way only; who gives no name is held to a whole chain.
 */
const serverName = 'millrace';

export interface SocketsOptions {
  readonly tls: CertificatePaths | null;
  readonly limits: TransportLimits;
  readonly timers: Timers;
  readonly log: Log;
  readonly accept: (socket: Socket) => void;
  /** The other side is not trusted, or does not trust us. */
  readonly distrusted: (remote: string, why: string) => void;
}

export class Sockets {
  readonly #options: SocketsOptions;
  readonly #server: Server | TlsServer;
  #certificates: Certificates | null;
  #cancelWatch: Cancel = () => {};

  /** @throws Error when the certificates are of no use */
  constructor(options: SocketsOptions) {
    this.#options = options;
    const { tls, limits, accept } = options;
    this.#certificates = tls === null ? null : readCertificates(tls);
    this.#server = this.#createServer(accept);
    this.#server.maxConnections = limits.peersMax + limits.handshakesMax;
  }

  /**
   * @returns the port that is listened on
   * @throws Error when the address cannot be bound
   */
  async listen(host: string, port: number): Promise<number> {
    const server = this.#server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen(port, host, resolve);
    await promise;
    server.off('error', reject);
    let told = '';
    server.on('error', ({ message }) => {
      if (message !== told) {
        this.#options.log.error({ error: message }, 'connections cannot be accepted');
      }
      told = message;
    });
    this.#watch();
    return (server.address() as AddressInfo).port;
  }

  /** Calls back when something may be sent. */
  connect(host: string, port: number, connected: () => void): Socket {
    const tls = this.#certificates;
    if (tls === null) {
      const plain = connect({ host, port }, () => {
        if (!endIfLoop(plain)) connected();
      });
      return plain;
    }
    const socket = connectTls({
      ...{ host, port, secureContext: tls.context, rejectUnauthorized: true },
      servername: serverName,
      checkServerIdentity: () => undefined, // see certificates.ts
    });
    socket.once('connect', () => void endIfLoop(socket));
    socket.once('secureConnect', connected);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (isOfTls(error)) this.#options.distrusted(`${host}:${port}`, error.message);
    });
    return socket;
  }

  /** Ends when the last accepted connection is closed. */
  close(): Promise<void> {
    this.#cancelWatch();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    return promise;
  }

  #createServer(accept: (socket: Socket) => void): Server | TlsServer {
    const { limits, distrusted } = this.#options;
    if (this.#certificates === null) return createServer({ noDelay: true }, accept);
    const server = createTlsServer(
      {
        ...this.#certificates.options,
        ...{ requestCert: true, rejectUnauthorized: true, noDelay: true },
        handshakeTimeout: limits.handshakeMsMax,
        SNICallback: (_, done) => done(null, this.#certificates?.context),
      },
      accept,
    );
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      // What is wrong with the certificate stands beside the error, which only says that it was closed.
      const refused = socket.authorizationError;
      const why = refused ? String(refused) : isOfTls(error) ? error.message : hungUp;
      distrusted(socket.remoteAddress ?? '', why);
    });
    return server;
  }

  #watch(): void {
    const { tls, timers, log, limits } = this.#options;
    if (tls === null || this.#certificates === null) return;
    const everyMs = limits.certificateCheckMs;
    this.#cancelWatch = watchCertificates(
      ...([tls, this.#certificates, { timers, everyMs, log }] as const),
      (certificates) => {
        this.#certificates = certificates;
        (this.#server as TlsServer).setSecureContext(certificates.options);
      },
    );
  }
}

/** All that the accepting side learns when the other one does not like its certificate. */
const hungUp =
  'it was closed within the handshake: our certificate is not trusted, or it was a probe';

/** Errors of TLS have longer codes than those of the network. */
function isOfTls({ code }: NodeJS.ErrnoException): boolean {
  return code?.includes('_') ?? false;
}

/**
 * A dialled port of this machine where nobody listens may be the very one that the system draws for the dialling end: TCP then
 * connects the socket with itself, and keeps whoever should listen there from doing so.
 * @returns whether that has happened; the socket is ended with an error then
 */
function endIfLoop(socket: Socket): boolean {
  const { localPort, remotePort, localAddress, remoteAddress } = socket;
  if (localPort !== remotePort || localAddress !== remoteAddress) return false;
  socket.destroy(new Error(`connect ECONNREFUSED ${remoteAddress}:${remotePort}`));
  return true;
}
