// A gateway over scripted partitions and a real grpc-js client to it, for tests.
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { systemTimers } from '@millrace/raft';
import { silentLog } from '../../ops/log.ts';
import { createMetrics, type Metrics } from '../../ops/metrics.ts';
import { GATEWAY_DEFAULTS, type Gateway, type GatewayOptions, startGateway } from '../gateway.ts';
import { type LocalBroker, LocalCluster } from '../partitions/local-cluster.ts';
import { ScriptedPartition } from './scripted-partition.ts';

export const CONTRACT = fileURLToPath(
  new URL('../../../../protocol/gateway.proto', import.meta.url),
);

/** Status of a failed call, as the client saw it. */
export interface Failure {
  readonly code: string;
  readonly details: string;
  readonly metadata: grpc.Metadata;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely by tests
export type Answer = any;

export class GatewayClient {
  // biome-ignore lint/suspicious/noExplicitAny: the client's methods come from the contract at run time
  readonly raw: any;

  constructor(
    address: string,
    options: grpc.ClientOptions = {},
    credentials: grpc.ChannelCredentials = grpc.credentials.createInsecure(),
  ) {
    const definition = loadSync(CONTRACT, {
      keepCase: true,
      longs: String,
      enums: String,
      defaults: true,
    });
    // biome-ignore lint/suspicious/noExplicitAny: see above
    const { gateway_protocol } = grpc.loadPackageDefinition(definition) as any;
    this.raw = new gateway_protocol.Gateway(address, credentials, options);
  }

  /** A unary call. @throws Failure */
  call(method: string, request: object, options: grpc.CallOptions = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.raw[method](request, options, (error: grpc.ServiceError | null, answer: Answer) =>
        error === null ? resolve(answer) : reject(failureOf(error)),
      );
    });
  }

  /** The status that a call fails with. */
  async failure(method: string, request: object, options: grpc.CallOptions = {}): Promise<Failure> {
    const call = this.raw[method].responseStream
      ? this.collect(method, request, options)
      : this.call(method, request, options);
    return call.then(
      (answer) => {
        throw new Error(`${method} succeeded: ${JSON.stringify(answer)}`);
      },
      (error) => {
        if (error instanceof Error) throw error;
        return error as Failure;
      },
    );
  }

  /** All messages of a server stream. @throws Failure */
  collect(method: string, request: object, options: grpc.CallOptions = {}): Promise<Answer[]> {
    return new Promise((resolve, reject) => {
      const messages: Answer[] = [];
      this.raw[method](request, options)
        .on('data', (message: Answer) => messages.push(message))
        .on('error', (error: grpc.ServiceError) => reject(failureOf(error)))
        .on('end', () => resolve(messages));
    });
  }

  stream(method: string, request: object): grpc.ClientReadableStream<Answer> {
    const stream = this.raw[method](request);
    stream.on('error', () => {});
    return stream;
  }

  close(): void {
    this.raw.close();
  }
}

function failureOf(error: grpc.ServiceError): Failure {
  return {
    code: grpc.status[error.code],
    details: error.details,
    metadata: error.metadata,
  };
}

export interface TestGateway extends AsyncDisposable {
  readonly gateway: Gateway;
  readonly partitions: readonly ScriptedPartition[];
  readonly partition: ScriptedPartition;
  readonly client: GatewayClient;
  readonly metrics: Metrics;
  /** The broker's clock, moved by hand. */
  readonly clock: { time: number; now(): number };
}

const BROKER: LocalBroker = { nodeId: 0, host: '127.0.0.1', port: 26501, version: '8.6.0' };

export async function testGateway(
  options: Partial<GatewayOptions> = {},
  partitionCount = 1,
  broker: Partial<LocalBroker> = {},
): Promise<TestGateway> {
  const partitions = Array.from({ length: partitionCount }, (_, i) => new ScriptedPartition(i + 1));
  const clock = { time: 1_000_000, now: () => clock.time };
  const metrics = createMetrics(false);
  const cluster = new LocalCluster(partitions, { ...BROKER, ...broker });
  const gateway = await startGateway(
    cluster,
    cluster,
    { ...GATEWAY_DEFAULTS, port: 0, ...options },
    { clock, timers: systemTimers, random: Math.random, log: silentLog(), metrics },
  );
  const client = new GatewayClient(gateway.address);
  return {
    gateway,
    partitions,
    partition: partitions[0] as ScriptedPartition,
    client,
    metrics,
    clock,
    [Symbol.asyncDispose]: async () => {
      client.close();
      await gateway.close(200);
    },
  };
}
