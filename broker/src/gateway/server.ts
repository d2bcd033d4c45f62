// What a gRPC server below the service layer must offer, so that it can be replaced.
import type { Limit } from './limits.ts';
import type { StatusCode } from './status.ts';

export interface Tls {
  /** PEM texts. */
  readonly certificateChain: string;
  readonly privateKey: string;
}

export interface ServerOptions {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Largest request, bytes. */
  readonly maxMessageBytes: number;
  readonly tls: Tls | undefined;
  /** Bounds what has arrived of requests that are not complete. */
  readonly receiving: Limit;
  /** Called when a call has ended. */
  readonly onEnded: (method: string, code: StatusCode, startedMs: number) => void;
}

export interface GrpcServer {
  readonly port: number;
  /** New connections get this certificate; only for a server that was started with one. */
  setTls(tls: Tls): void;
  /** Takes no new calls and no new connections; resolves when the calls under way have ended. */
  drain(): Promise<void>;
  /** Cuts whatever is left. */
  destroy(): Promise<void>;
}
