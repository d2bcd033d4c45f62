// The clients of a simulated cluster: deploy, create, cancel, work, resolve incidents; they wait, give up and come again.
// Guarantees: every answer goes through the audit; when the load is to end, what was begun can be ended.
// Leaves to others: what the answers must agree with (client-audit.ts), the life of gateways.
import { type Key, NO_KEY } from '@millrace/protocol';
import type { LogAudit } from '../cluster/log-audit.ts';
import type { SeededRandom } from '../seeded-random.ts';
import { describeEnd } from './client-audit.ts';
import { ANSWER } from './event-models.ts';
import type { CallEnd } from './gateway-calls.ts';
import { JOB_TYPES, MODELS } from './models.ts';
import {
  cancelRequest,
  createdKey,
  createRequest,
  createWithResultRequest,
  deployRequest,
  publishRequest,
  resolveIncidentRequest,
  updateRetriesRequest,
} from './requests.ts';
import { type ClientSurroundings, SimulatedWorker } from './worker.ts';

const RESULT_MS = 4_000;
const OPERATOR_MS = 300;
const PUBLISH_MS = 500;
/** Instances that are told at once, and how long a message waits for them. */
const TOLD_MAX = 10;
const MESSAGE_MS = 5_000;
const VARIABLES = /"token":"([^"]+)"/;

/** The token that a client put into the variables of a creation. */
export function tokenOf(variables: string): string | undefined {
  return VARIABLES.exec(variables)?.[1];
}

export class Load {
  readonly #s: ClientSurroundings;
  readonly #random: SeededRandom;
  readonly #logs: ReadonlyMap<number, LogAudit>;
  readonly #createMs: number;
  #workers: SimulatedWorker[] = [];
  #workersBegun = 0;
  #tokens = 0;
  readonly figures = { creations: 0, created: 0, cancelled: 0, resolved: 0, results: 0 };

  constructor(
    surroundings: ClientSurroundings,
    random: SeededRandom,
    logs: ReadonlyMap<number, LogAudit>,
  ) {
    this.#s = surroundings;
    this.#random = random;
    this.#logs = logs;
    this.#createMs = random.pick([50, 120, 400]);
  }

  start(): void {
    for (const model of MODELS) this.#deploy(model.processId, model.xml);
    for (const type of JOB_TYPES) {
      for (let i = this.#random.between(1, 2); i > 0; i--) this.#beginWorker(type);
    }
    this.#again(this.#createMs, () => this.#create());
    this.#again(900, () => this.#cancel());
    this.#again(4_000, () => this.#replaceWorker());
    this.#again(OPERATOR_MS, () => this.#resolve(), true);
    this.#again(PUBLISH_MS, () => this.#publish(), true);
  }

  /** Nothing new is begun; what is there is worked off, through these gateways. */
  end(gateways: readonly number[]): void {
    this.#s.isEnding = true;
    this.#s.gateways = gateways;
    for (const worker of this.#workers) worker.leave(true);
    this.#workers = [];
    for (const type of JOB_TYPES) this.#beginWorker(type);
  }

  #again(meanMs: number, work: () => void, alsoAtTheEnd = false): void {
    this.#s.world.time.after(this.#random.around(meanMs), () => {
      if (this.#s.isEnding && !alsoAtTheEnd) return;
      work();
      this.#again(meanMs, work, alsoAtTheEnd);
    });
  }

