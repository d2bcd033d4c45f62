// The client library zeebe-node, as it comes from npm, behind the suite's interface. It polls; it cannot stream.
import { ZBClient } from 'zeebe-node';
import type { Decision, Handler, TestClient, TestJob } from './test-client.ts';

/** How the libraries name an object of JSON values. */
// biome-ignore lint/suspicious/noExplicitAny: it is theirs
export type ZeebeVariables = Record<string, any>;

const pollIntervalMs = 100;
const jobTimeoutMs = 60_000;

export async function connectZeebeNode(address: string): Promise<TestClient> {
  const client = new ZBClient(address, {
    useTLS: false,
    loglevel: 'NONE',
    retry: false,
    onConnectionError: () => {},
  });
  return {
    stream: undefined,
    async topology() {
      const { brokers, clusterSize, partitionsCount, gatewayVersion } = await client.topology();
      return { brokers: brokers.length, clusterSize, partitionsCount, gatewayVersion };
    },
    async deploy(name, xml) {
      const { deployments } = await client.deployResource({ name, process: Buffer.from(xml) });
      return String(deployments[0]?.process.processDefinitionKey);
    },
    async start(bpmnProcessId, variables = {}) {
      const created = await client.createProcessInstance({
        bpmnProcessId,
        variables: variables as ZeebeVariables,
      });
      return created.processInstanceKey;
    },
    async startAndAwait(bpmnProcessId, variables) {
      const ended = await client.createProcessInstanceWithResult({
        bpmnProcessId,
        variables: variables as ZeebeVariables,
      });
      return ended.variables;
    },
    async activate(type, maxJobsToActivate) {
      return client.activateJobs({
        type,
        maxJobsToActivate,
        worker: 'suite',
        timeout: jobTimeoutMs,
        requestTimeout: 5_000,
      });
    },
    poll(taskType, handler, timeout = jobTimeoutMs) {
      const worker = client.createWorker({
        taskType,
        pollInterval: pollIntervalMs,
        timeout,
        loglevel: 'NONE',
        taskHandler: (job) => carryOut(job, handler),
      });
      return { close: async () => void (await worker.close()) };
    },
    complete: (jobKey, variables) => client.completeJob({ jobKey, variables }),
    fail: (jobKey, retries, errorMessage) =>
      client.failJob({ jobKey, retries, errorMessage, retryBackOff: 0 }),
    throwError: (jobKey, errorCode) => client.throwError({ jobKey, errorCode, errorMessage: '' }),
    updateRetries: (jobKey, retries) => client.updateJobRetries({ jobKey, retries }),
    setVariables: (elementInstanceKey, variables) =>
      client.setVariables({ elementInstanceKey, variables, local: false }),
    resolve: (incidentKey) => client.resolveIncident({ incidentKey }),
    cancel: (key) => client.cancelProcessInstance(key),
    close: async () => void (await client.close()),
  };
}

/** The part of a library's job that takes the decision. */
interface Deciding<T> {
  complete(variables?: object): Promise<T>;
  fail(options: { errorMessage: string; retries?: number }): Promise<T>;
  error(code: string): Promise<T>;
}

export function carryOut<T>(job: unknown, handler: Handler): Promise<T> {
  const decision: Decision = handler(job as TestJob);
  const deciding = job as Deciding<T>;
  if ('complete' in decision) return deciding.complete(decision.complete);
  if ('error' in decision) return deciding.error(decision.error);
  return deciding.fail({ errorMessage: decision.fail, retries: decision.retries });
}
