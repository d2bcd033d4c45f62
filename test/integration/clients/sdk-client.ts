// The client library @camunda8/sdk, as it comes from npm, in any of its releases, behind the suite's interface.
import type { Camunda8 } from '@camunda8/sdk';
import type { TestClient } from './test-client.ts';
import { carryOut, type ZeebeVariables } from './zeebe-node-client.ts';

const pollIntervalMs = 100;
const jobTimeoutMs = 60_000;

/**
 * @param Sdk the class Camunda8 of the release to test
 * @param connection its settings for an address without TLS, which differ between releases
 * @param closesStreams whether closing one of its streams works; where it throws later on, it is left to close()
 */
export async function connectSdk(
  Sdk: typeof Camunda8,
  connection: ConstructorParameters<typeof Camunda8>[0],
  { closesStreams = true } = {},
): Promise<TestClient> {
  const sdk = new Sdk({
    ...connection,
    CAMUNDA_OAUTH_DISABLED: true,
    CAMUNDA_LOG_LEVEL: 'none',
    zeebeGrpcSettings: { ZEEBE_CLIENT_LOG_LEVEL: 'NONE', ZEEBE_GRPC_CLIENT_RETRY: false },
  });
  const client = sdk.getZeebeGrpcApiClient();
  return {
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
        variables: asJson(variables),
      });
      return created.processInstanceKey;
    },
    async startAndAwait(bpmnProcessId, variables) {
      const ended = await client.createProcessInstanceWithResult({
        bpmnProcessId,
        variables: asJson(variables),
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
        taskHandler: (job) => carryOut(job, handler),
      });
      return { close: async () => void (await worker.close()) };
    },
    async stream(type, handler, timeout = jobTimeoutMs) {
      const worker = await client.streamJobs({
        type,
        worker: 'suite',
        timeout,
        tenantIds: [],
        taskHandler: (job) => carryOut(job, handler),
      });
      return { close: async () => (closesStreams ? worker.close() : undefined) };
    },
    ...commandsOf(client),
    close: async () => void (await client.close()),
  };
}

type Client = ReturnType<Camunda8['getZeebeGrpcApiClient']>;
type Commands =
  | 'complete'
  | 'fail'
  | 'throwError'
  | 'updateRetries'
  | 'setVariables'
  | 'resolve'
  | 'cancel';

/** Commands to what already runs, one call each. */
function commandsOf(client: Client): Pick<TestClient, Commands> {
  return {
    complete: (jobKey, variables) => client.completeJob({ jobKey, variables: asJson(variables) }),
    fail: (jobKey, retries, errorMessage) =>
      client.failJob({ jobKey, retries, errorMessage, retryBackOff: 0 }),
    throwError: (jobKey, errorCode) => client.throwError({ jobKey, errorCode, errorMessage: '' }),
    updateRetries: (jobKey, retries) => client.updateJobRetries({ jobKey, retries }),
    setVariables: (elementInstanceKey, variables) =>
      client.setVariables({ elementInstanceKey, variables: asJson(variables), local: false }),
    resolve: (incidentKey) => client.resolveIncident({ incidentKey }),
    cancel: (key) => client.cancelProcessInstance(key),
  };
}

/** The library's own name for "an object of JSON values". */
function asJson(variables: Readonly<Record<string, unknown>>): ZeebeVariables {
  return variables as ZeebeVariables;
}
