// So many instances a second, over several gateways, until it is stopped; each is completed as soon as its job comes.
import { until } from '../kit/until.ts';
import type { GrpcLoad } from './grpc-load.ts';
import { oneTaskModel, VARIABLES } from './one-task-model.ts';

const TICK_MS = 5;
const ENDS_WITHIN_MS = 30_000;

export class SteadyLoad {
  readonly #clients: readonly GrpcLoad[];
  readonly #perSecond: number;
  #timer: NodeJS.Timeout | undefined;
  #created = 0;
  completed = 0;
  readonly failures: string[] = [];

  constructor(clients: readonly GrpcLoad[], perSecond: number) {
    this.#clients = clients;
    this.#perSecond = perSecond;
  }

  async start(): Promise<void> {
    await (this.#clients[0] as GrpcLoad).deploy('bench.bpmn', oneTaskModel('bench', 'job-1'));
    const failed = (error: Error) => void this.failures.push(error.message);
    for (const client of this.#clients) {
      client.stream('job-1', (key) => {
        client.complete(key, '{"done":true}').then(() => void this.completed++, failed);
      });
    }
    const begin = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - begin) / 1000) * this.#perSecond;
      while (this.#created < due) {
        const client = this.#clients[this.#created++ % this.#clients.length] as GrpcLoad;
        client.create('bench', VARIABLES).catch(failed);
      }
    }, TICK_MS);
  }

  /** Completed instances per second while the work goes on. */
  async rateDuring(work: Promise<unknown>): Promise<number> {
    const before = this.completed;
    const begin = performance.now();
    await work;
    return ((this.completed - before) * 1000) / (performance.now() - begin);
  }

  /** Resolves when what was created is completed, or has failed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const isDone = () => this.completed + this.failures.length >= this.#created;
    await until(isDone, { within: ENDS_WITHIN_MS, what: 'the last instances are completed' });
  }
}
