// What a handler knows of the call that it serves. Neither grpc-js nor node:http2 shows through.

export interface CallContext {
  /** The client has gone, its deadline has passed, or the gateway stops: an answer reaches nobody. */
  readonly ended: boolean;
  /** Called once when the call ends before its answer; at once when it has ended already. */
  onEnd(listener: () => void): void;
}

/** The answer of a streaming call. */
export interface ResponseStream extends CallContext {
  /**
   * Sends frames, in order.
   * @param done called once: true when the transport has taken them off our hands, false when the call ended before.
   */
  write(frames: readonly Uint8Array[], done: (sent: boolean) => void): void;
}

/** One RPC, from bytes to bytes. Answers are gRPC frames (wire/proto-writer.ts). */
export type Method =
  | {
      readonly kind: 'unary';
      readonly name: string;
      /** @throws StatusError (as rejection) */
      readonly handle: (request: Uint8Array, call: CallContext) => Promise<Uint8Array>;
    }
  | {
      readonly kind: 'streaming';
      readonly name: string;
      /** Ends the call with OK when it resolves. @throws StatusError (as rejection) */
      readonly handle: (request: Uint8Array, call: ResponseStream) => Promise<void>;
    };

/** Full method path ("/package.Service/Method") to method. */
export type MethodTable = ReadonlyMap<string, Method>;
