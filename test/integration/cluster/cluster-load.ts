// Clients of a cluster that work through all of its gateways and keep books: some create instances, some do their jobs, some
// cancel, and now and then one deploys.
//
// Each gateway has a connection of its own, which comes back as those of the official clients do; a call is made once, through
// one gateway. Only cancelling, which ends in NOT_FOUND, is repeated until its outcome is known.
import { type Key, keyText } from '@millrace/protocol';
import { type Cancel, systemTimers } from '@millrace/raft';
import { oneTaskProcess } from '../../kit/process-builder.ts';
import { framed, type RawAnswer, type RawCall, RawGrpc } from '../../kit/raw-grpc.ts';
import { until } from '../../kit/until.ts';
import {
  activateRequest,
  cancelRequest,
  completeRequest,
  createdKey,
  createRequest,
  deployRequest,
  type GivenJob,
  readJob,
  readJobs,
  streamRequest,
} from '../../sim/clients/requests.ts';
import { type CallBook, outcomeOf, type Purpose } from './call-book.ts';

export interface ClusterLoadOptions {
  /** host:port of the gateways. */
  readonly addresses: readonly string[];
  /** Creations started per second, over all gateways. */
  readonly perSecond: number;
  /** ms that a call may take. */
  readonly callMs?: number;
  /** ms that a job is locked for its worker. */
  readonly lockMs?: number;
  /** Length of a variable of each instance; default 200. */
  readonly textBytes?: number;
}

const jobType = 'clustered';
/** Of ten creations one is cancelled; the others have a job. */
const parkedOfTen = 5;
const processOf: Readonly<Record<Purpose, string>> = {
  job: 'clustered-job',
  cancel: 'clustered-parked',
};
/** Calls under way, beyond which no new instance is begun. */
const openCallsMax = 300;
/** ms beyond its deadline after which a client gives an answer up: long, for a machine that is busy with other things. */
const graceMs = 10_000;
const NOT_FOUND = 5;
/** Between two deployments, ms. */
const deployEveryMs = 5_000;

export class ClusterLoad {
  /** Gateways, by their place in the list, that get no new calls; a balancer in front of them would know. */
  readonly avoid = new Set<number>();
  readonly #book: CallBook;
  readonly #options: ClusterLoadOptions;
  readonly #callMs: number;
  readonly #lockMs: number;
  readonly #gateways: readonly RawGrpc[];
  readonly #streams = new Set<RawCall>();
  readonly #loops: Promise<void>[] = [];
  readonly #calls = new Set<Promise<unknown>>();
  readonly #prefix: string;
  #stopCreating: Cancel = () => {};
  #isStopping = false;
  #next = 0;
  static #loads = 0;

  constructor(book: CallBook, options: ClusterLoadOptions) {
    this.#book = book;
    this.#options = options;
    this.#callMs = options.callMs ?? 10_000;
    this.#lockMs = options.lockMs ?? 4_000;
    this.#gateways = options.addresses.map((address) => new RawGrpc(address));
    this.#prefix = `t${ClusterLoad.#loads++}`;
  }

  /** Brings the definitions to the cluster. */
  async deploy(): Promise<void> {
    for (const [id, type] of [
      [processOf.job, jobType],
      [processOf.cancel, 'clustered-parked'],
    ] as const) {
      const request = deployRequest(`${id}.bpmn`, oneTaskProcess(id, type));
      const { code, text } = await this.#gateway(0).call('DeployResource', request);
      if (code !== 0) throw new Error(`no deployment: ${code} ${text}`);
      this.#book.deployed.add(id);
    }
  }

  start(): void {
    for (let gateway = 0; gateway < this.#gateways.length; gateway++) {
      this.#loops.push(this.#poll(gateway), this.#stream(gateway));
    }
    const creating = systemTimers.every(1000 / this.#options.perSecond, () => {
      if (this.#calls.size < openCallsMax) this.#track(this.#create());
    });
    const deploying = systemTimers.every(deployEveryMs, () => this.#track(this.#deploy()));
    this.#stopCreating = () => {
      creating();
      deploying();
    };
  }

  /** Begins no more instances; workers go on. */
  stopCreating(): void {
    this.#stopCreating();
  }

  /** Calls that are under way, those of workers and streams not counted. */
  get openCalls(): number {
    return this.#calls.size;
  }

