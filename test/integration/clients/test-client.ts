// What every client library can do, in one shape, so that one suite serves them all.
//
// The adapters beside this file add nothing: they call the library and rename.

export interface TestJob {
  readonly key: string;
  readonly retries: number;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly customHeaders: Readonly<Record<string, unknown>>;
}

/** What a worker's handler decides. */
export type Decision =
  | { readonly complete: Readonly<Record<string, unknown>> }
  | { readonly fail: string; readonly retries: number }
  | { readonly error: string };

export type Handler = (job: TestJob) => Decision;

export interface OpenWorker {
  close(): Promise<void>;
}

export interface TestClient {
  topology(): Promise<{
    readonly clusterSize: number;
    readonly partitionsCount: number;
    readonly gatewayVersion: string;
    readonly brokers: number;
  }>;
  /** Returns the key of the process definition. */
  deploy(fileName: string, xml: string): Promise<string>;
  /** Returns the key of the instance. */
  start(processId: string, variables?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Starts an instance, waits for its end, and returns its variables. */
  startAndAwait(
    processId: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<Readonly<Record<string, unknown>>>;
  /** Asks once for jobs. */
  activate(type: string, max: number): Promise<readonly TestJob[]>;
  /** @param lockMs how long a job is the worker's; a minute unless given */
  poll(type: string, handler: Handler, lockMs?: number): OpenWorker;
  /** A worker that has its jobs pushed; undefined where the library has none. */
  readonly stream:
    | ((type: string, handler: Handler, lockMs?: number) => Promise<OpenWorker>)
    | undefined;
  complete(jobKey: string, variables: Readonly<Record<string, unknown>>): Promise<void>;
  fail(jobKey: string, retries: number, message: string): Promise<void>;
  throwError(jobKey: string, code: string): Promise<void>;
  updateRetries(jobKey: string, retries: number): Promise<void>;
  setVariables(
    elementInstanceKey: string,
    variables: Readonly<Record<string, unknown>>,
  ): Promise<void>;
  resolve(incidentKey: string): Promise<void>;
  cancel(processInstanceKey: string): Promise<void>;
  close(): Promise<void>;
}
