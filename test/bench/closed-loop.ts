// The closed loop over gRPC: so many creations in flight, jobs by a stream, client and broker on the same cores.
import type { GrpcLoad } from './grpc-load.ts';
import { oneTaskModel, VARIABLES } from './one-task-model.ts';

/** What runs in the loop; its process has the id 'bench'. */
export interface LoopModel {
  readonly xml: string;
  /** Job types; each instance has so many jobs. */
  readonly types: readonly string[];
  readonly jobsOfInstance: number;
}

const ONE_TASK: LoopModel = {
  xml: oneTaskModel('bench', 'job-1'),
  types: ['job-1'],
  jobsOfInstance: 1,
};

export const IN_FLIGHT = 64;

export interface LoopFigures {
  readonly completedPerSecond: number;
  /** Of the creations, ms, sorted. */
  readonly latencies: readonly number[];
}

export class ClosedLoop {
  readonly #clients: readonly GrpcLoad[];
  readonly #jobsOfInstance: number;
  #created = 0;
  #jobs = 0;

  private constructor(clients: readonly GrpcLoad[], { types, jobsOfInstance }: LoopModel) {
    this.#clients = clients;
    this.#jobsOfInstance = jobsOfInstance;
    for (const client of clients) {
      for (const type of types) {
        client.stream(type, (key) => {
          client.complete(key, '{"done":true}').then(() => {
            this.#jobs++;
          });
        });
      }
    }
  }

  /** @param clients of one gateway each; creations and jobs are spread over them */
  static prepare(...clients: readonly [GrpcLoad, ...GrpcLoad[]]): Promise<ClosedLoop> {
    return ClosedLoop.prepareModel(ONE_TASK, ...clients);
  }

  static async prepareModel(
    model: LoopModel,
    ...clients: readonly [GrpcLoad, ...GrpcLoad[]]
  ): Promise<ClosedLoop> {
    await clients[0].deploy('bench.bpmn', model.xml);
    return new ClosedLoop(clients, model);
  }

  get #completed(): number {
    return this.#jobs / this.#jobsOfInstance;
  }

  /** Calls `atEnd` while the load is still on; resolves when every instance is completed. */
  async measure(warmUpMs: number, measureMs: number, atEnd = () => {}): Promise<LoopFigures> {
    const latencies: number[] = [];
    let isMeasuring = false;
    const end = performance.now() + warmUpMs + measureMs;
    const creator = async (_: unknown, place: number) => {
      const client = this.#clients[place % this.#clients.length] as GrpcLoad;
      while (performance.now() < end) {
        const begin = performance.now();
        await client.create('bench', VARIABLES);
        this.#created++;
        if (isMeasuring) latencies.push(performance.now() - begin);
      }
    };
    const creators = Promise.all(Array.from({ length: IN_FLIGHT }, creator));
    await new Promise((resolve) => setTimeout(resolve, warmUpMs));
    isMeasuring = true;
    const before = this.#completed;
    const begin = performance.now();
    await new Promise((resolve) => setTimeout(resolve, measureMs));
    isMeasuring = false;
    const seconds = (performance.now() - begin) / 1000;
    const completed = this.#completed - before;
    atEnd();
    await creators;
    while (this.#completed < this.#created) await new Promise((resolve) => setTimeout(resolve, 5));
    return { completedPerSecond: completed / seconds, latencies: latencies.sort((a, b) => a - b) };
  }
}
