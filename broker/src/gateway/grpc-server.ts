// The gateway's methods on @grpc/grpc-js. Messages pass as bytes; the service layer does the coding.
import * as grpc from '@grpc/grpc-js';
import type { GrpcServer, ServerOptions } from './server.ts';
import type { CallContext, Method, MethodTable, ResponseStream } from './service/call.ts';
import { STATUS, statusOf } from './status.ts';
import { statusDetails } from './wire/answers.ts';
import { FRAME_HEAD_BYTES } from './wire/proto-writer.ts';

const bytesOf = (message: Uint8Array): Buffer => message as Buffer;

type AnyCall =
  | grpc.ServerUnaryCall<Uint8Array, Uint8Array>
  | grpc.ServerWritableStream<Uint8Array, Uint8Array>;

class Call implements ResponseStream {
  readonly #call: AnyCall;
  #listeners: (() => void)[] = [];
  ended = false;

  constructor(call: AnyCall) {
    this.#call = call;
    (call as grpc.ServerUnaryCall<Uint8Array, Uint8Array>).on('cancelled', () => this.end());
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const listener of this.#listeners) listener();
    this.#listeners = [];
  }

  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.#listeners.push(listener);
  }

  write(frames: readonly Uint8Array[], done: (sent: boolean) => void): void {
    if (this.ended) {
      done(false);
      return;
    }
    let open = true;
    const once = (sent: boolean) => {
      if (!open) return;
      open = false;
      done(sent);
    };
    this.onEnd(() => once(false));
    const call = this.#call as grpc.ServerWritableStream<Uint8Array, Uint8Array>;
    frames.forEach((frame, i) => {
      const last = i === frames.length - 1;
      call.write(frame.subarray(FRAME_HEAD_BYTES), last ? () => once(true) : undefined);
    });
  }
}

function failure(error: unknown): grpc.ServiceError {
  const status = statusOf(error);
  const metadata = new grpc.Metadata();
  metadata.set(
    'grpc-status-details-bin',
    statusDetails(status.code, status.message, status.attempts),
  );
  return Object.assign(new Error(status.message), {
    code: status.code as grpc.status,
    details: status.message,
    metadata,
  });
}

function implementation(method: Method, onEnded: ServerOptions['onEnded']): grpc.UntypedHandleCall {
  if (method.kind === 'unary') {
    return async (
      call: grpc.ServerUnaryCall<Uint8Array, Uint8Array>,
      callback: grpc.sendUnaryData<Uint8Array>,
    ) => {
      const started = performance.now();
      const context: CallContext = new Call(call);
      try {
        const frame = await method.handle(call.request, context);
        callback(null, frame.subarray(FRAME_HEAD_BYTES));
        onEnded(method.name, STATUS.OK, started);
      } catch (error) {
        callback(failure(error));
        onEnded(method.name, statusOf(error).code, started);
      }
    };
  }
  return async (call: grpc.ServerWritableStream<Uint8Array, Uint8Array>) => {
    const started = performance.now();
    const context = new Call(call);
    try {
      await method.handle(call.request, context);
      call.end();
      onEnded(method.name, STATUS.OK, started);
    } catch (error) {
      call.destroy(failure(error));
      onEnded(method.name, statusOf(error).code, started);
    }
  };
}

/** @throws Error when the address cannot be bound */
export async function startGrpcJsServer(
  methods: MethodTable,
  options: ServerOptions,
): Promise<GrpcServer> {
  const server = new grpc.Server({
    'grpc.max_receive_message_length': options.maxMessageBytes,
    'grpc.max_send_message_length': -1,
  });
  for (const [path, method] of methods) {
    server.register(
      path,
      implementation(method, options.onEnded) as grpc.handleUnaryCall<Uint8Array, Uint8Array>,
      bytesOf,
      (bytes: Buffer) => bytes,
      method.kind === 'unary' ? 'unary' : 'serverStream',
    );
  }
  const { tls } = options;
  const credentials =
    tls === undefined
      ? grpc.ServerCredentials.createInsecure()
      : grpc.ServerCredentials.createSsl(null, [
          {
            cert_chain: Buffer.from(tls.certificateChain),
            private_key: Buffer.from(tls.privateKey),
          },
        ]);
  const host = options.host.includes(':') ? `[${options.host}]` : options.host;
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`${host}:${options.port}`, credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    drain: () =>
      new Promise((resolve, reject) => {
        server.tryShutdown((error) => (error === undefined ? resolve() : reject(error)));
      }),
    destroy: async () => server.forceShutdown(),
  };
}
