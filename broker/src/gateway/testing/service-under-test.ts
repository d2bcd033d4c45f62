// The gateway's service layer over a scripted cluster, without sockets and with time moved by hand, for tests.
import { type Key, keyText, makeKey } from '@millrace/protocol';
import { silentLog } from '../../ops/log.ts';
import { createMetrics, type Metrics } from '../../ops/metrics.ts';
import { GATEWAY_DEFAULTS } from '../gateway.ts';
import {
  createGatewayService,
  type GatewayService,
  type GatewayServiceOptions,
} from '../gateway-service.ts';
import type { ResponseStream } from '../service/call.ts';
import { createProcessInstance } from '../service/create-process-instance.ts';
import { completeJob } from '../service/job-commands.ts';
import type { StatusError } from '../status.ts';
import type { Int64 } from '../wire/proto-reader.ts';
import { ManualTimers } from './manual-timers.ts';
import type { ScriptedCluster } from './scripted-cluster.ts';

/** A client's call. */
export class TestCall implements ResponseStream {
  ended = false;
  readonly frames: Uint8Array[] = [];
  readonly #listeners: (() => void)[] = [];

  onEnd(listener: () => void): void {
    if (this.ended) listener();
    else this.#listeners.push(listener);
  }

  write(frames: readonly Uint8Array[], done: (sent: boolean) => void): void {
    if (!this.ended) this.frames.push(...frames);
    done(!this.ended);
  }

  /** The client goes. */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const listener of this.#listeners) listener();
  }
}

/** How a call ended, or that it has not. */
export interface Outcome {
  state: 'open' | 'ok' | 'failed';
  error: StatusError | undefined;
}

export class ServiceUnderTest {
  readonly cluster: ScriptedCluster;
  readonly timers = new ManualTimers();
  readonly gateway: GatewayService;
  readonly metrics: Metrics = createMetrics(false);
  #count = 0;

  constructor(cluster: ScriptedCluster, options: Partial<GatewayServiceOptions> = {}) {
    this.cluster = cluster;
    this.gateway = createGatewayService(
      cluster,
      cluster,
      { ...GATEWAY_DEFAULTS, ...options },
      {
        clock: { now: () => this.timers.wallMs() },
        timers: this.timers,
        random: () => 0.5,
        log: silentLog(),
        metrics: this.metrics,
      },
    );
  }

  /** Completes a job of the partition. */
  complete(partitionId = 1, call = new TestCall(), variables = ''): Outcome {
    const jobKey = clientKey(makeKey(partitionId, ++this.#count));
    const bytes = 10 + variables.length;
    return watch(
      completeJob(this.gateway.service, { jobKey, variables, result: undefined }, bytes, call),
    );
  }

  /** Creates an instance of a process that bears the name. */
  create(name = 'p', call = new TestCall()): Outcome {
    const request = {
      processDefinitionKey: { high: 0, low: 0 },
      bpmnProcessId: name,
      version: -1,
      variables: '',
      startInstructions: [],
      tenantId: '',
      operationReference: undefined,
    };
    return watch(createProcessInstance(this.gateway.service, request, 10, call));
  }

  /** What is held under all limits together. */
  held(): number {
    return Object.values(this.gateway.partitions.limits).reduce(
      (sum, limit) => sum + limit.count + limit.bytes,
      0,
    );
  }
}

export function watch(call: Promise<unknown>): Outcome {
  const outcome: Outcome = { state: 'open', error: undefined };
  call.then(
    () => {
      outcome.state = 'ok';
    },
    (error: StatusError) => {
      outcome.state = 'failed';
      outcome.error = error;
    },
  );
  return outcome;
}

/** A key as a client's number arrives. */
export function clientKey(key: Key): Int64 {
  const number = BigInt(keyText(key));
  return { high: Number(number >> 32n), low: Number(BigInt.asUintN(32, number)) };
}
