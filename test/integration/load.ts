// A load that keeps books: what the broker acknowledged, as the client saw it, over any number of crashes.
//
// Some loops start instances, some take jobs and complete them, with an unmodified client. A call that fails is not booked:
// its outcome is unknown. Each broker process gets a new client; the books stay.
import { Camunda8 } from '@camunda8/sdk';
import { until } from '../kit/until.ts';

/** What was acknowledged, over all rounds. */
export class Books {
  /** Instance keys whose creation was answered. */
  readonly created = new Set<string>();
  /** Job keys whose completion was answered, with the instance they belong to. */
  readonly completed = new Map<string, string>();
  /** Jobs whose completion was answered more than once. */
  readonly doubled: string[] = [];

  get size(): number {
    return this.created.size + this.completed.size;
  }
}

export interface LoadOptions {
  readonly address: string;
  readonly processId: string;
  readonly jobType: string;
  readonly creators: number;
  readonly workers: number;
  /** ms that a job is locked for its worker */
  readonly jobTimeout: number;
}

export class Load {
  readonly #books: Books;
  readonly #options: LoadOptions;
  readonly #client;
  readonly #loops: Promise<void>[] = [];
  #stopping = false;
  /** The newest refusals, as texts. */
  readonly refusals: string[] = [];

  constructor(books: Books, options: LoadOptions) {
    this.#books = books;
    this.#options = options;
    this.#client = new Camunda8({
      ZEEBE_GRPC_ADDRESS: `grpc://${options.address}`,
      CAMUNDA_OAUTH_DISABLED: true,
      CAMUNDA_LOG_LEVEL: 'none',
      zeebeGrpcSettings: { ZEEBE_CLIENT_LOG_LEVEL: 'NONE', ZEEBE_GRPC_CLIENT_RETRY: false },
    }).getZeebeGrpcApiClient();
  }

  async deploy(name: string, xml: string): Promise<void> {
    await this.#client.deployResource({ name, process: Buffer.from(xml) });
  }

  start(): void {
    const { creators, workers } = this.#options;
    for (let n = 0; n < creators; n++) this.#loops.push(this.#loop(() => this.#create()));
    for (let n = 0; n < workers; n++) this.#loops.push(this.#loop(() => this.#work()));
  }

  /** Ends all loops and the client; calls under way end first (with an error when the broker is gone). */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    await this.#client.close().catch(() => {});
  }

  async #loop(turn: () => Promise<void>): Promise<void> {
    while (!this.#stopping) {
      try {
        await turn();
      } catch (error) {
        this.refusals.push(String(error));
        if (this.refusals.length > 100) this.refusals.shift();
        const before = this.#books.size;
        // A broker that is gone or full refuses at once: let some time pass, or another loop succeed.
        await until(() => this.#stopping || this.#books.size > before, {
          within: 50,
          what: 'another call',
        }).catch(() => {});
      }
    }
  }

  async #create(): Promise<void> {
    const { processInstanceKey } = await this.#client.createProcessInstance({
      bpmnProcessId: this.#options.processId,
      variables: { order: { id: 'a-1', amount: 12.5 }, text: 'x'.repeat(200) },
    });
    this.#books.created.add(processInstanceKey);
  }

  async #work(): Promise<void> {
    const jobs = await this.#client.activateJobs({
      type: this.#options.jobType,
      worker: 'load',
      maxJobsToActivate: 16,
      timeout: this.#options.jobTimeout,
      requestTimeout: 500,
    });
    const ended = jobs.map(async ({ key, processInstanceKey }) => {
      await this.#client.completeJob({ jobKey: key, variables: { done: true } });
      if (this.#books.completed.has(key)) this.#books.doubled.push(key);
      this.#books.completed.set(key, processInstanceKey);
    });
    const failed = (await Promise.allSettled(ended)).find(({ status }) => status === 'rejected');
    if (failed !== undefined) throw (failed as PromiseRejectedResult).reason;
  }
}
