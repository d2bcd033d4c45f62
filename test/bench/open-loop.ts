// An open loop: so many creations a second, whatever becomes of them, over several gateways; jobs are completed as they come.
import type { GrpcLoad } from './grpc-load.ts';
import { oneTaskModel, VARIABLES } from './one-task-model.ts';

export interface OpenLoopFigures {
  /** Of the creations that succeeded after the warm-up, ms, sorted. */
  readonly latencies: readonly number[];
  readonly failures: readonly string[];
}

export interface OpenLoopOptions {
  readonly perSecond: number;
  readonly count: number;
  /** The first so many are not measured. */
  readonly warmUp: number;
  /** Called once, with the creation of this number. */
  readonly at?: { readonly count: number; readonly act: () => void };
}

export async function openLoop(
  clients: readonly GrpcLoad[],
  { perSecond, count, warmUp, at }: OpenLoopOptions,
): Promise<OpenLoopFigures> {
  await (clients[0] as GrpcLoad).deploy('bench.bpmn', oneTaskModel('bench', 'job-1'));
  for (const client of clients) {
    client.stream('job-1', (key) => {
      // A completion may fail with its broker: the job comes again to another stream.
      client.complete(key, '{"done":true}').catch(() => {});
    });
  }
  const latencies: number[] = [];
  const failures: string[] = [];
  const calls: Promise<void>[] = [];
  const begin = performance.now();
  for (let i = 0; i < count; i++) {
    const wait = begin + (i * 1000) / perSecond - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    if (i === at?.count) at.act();
    const sent = performance.now();
    const client = clients[i % clients.length] as GrpcLoad;
    calls.push(
      client.create('bench', VARIABLES).then(
        () => void (i >= warmUp && latencies.push(performance.now() - sent)),
        (error: Error) => void failures.push(error.message),
      ),
    );
  }
  await Promise.all(calls);
  return { latencies: latencies.sort((a, b) => a - b), failures };
}