  /** Ends everything; calls under way end first, by their own deadline at the latest. */
  async stop(): Promise<void> {
    this.#stopCreating();
    this.#isStopping = true;
    for (const stream of this.#streams) stream.cancel();
    await Promise.all(this.#loops);
    while (this.#calls.size > 0) await Promise.all(this.#calls);
    for (const gateway of this.#gateways) gateway.close();
  }

  #gateway(n: number): RawGrpc {
    return this.#gateways[n % this.#gateways.length] as RawGrpc;
  }

  #track(call: Promise<unknown>): void {
    const tracked = call.finally(() => this.#calls.delete(tracked));
    this.#calls.add(tracked);
  }

  /** Calls through the gateway of that number, or the next one that is not avoided. */
  async #call(number: number, method: string, request: Uint8Array): Promise<RawAnswer> {
    const gateway = this.#chosen(number);
    const limits = { timeoutMs: this.#callMs, graceMs };
    const begun = performance.now();
    const answer = await this.#gateway(gateway).call(method, request, limits);
    if (answer.code !== 0) this.#book.failed(method, answer);
    if (answer.code < 0 && performance.now() - begun >= this.#callMs + graceMs)
      this.#book.hung.set(gateway, (this.#book.hung.get(gateway) ?? 0) + 1);
    return answer;
  }

  #chosen(number: number): number {
    const count = this.#gateways.length;
    for (let n = number; n < number + count; n++) if (!this.avoid.has(n % count)) return n % count;
    return number % count;
  }

  async #create(): Promise<void> {
    const number = this.#next++;
    const token = `${this.#prefix}-${number}`;
    const purpose: Purpose = number % 10 === parkedOfTen ? 'cancel' : 'job';
    const variables = JSON.stringify({ token, text: 'x'.repeat(this.#options.textBytes ?? 200) });
    const request = createRequest({ processId: processOf[purpose], variables });
    const begun = performance.now();
    const answer = await this.#call(number, 'CreateProcessInstance', request);
    const outcome = outcomeOf(answer);
    const bytes = answer.messages[0];
    const isAnswered = outcome === 'acknowledged' && bytes !== undefined;
    const instance = isAnswered ? createdKey(bytes) : undefined;
    const key = instance === undefined ? '' : keyText(instance);
    const creation = { token, purpose, outcome, key, text: `${answer.code} ${answer.text}` };
    this.#book.created(creation, performance.now() - begun);
    if (instance === undefined) return;
    if (purpose === 'cancel') await this.#cancel(number + 1, instance);
  }

  /** Again until it is known: what is cancelled is not found. */
  async #cancel(gateway: number, instance: Key): Promise<void> {
    const request = cancelRequest(instance);
    for (let n = gateway; ; n++) {
      const { code, text } = await this.#call(n, 'CancelProcessInstance', request);
      if (code === NOT_FOUND && n === gateway) this.#book.lies.push(text);
      if (code === 0 || code === NOT_FOUND) {
        this.#book.cancelled.add(keyText(instance));
        return;
      }
      if (this.#isStopping) return;
      await this.#pause();
    }
  }

  async #deploy(): Promise<void> {
    const id = `${this.#prefix}-definition-${this.#next++}`;
    const request = deployRequest(`${id}.bpmn`, oneTaskProcess(id, 'clustered-nothing'));
    const { code } = await this.#call(this.#next, 'DeployResource', request);
    if (code === 0) this.#book.deployed.add(id);
  }

  /** A worker that asks. */
  async #poll(gateway: number): Promise<void> {
    const request = activateRequest({
      type: jobType,
      worker: `poll-${gateway}`,
      timeoutMs: this.#lockMs,
      jobsMax: 16,
      waitMs: 500,
    });
    while (!this.#isStopping) {
      const { code, messages } = await this.#call(gateway, 'ActivateJobs', request);
      for (const answer of messages)
        for (const job of readJobs(answer)) this.#track(this.#complete(gateway, job));
      if (code !== 0) await this.#pause();
    }
  }

  /** A worker that is pushed to. */
  async #stream(gateway: number): Promise<void> {
    const worker = `stream-${gateway}`;
    const request = streamRequest({ type: jobType, worker, timeoutMs: this.#lockMs });
    while (!this.#isStopping) {
      const path = '/gateway_protocol.Gateway/StreamActivatedJobs';
      const call = this.#gateway(gateway).open(path, framed(request), {
        timeoutMs: 3_600_000,
        onMessage: (job) => this.#track(this.#complete(gateway + 1, readJob(job))),
      });
      this.#streams.add(call);
      await call.ended;
      this.#streams.delete(call);
      if (!this.#isStopping) await this.#pause();
    }
  }

  async #complete(gateway: number, job: GivenJob): Promise<void> {
    const { token } = JSON.parse(job.variables) as { token: string };
    const request = completeRequest(job.key, '{"done":true}');
    const { code } = await this.#call(gateway, 'CompleteJob', request);
    if (code === 0) this.#book.jobCompleted(keyText(job.key), token);
  }

  /** A broker that is gone refuses at once: not again without pause. */
  async #pause(): Promise<void> {
    const over = systemTimers.monotonicMs() + 50;
    const isOver = () => this.#isStopping || systemTimers.monotonicMs() >= over;
    await until(isOver, { within: 1_000, what: 'a short while' });
  }
}
