// One broker after another is stopped by SIGTERM and started again, while 50 instances per second are created: no call fails.
//
// Half of the creations go through official clients, one for each gateway, which try again by themselves while theirs is away;
// the other half are single calls, sent to a gateway that is not being stopped, as a balancer in front of them does.
import { Camunda8 } from '@camunda8/sdk';
import { type Cancel, systemTimers } from '@millrace/raft';
import { describe, expect, test } from 'vitest';
import { brokerExists } from '../broker-under-test.ts';
import type { CallBook } from './call-book.ts';
import { ClusterTrial } from './cluster-trial.ts';

const timeout = 600_000;
const halfPerSecond = 25;

describe.skipIf(!brokerExists)('a rolling restart', { timeout }, () => {
  test('fails no call', async () => {
    await using trial = await ClusterTrial.start({ perSecond: halfPerSecond });
    const { cluster, load, book } = trial;
    const official = new OfficialClients(book, cluster.addresses, halfPerSecond);
    official.start();
    await trial.works(50);
    for (const nodeId of cluster.nodeIds) {
      load.avoid.add(nodeId);
      expect(await cluster.stop(nodeId)).toEqual({ code: 0, signal: null });
      await trial.works(25);
      await cluster.startBrokers(nodeId);
      load.avoid.delete(nodeId);
      await trial.works(25);
    }
    await official.stop();
    await trial.settle();
    expect([book.failedCreations, official.problems]).toEqual([0, []]);
    await trial.compare();
  });
});

type ZeebeClient = ReturnType<Camunda8['getZeebeGrpcApiClient']>;

/** An official client for each gateway, with its own retries. */
class OfficialClients {
  readonly problems: string[] = [];
  readonly #book: CallBook;
  readonly #perSecond: number;
  readonly #clients: readonly ZeebeClient[];
  readonly #calls = new Set<Promise<void>>();
  #cancel: Cancel = () => {};
  #next = 0;

  constructor(book: CallBook, addresses: readonly string[], perSecond: number) {
    this.#book = book;
    this.#perSecond = perSecond;
    this.#clients = addresses.map((address) =>
      new Camunda8({
        ZEEBE_GRPC_ADDRESS: `grpc://${address}`,
        CAMUNDA_OAUTH_DISABLED: true,
        CAMUNDA_LOG_LEVEL: 'none',
        zeebeGrpcSettings: { ZEEBE_CLIENT_LOG_LEVEL: 'NONE' },
      }).getZeebeGrpcApiClient(),
    );
  }

  start(): void {
    this.#cancel = systemTimers.every(1000 / this.#perSecond, () => {
      const call = this.#create(this.#next++).finally(() => this.#calls.delete(call));
      this.#calls.add(call);
    });
  }

  async stop(): Promise<void> {
    this.#cancel();
    await Promise.all(this.#calls);
    for (const client of this.#clients) await client.close();
  }

  async #create(number: number): Promise<void> {
    const client = this.#clients[number % this.#clients.length];
    const token = `official-${number}`;
    const begun = performance.now();
    try {
      const { processInstanceKey } = await (client as ZeebeClient).createProcessInstance({
        bpmnProcessId: 'clustered-job',
        variables: { token, text: '' },
      });
      const creation = { token, purpose: 'job', outcome: 'acknowledged' } as const;
      this.#book.created(
        { ...creation, key: processInstanceKey, text: '' },
        performance.now() - begun,
      );
    } catch (error) {
      this.problems.push(`${token} after ${Math.round(performance.now() - begun)} ms: ${error}`);
    }
  }
}