  async #unary(method: string, request: Uint8Array): Promise<CallEnd> {
    const { calls, gateways, commandDeadlineMs, world } = this.#s;
    const gateway = this.#random.pick(gateways);
    const end = await calls.unary(gateway, method, request, commandDeadlineMs);
    world.say('client', () => `${method} at m${gateway}: ${describeEnd(end)}`);
    return end;
  }

  #deploy(processId: string, xml: string): void {
    void this.#unary('DeployResource', deployRequest(`${processId}.bpmn`, xml)).then((end) => {
      if (end.kind === 'answer') return;
      this.#s.world.time.after(this.#random.around(300), () => this.#deploy(processId, xml));
    });
  }

  #create(): void {
    const { audit, world, calls, gateways, commandDeadlineMs } = this.#s;
    const token = `t${++this.#tokens}`;
    const { processId } = this.#random.pick(MODELS);
    const instance = { processId, variables: `{"token":"${token}"}` };
    this.figures.creations++;
    const isWithResult = this.#random.chance(0.05);
    const request = isWithResult
      ? createWithResultRequest(instance, RESULT_MS)
      : createRequest(instance);
    const method = isWithResult ? 'CreateProcessInstanceWithResult' : 'CreateProcessInstance';
    const deadlineMs = commandDeadlineMs + (isWithResult ? RESULT_MS : 0);
    const gateway = this.#random.pick(gateways);
    void calls.unary(gateway, method, request, deadlineMs).then((end) => {
      world.say('client', () => `creation ${token} at m${gateway}: ${describeEnd(end)}`);
      if (end.kind !== 'answer') return audit.creationFailed(token, end);
      const key = createdKey(end.message);
      this.figures.created++;
      if (isWithResult) {
        this.figures.results++;
        audit.resultTold(token, key);
      } else audit.instanceCreated(token, key);
    });
  }

  #cancel(): void {
    const keys = [...this.#s.audit.created.keys()].slice(-200);
    if (keys.length === 0) return;
    const key = this.#random.pick(keys);
    void this.#unary('CancelProcessInstance', cancelRequest(key)).then((end) => {
      if (end.kind === 'answer') {
        this.figures.cancelled++;
        this.#s.audit.instanceCancelled(key);
      } else if (end.kind === 'status' && end.code === 'NOT_FOUND')
        this.#s.audit.instanceNotFound(key);
    });
  }

  #beginWorker(type: string): void {
    const name = `w${++this.#workersBegun}`;
    const options = {
      name,
      type,
      isStream: this.#random.chance(0.5),
      jobsMax: this.#random.pick([1, 5, 30]),
      lockMs: this.#random.pick([800, 3_000, 10_000]),
    };
    const random = this.#random.fork(name);
    this.#workers.push(new SimulatedWorker(this.#s, random, options));
    this.#types.set(this.#workers.at(-1)!, type);
  }

  readonly #types = new Map<SimulatedWorker, string>();

  #replaceWorker(): void {
    const worker = this.#random.pick(this.#workers);
    this.#workers = this.#workers.filter((other) => other !== worker);
    worker.leave(this.#random.chance(0.5));
    this.#beginWorker(this.#types.get(worker) as string);
    this.#types.delete(worker);
  }

  /** Whoever may wait for an answer gets one, now and then twice. */
  #publish(): void {
    const waiting: string[] = [];
    for (const { instances } of this.#logs.values()) {
      for (const { state, token } of instances.values()) if (state === 'alive') waiting.push(token);
    }
    for (let i = Math.min(TOLD_MAX, waiting.length); i > 0; i--) {
      const request = publishRequest(ANSWER, this.#random.pick(waiting), MESSAGE_MS);
      void this.#unary('PublishMessage', request);
    }
  }

  /** An operator looks for incidents and resolves them. */
  #resolve(): void {
    const open: { readonly key: Key; readonly jobKey: Key }[] = [];
    for (const log of this.#logs.values()) {
      for (const [key, { jobKey }] of log.openIncidents) open.push({ key, jobKey });
    }
    if (open.length === 0) return;
    const { key, jobKey } = this.#random.pick(open);
    const updated =
      jobKey === NO_KEY
        ? Promise.resolve()
        : this.#unary('UpdateJobRetries', updateRetriesRequest(jobKey, 3));
    void updated
      .then(() => this.#unary('ResolveIncident', resolveIncidentRequest(key)))
      .then((end) => {
        if (end.kind === 'answer') this.figures.resolved++;
      });
  }
}
