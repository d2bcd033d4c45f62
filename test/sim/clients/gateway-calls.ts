// Calls of simulated clients to the gateways of the cluster: what a gRPC client library and the network do between them.
// Guarantees: a call ends: with the gateway's answer, with the end of the connection, or at the client's deadline. A gateway
// that lives and is not held up must have answered by then: no call hangs.
// Leaves to others: what is called, and what the answers mean.
import type {
  CallContext,
  Method,
  ResponseStream,
} from '../../../broker/src/gateway/service/call.ts';
import { STATUS, type StatusName, statusOf } from '../../../broker/src/gateway/status.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { SimulatedProcess } from '../world/machine.ts';
import type { World } from '../world/world.ts';

const PATH = '/gateway_protocol.Gateway/';
/** Bytes before the message in a frame. */
const FRAME_HEAD_BYTES = 5;
/** One way between client and gateway, ms: the least and the mean of what comes on top. */
const WAY_MS = 0.1;
const WAY_MORE_MS = 0.2;
/** After this a client or gateway that has vanished without a word is taken for gone, ms. */
const VANISHED_MS = 3_000;

/** A gateway that can be called. */
export interface CallableGateway {
  readonly process: SimulatedProcess;
  readonly methods: ReadonlyMap<string, Method>;
}

/**
 * How a call ended. `CONNECTION_LOST`: the gateway's process has gone. `NO_GATEWAY`: it was not there, nothing was sent.
 * `CLIENT_DEADLINE`: no answer came in the client's own time.
 */
export type CallEnd =
  | { readonly kind: 'answer'; readonly message: Uint8Array }
  | { readonly kind: 'status'; readonly code: StatusName; readonly text: string }
  | { readonly kind: 'CONNECTION_LOST' | 'NO_GATEWAY' | 'CLIENT_DEADLINE' | 'VANISHED' };

interface OpenCall {
  readonly gateway: CallableGateway;
  end(end: CallEnd): void;
}

/** A streaming call that its client can leave. */
export interface StreamCall {
  readonly ended: Promise<CallEnd>;
  /** Closes it properly, or just goes away. */
  leave(hasSaidSo: boolean): void;
}

const codeNames = new Map(Object.entries(STATUS).map(([name, code]) => [code, name as StatusName]));

export class GatewayCalls {
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #gatewayOf: (machine: number) => CallableGateway | undefined;
  readonly #open = new Set<OpenCall>();
  calls = 0;

  constructor(world: World, gatewayOf: (machine: number) => CallableGateway | undefined) {
    this.#world = world;
    this.#random = world.random.fork('client network');
    this.#gatewayOf = gatewayOf;
  }

