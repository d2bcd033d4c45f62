// gRPC calls by hand on node:http2: any bytes may be sent, and what comes back is shown as it came.
//
// A connection that the server ends is replaced at the next call. No call waits longer than its time.
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';

export interface RawAnswer {
  /** The gRPC status; -1 when the stream ended without one. */
  readonly code: number;
  readonly text: string;
  readonly httpStatus: number;
  /** The messages of the answer. */
  readonly messages: readonly Buffer[];
}

export interface RawCallOptions {
  /** ms until the server is to end the call (grpc-timeout). */
  readonly timeoutMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** ms beyond timeoutMs until the client ends the call by itself. */
  readonly graceMs?: number;
  /** Gets each message as it comes; none is kept for the answer then. */
  readonly onMessage?: (message: Buffer) => void;
}

/** A call that is under way. */
export interface RawCall {
  /** What has come so far. */
  readonly messages: () => readonly Buffer[];
  readonly ended: Promise<RawAnswer>;
  /** Leaves. */
  readonly cancel: () => void;
}

const GRACE_MS = 10_000;

/** A message with the five bytes before it. */
export function framed(message: Uint8Array, flag = 0, length = message.length): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

export class RawGrpc {
  readonly #address: string;
  #session: ClientHttp2Session | undefined;

  constructor(address: string) {
    this.#address = address;
  }

  /** A call of the gateway with one message. */
  call(method: string, message: Uint8Array, options: RawCallOptions = {}): Promise<RawAnswer> {
    return this.send(`/gateway_protocol.Gateway/${method}`, framed(message), options);
  }

  /** Any bytes to any path. */
  send(path: string, body: Uint8Array, options: RawCallOptions = {}): Promise<RawAnswer> {
    return this.open(path, body, options).ended;
  }

  /** The same for an answer that comes in parts. */
  open(path: string, body: Uint8Array, options: RawCallOptions = {}): RawCall {
    const timeoutMs = options.timeoutMs ?? 5_000;
    const stream = this.#connection().request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-timeout': `${timeoutMs}m`,
      ...options.headers,
    });
    const cancel = (): void => stream.close(constants.NGHTTP2_CANCEL);
    const overdue = setTimeout(cancel, timeoutMs + (options.graceMs ?? GRACE_MS));
    stream.once('close', () => clearTimeout(overdue));
    const chunks: Buffer[] = [];
    const { onMessage } = options;
    if (onMessage === undefined) stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    else stream.on('data', eachMessage(onMessage));
    const messages = () => split(chunks);
    const ended = endOf(stream, messages);
    stream.end(body);
    return { messages, ended, cancel };
  }

  close(): void {
    this.#session?.destroy();
  }

  #connection(): ClientHttp2Session {
    const old = this.#session;
    if (old !== undefined && !old.closed && !old.destroyed) return old;
    const session = connect(`http://${this.#address}`);
    session.on('error', () => {});
    this.#session = session;
    return session;
  }
}

function endOf(stream: ClientHttp2Stream, messages: () => readonly Buffer[]): Promise<RawAnswer> {
  let httpStatus = 0;
  let code = -1;
  let text = '';
  const take = (headers: Record<string, unknown>): void => {
    if (headers['grpc-status'] === undefined) return;
    code = Number(headers['grpc-status']);
    text = decodeURIComponent(String(headers['grpc-message'] ?? ''));
  };
  stream.on('response', (headers) => {
    httpStatus = Number(headers[':status']);
    take(headers);
  });
  stream.on('trailers', take);
  stream.on('error', (error) => {
    text ||= error.message;
  });
  return new Promise((resolve) => {
    stream.on('close', () => resolve({ code, text, httpStatus, messages: messages() }));
  });
}

/** Puts the pieces of a stream together. */
function eachMessage(take: (message: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = Buffer.concat([rest, chunk]);
    let at = 0;
    for (const message of split([bytes])) {
      at += 5 + message.length;
      take(message);
    }
    rest = bytes.subarray(at);
  };
}

/** The whole messages in these bytes. */
function split(chunks: readonly Buffer[]): Buffer[] {
  const bytes = Buffer.concat(chunks);
  const messages: Buffer[] = [];
  for (let at = 0; at + 5 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at + 1);
    if (at + 5 + length > bytes.length) break;
    messages.push(bytes.subarray(at + 5, at + 5 + length));
    at += 5 + length;
  }
  return messages;
}
