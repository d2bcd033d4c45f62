// grpc.health.v1.Health for the whole server ("") and for the gateway service: NOT_SERVING while starting and from the
// begin of the shutdown on, SERVING between.
import { StatusError } from '../status.ts';
import { healthAnswer } from '../wire/answers.ts';
import { WireError } from '../wire/proto-reader.ts';
import { healthCheckRequest } from '../wire/requests.ts';
import type { Method, ResponseStream } from './call.ts';
import { GATEWAY_SERVICE } from './methods.ts';

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;
const KNOWN = new Set(['', GATEWAY_SERVICE]);

interface Watcher {
  readonly service: string;
  readonly call: ResponseStream;
  readonly stop: () => void;
}

export class HealthService {
  #serving = false;
  readonly #watchers = new Set<Watcher>();

  get serving(): boolean {
    return this.#serving;
  }

  setServing(serving: boolean): void {
    if (serving === this.#serving) return;
    this.#serving = serving;
    for (const watcher of this.#watchers) this.#tell(watcher);
  }

  /** Ends all watches, at shutdown. */
  close(): void {
    this.setServing(false);
    for (const watcher of this.#watchers) watcher.stop();
  }

  methods(): [string, Method][] {
    return [
      [
        '/grpc.health.v1.Health/Check',
        { kind: 'unary', name: 'Check', handle: (request) => this.#check(request) },
      ],
      [
        '/grpc.health.v1.Health/Watch',
        { kind: 'streaming', name: 'Watch', handle: (request, call) => this.#watch(request, call) },
      ],
    ];
  }

  async #check(request: Uint8Array): Promise<Uint8Array> {
    const service = serviceOf(request);
    if (!KNOWN.has(service)) {
      throw new StatusError('NOT_FOUND', `Service '${service}' is not known to this server`);
    }
    return healthAnswer(this.#serving ? SERVING : NOT_SERVING);
  }

  async #watch(request: Uint8Array, call: ResponseStream): Promise<void> {
    const service = serviceOf(request);
    await new Promise<void>((resolve) => {
      const watcher: Watcher = { service, call, stop: resolve };
      this.#watchers.add(watcher);
      call.onEnd(() => {
        this.#watchers.delete(watcher);
        resolve();
      });
      this.#tell(watcher);
    });
  }

  #tell(watcher: Watcher): void {
    const known = KNOWN.has(watcher.service);
    const status = known ? (this.#serving ? SERVING : NOT_SERVING) : SERVICE_UNKNOWN;
    watcher.call.write([healthAnswer(status)], () => {});
  }
}

function serviceOf(request: Uint8Array): string {
  try {
    return healthCheckRequest.decode(request).service;
  } catch (error) {
    if (error instanceof WireError) throw new StatusError('INVALID_ARGUMENT', error.message);
    throw error;
  }
}