  /** One message to, one message back. @param deadlineMs the client's own, after that of the gateway */
  unary(machine: number, name: string, request: Uint8Array, deadlineMs: number): Promise<CallEnd> {
    let answer: Uint8Array | undefined;
    return this.#call(machine, name, request, deadlineMs, (message) => {
      answer = message;
    }).ended.then((end) =>
      end.kind === 'answer' ? { kind: 'answer', message: answer ?? end.message } : end,
    );
  }

  /** A stream of messages. @param deadlineMs Infinity: none */
  stream(
    machine: number,
    name: string,
    request: Uint8Array,
    deadlineMs: number,
    onMessage: (message: Uint8Array) => void,
  ): StreamCall {
    return this.#call(machine, name, request, deadlineMs, onMessage);
  }

  /** The process has ended; its connections were closed by the system, or are missed after a while. */
  processEnded(process: SimulatedProcess, hasSaidSo: boolean): void {
    for (const call of [...this.#open]) {
      if (call.gateway.process !== process) continue;
      const delayMs = hasSaidSo ? this.#wayMs() : VANISHED_MS;
      this.#world.time.after(delayMs, () => call.end({ kind: 'CONNECTION_LOST' }));
    }
  }

  #call(
    machine: number,
    name: string,
    request: Uint8Array,
    deadlineMs: number,
    onMessage: (message: Uint8Array) => void,
  ): StreamCall {
    this.calls++;
    const { time } = this.#world;
    const gateway = this.#gatewayOf(machine);
    const method = gateway?.methods.get(PATH + name);
    if (gateway === undefined || method === undefined) {
      const noGateway = Promise.withResolvers<CallEnd>();
      time.after(this.#wayMs(), () => noGateway.resolve({ kind: 'NO_GATEWAY' }));
      return { ended: noGateway.promise, leave: () => {} };
    }
    const { promise, resolve } = Promise.withResolvers<CallEnd>();
    const served = new ServedCall();
    let cancelDeadline = () => {};
    const call: OpenCall = {
      gateway,
      end: (end) => {
        if (!this.#open.delete(call)) return;
        cancelDeadline();
        resolve(end);
      },
    };
    this.#open.add(call);
    if (deadlineMs !== Number.POSITIVE_INFINITY)
      cancelDeadline = time.after(deadlineMs, () => this.#late(call, served, name, deadlineMs));
    const send = () => this.#serve(call, served, method, request, onMessage);
    gateway.process.timers.fromOutside(this.#wayMs(), send);
    return {
      ended: promise,
      leave: (hasSaidSo) => this.#leave(call, served, hasSaidSo),
    };
  }

  #serve(
    call: OpenCall,
    served: ServedCall,
    method: Method,
    request: Uint8Array,
    onMessage: (message: Uint8Array) => void,
  ): void {
    const { time } = this.#world;
    let arrivesMs = 0;
    const back = (deliver: () => void) => {
      arrivesMs = Math.max(arrivesMs + 1e-6, time.nowMs + this.#wayMs());
      time.at(arrivesMs, deliver);
    };
    const given = (frame: Uint8Array) => {
      const message = frame.subarray(FRAME_HEAD_BYTES);
      back(() => {
        if (this.#open.has(call)) onMessage(message);
      });
    };
    served.write = (frames, done) => {
      for (const frame of frames) given(frame);
      call.gateway.process.timers.fromOutside(this.#wayMs(), () => done(!served.ended));
    };
    const failed = (error: unknown) => {
      const { code, message } = statusOf(error);
      const status = codeNames.get(code) ?? 'UNKNOWN';
      back(() => call.end({ kind: 'status', code: status, text: message }));
    };
    const ended = (frame: Uint8Array | undefined) => {
      served.hasAnswered = true;
      if (frame !== undefined) given(frame);
      back(() =>
        call.end({
          kind: 'answer',
          message: frame?.subarray(FRAME_HEAD_BYTES) ?? new Uint8Array(0),
        }),
      );
    };
    const work: Promise<Uint8Array | undefined> =
      method.kind === 'unary'
        ? method.handle(request, served)
        : method.handle(request, served).then(() => undefined);
    work.then(ended, (error) => {
      served.hasAnswered = true;
      failed(error);
    });
  }

  #leave(call: OpenCall, served: ServedCall, hasSaidSo: boolean): void {
    call.end({ kind: 'VANISHED' });
    const delayMs = hasSaidSo ? this.#wayMs() : VANISHED_MS;
    call.gateway.process.timers.fromOutside(delayMs, () => served.endNow());
  }

  #late(call: OpenCall, served: ServedCall, name: string, deadlineMs: number): void {
    const { timers, machine } = call.gateway.process;
    const isExcused = timers.isEnded || served.hasAnswered || timers.heldUpMs(deadlineMs) > 0;
    if (!isExcused) {
      const what = `${name} at ${machine.name} has no answer after ${deadlineMs} ms`;
      this.#world.fail('no call hangs', what);
    }
    this.#leave(call, served, true);
    call.end({ kind: 'CLIENT_DEADLINE' });
  }

  #wayMs(): number {
    return WAY_MS + this.#random.around(WAY_MORE_MS);
  }
}

/** The gateway's side of a call. */
class ServedCall implements ResponseStream, CallContext {
  ended = false;
  hasAnswered = false;
  readonly #listeners: (() => void)[] = [];
  write: ResponseStream['write'] = () => {};

  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.#listeners.push(listener);
  }

  /** The client has gone. */
  endNow(): void {
    if (this.ended || this.hasAnswered) return;
    this.ended = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }
}
