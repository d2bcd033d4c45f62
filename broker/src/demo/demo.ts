// The demo of `millrace start --demo`: deploys an example order process, starts an order a second, works its jobs, and
// shows one live line of what happens. It is an ordinary client over the real gRPC port.
import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROCESS_ID = 'demo-order';
const JOB_TYPES = ['demo-collect-money', 'demo-ship-insured', 'demo-ship'] as const;
const ORDER_EVERY_MS = 1000;
const LOCK_MS = 60_000;
const RETRY_MS = 1000;
/** 25 orders of growing size, then from the start. */
const AMOUNTS = 25;
const AMOUNT_STEP = 9;

interface Job {
  readonly key: string;
  readonly type: string;
  readonly processInstanceKey: string;
}

type Unary = (
  request: object,
  options: { readonly deadline: number },
  done: (error: grpc.ServiceError | null, answer: unknown) => void,
) => void;

interface Counts {
  started: number;
  paid: number;
  shipped: number;
  insured: number;
  failed: number;
  last: string;
}

interface DemoClient {
  call(method: string, request: object): Promise<unknown>;
  stream(method: string, request: object): grpc.ClientReadableStream<Job>;
}

function connect(address: string): DemoClient {
  const contract = fileURLToPath(new URL('../../../protocol/gateway.proto', import.meta.url));
  const definition = loadSync(contract, { keepCase: true, longs: String, defaults: true });
  const loaded = grpc.loadPackageDefinition(definition) as unknown as {
    readonly gateway_protocol: { readonly Gateway: grpc.ServiceClientConstructor };
  };
  const client = new loaded.gateway_protocol.Gateway(address, grpc.credentials.createInsecure());
  const methods = client as unknown as Readonly<Record<string, Unary>>;
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        const deadline = Date.now() + 15_000;
        methods[method]?.call(client, request, { deadline }, (error, answer) =>
          error === null ? resolve(answer) : reject(error),
        );
      }),
    stream: (method, request) =>
      (
        client as unknown as Readonly<
          Record<string, (request: object) => grpc.ClientReadableStream<Job>>
        >
      )[method]?.call(client, request) as grpc.ClientReadableStream<Job>,
  };
}

/** Runs until the process ends. @throws Error when the process cannot be deployed */
export async function runDemo(address: string, output: Writable): Promise<void> {
  const client = connect(address);
  const content = readFileSync(new URL('./order-process.bpmn', import.meta.url));
  await client.call('DeployResource', { resources: [{ name: 'order-process.bpmn', content }] });
  output.write(`Demo: process '${PROCESS_ID}' is deployed; an order comes in every second.\n`);
  const counts: Counts = { started: 0, paid: 0, shipped: 0, insured: 0, failed: 0, last: '' };
  const show = () => output.write(liveLine(counts, output));
  for (const type of JOB_TYPES) work(client, type, counts, show);
  setInterval(() => {
    const amount = ((counts.started * AMOUNT_STEP) % AMOUNTS) * AMOUNT_STEP + 1;
    const variables = JSON.stringify({ orderId: `order-${counts.started + 1}`, amount });
    client
      .call('CreateProcessInstance', { bpmnProcessId: PROCESS_ID, version: -1, variables })
      .then(
        () => {
          counts.started++;
          counts.last = `order of ${amount} received`;
          show();
        },
        (error: Error) => fault(counts, error, show),
      );
  }, ORDER_EVERY_MS);
}

/** Keeps a job stream of this type open and completes what it brings. */
function work(client: DemoClient, type: string, counts: Counts, show: () => void): void {
  const request = { type, worker: 'demo', timeout: LOCK_MS };
  const stream = client.stream('StreamActivatedJobs', request);
  stream.on('data', (job: Job) => {
    const variables = JSON.stringify(
      type === 'demo-collect-money' ? { paid: true } : { shipped: true },
    );
    client.call('CompleteJob', { jobKey: job.key, variables }).then(
      () => {
        if (type === 'demo-collect-money') counts.paid++;
        else if (type === 'demo-ship') counts.shipped++;
        else counts.insured++;
        counts.last = `${type} done for instance ${job.processInstanceKey}`;
        show();
      },
      (error: Error) => fault(counts, error, show),
    );
  });
  stream.on('error', () => setTimeout(() => work(client, type, counts, show), RETRY_MS).unref());
}

function fault(counts: Counts, error: Error, show: () => void): void {
  counts.failed++;
  counts.last = error.message;
  show();
}

function liveLine(counts: Counts, output: Writable): string {
  const failed = counts.failed > 0 ? `, ${counts.failed} failed` : '';
  const text =
    `orders: ${counts.started} received, ${counts.paid} paid, ${counts.shipped} shipped, ` +
    `${counts.insured} shipped insured${failed} | ${counts.last}`;
  const isTerminal = (output as Writable & { readonly isTTY?: boolean }).isTTY === true;
  return isTerminal ? `\r\u001b[2K${text}` : `${text}\n`;
}
