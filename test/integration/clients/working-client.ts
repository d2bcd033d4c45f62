// A client at work while brokers come and go: it creates instances at a pace, works their jobs, and looks at the topology.
//
// Guarantees: every creation is counted once, as acknowledged with its key or as failed with its text; no call is repeated here.
// Leaves to others: the libraries (the adapters beside this file), programs in other languages (client-program.ts).
import { type Cancel, systemTimers } from '@millrace/raft';
import { oneTaskProcess } from '../../kit/process-builder.ts';
import { until } from '../../kit/until.ts';
import type { OpenWorker, TestClient } from './test-client.ts';
import { callZbctl, keyIn, runZbctlWorker } from './zbctl-program.ts';

export interface Assignment {
  /** host:port of the gateway. */
  readonly address: string;
  /** Id of the process and type of its job; the n-th creation has `{"token": "<processId>-<n>"}`. */
  readonly processId: string;
  readonly perSecond: number;
  /** How long a job is its worker's, ms. */
  readonly lockMs: number;
}

export interface WorkingClient {
  /** Keys of the instances whose creation was acknowledged. */
  readonly created: readonly string[];
  /** What was said about creations that failed. */
  readonly failures: readonly string[];
  /** How many brokers the topology has shown; one entry for each change. */
  readonly topologies: readonly number[];
  /** Begins no more; resolves when the calls under way have ended. Workers go on. */
  stopCreating(): Promise<void>;
  close(): Promise<void>;
}

export type StartWork = (assignment: Assignment) => Promise<WorkingClient>;

const lookEveryMs = 250;
/** A call of zbctl is dear: a process of its own. */
const creationsPerLook = 4;

/** What a client was told. */
export class WorkBook {
  readonly created: string[] = [];
  readonly failures: string[] = [];
  readonly topologies: number[] = [];

  sawBrokers(count: number): void {
    if (this.topologies.at(-1) !== count) this.topologies.push(count);
  }
}

/** Work by a library that runs in this process. @param pushed whether jobs come by a stream instead of being polled */
export function workBy(
  connect: (address: string) => Promise<TestClient>,
  { pushed = false } = {},
): StartWork {
  return async (assignment) => {
    const { address, processId, lockMs } = assignment;
    const client = await connect(address);
    await client.deploy(`${processId}.bpmn`, oneTaskProcess(processId, processId));
    const complete = () => ({ complete: { done: true } });
    const worker = pushed
      ? await client.stream?.(processId, complete, lockMs)
      : client.poll(processId, complete, lockMs);
    if (worker === undefined) throw new Error('the library has no streams');
    return new LibraryAtWork(client, worker, assignment);
  };
}

class LibraryAtWork extends WorkBook implements WorkingClient {
  readonly #client: TestClient;
  readonly #worker: OpenWorker;
  readonly #processId: string;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopCreating: Cancel;
  readonly #stopLooking: Cancel;
  #isLooking = false;
  #next = 0;

  constructor(client: TestClient, worker: OpenWorker, { processId, perSecond }: Assignment) {
    super();
    this.#client = client;
    this.#worker = worker;
    this.#processId = processId;
    this.#stopCreating = systemTimers.every(1000 / perSecond, () => this.#create());
    this.#stopLooking = systemTimers.every(lookEveryMs, () => void this.#look());
  }

  #create(): void {
    const token = `${this.#processId}-${this.#next++}`;
    const call = this.#client.start(this.#processId, { token }).then(
      (key) => void this.created.push(key),
      (error: Error) => void this.failures.push(error.message),
    );
    const tracked = call.finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      this.sawBrokers((await this.#client.topology()).brokers);
    } catch {
      // the next look is soon
    }
    this.#isLooking = false;
  }

  async stopCreating(): Promise<void> {
    this.#stopCreating();
    await until(() => this.#underWay.size === 0, { within: 20_000, what: 'calls under way' });
  }

  async close(): Promise<void> {
    this.#stopCreating();
    this.#stopLooking();
    await this.#worker.close();
    await this.#client.close();
  }
}

/** Work by zbctl: a call is a process, so one after the other. @param writeModel keeps a file and returns its path */
export function workByZbctl(writeModel: (name: string, xml: string) => Promise<string>): StartWork {
  return async (assignment) => {
    const { address, processId, lockMs } = assignment;
    const file = await writeModel(`${processId}.bpmn`, oneTaskProcess(processId, processId));
    await callZbctl(address, 'deploy', 'resource', file);
    const timeout = `${lockMs}ms`;
    const worker = runZbctlWorker(address, processId, '--streamEnabled', '--timeout', timeout);
    return new ZbctlAtWork(worker, assignment);
  };
}

class ZbctlAtWork extends WorkBook implements WorkingClient {
  readonly #worker: OpenWorker;
  readonly #assignment: Assignment;
  readonly #working: Promise<void>;
  #isCreating = true;

  constructor(worker: OpenWorker, assignment: Assignment) {
    super();
    this.#worker = worker;
    this.#assignment = assignment;
    this.#working = this.#work();
  }

  async #work(): Promise<void> {
    for (let n = 0; this.#isCreating; n++) {
      await this.#create(n);
      if (n % creationsPerLook === 0) await this.#look();
    }
  }

  async #create(n: number): Promise<void> {
    const { address, processId } = this.#assignment;
    const variables = JSON.stringify({ token: `${processId}-${n}` });
    const args = ['create', 'instance', processId, '--variables', variables];
    try {
      this.created.push(keyIn(await callZbctl(address, ...args), 'processInstanceKey'));
    } catch (error) {
      this.failures.push((error as Error).message);
    }
  }

  async #look(): Promise<void> {
    const status = await callZbctl(this.#assignment.address, 'status').catch(() => '');
    const brokers = status.match(/^\s*Broker \d+/gm)?.length;
    if (brokers !== undefined) this.sawBrokers(brokers);
  }

  async stopCreating(): Promise<void> {
    this.#isCreating = false;
    await this.#working;
  }

  async close(): Promise<void> {
    await this.stopCreating();
    await this.#worker.close();
  }
}
