// Starts a partition where it is to run: in a thread of its own or in the calling one. The handle is the same.
//
// A thread that ends without having been asked to is started again; what clients had opened on it is opened again.
import { Worker } from 'node:worker_threads';
import type { PartitionPort } from '../gateway/index.ts';
import {
  type FromPartition,
  ofBroker,
  type PartitionControl,
  type ToPartition,
} from './messages.ts';
import { Partition } from './partition.ts';
import type { PartitionOptions } from './partition-options.ts';

export type Placement = 'thread' | 'caller';

/** Pause before a thread that died is started again, ms. */
const RESTART_MS = 1_000;

export interface PartitionHandle extends PartitionPort {
  /** Ends what is under way within the deadline (ms), then closes. Resolves when everything is on disk. */
  close(deadlineMs: number): Promise<void>;
}

type Listener = (message: FromPartition) => void;

/** @param onDeath the thread ended without having been asked to; it is being started again */
export function placePartition(
  options: PartitionOptions,
  placement: Placement,
  onDeath: (error: Error) => void,
): PartitionHandle {
  return placement === 'thread' ? new ThreadedPartition(options, onDeath) : inCaller(options);
}

function inCaller(options: PartitionOptions): PartitionHandle {
  const listeners: Listener[] = [];
  const partition = new Partition(options, (message) => {
    for (const listener of listeners) listener(message);
  });
  // The owner adds its listeners before the first message.
  const started = Promise.resolve().then(() => partition.start());
  return {
    partitionId: options.partitionId,
    send: (message) => partition.receive(message),
    onMessage: (listener) => listeners.push(listener),
    close: async (deadlineMs) => {
      await started;
      await partition.close(deadlineMs);
    },
  };
}

class ThreadedPartition implements PartitionHandle {
  readonly partitionId: number;
  readonly #options: PartitionOptions;
  readonly #onDeath: (error: Error) => void;
  readonly #listeners: Listener[] = [];
  /** What a new thread has to be told: open streams and the clock. */
  readonly #standing = new Map<string, PartitionControl>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;
  #isClosing = false;
  readonly #closed = Promise.withResolvers<void>();

  constructor(options: PartitionOptions, onDeath: (error: Error) => void) {
    this.partitionId = options.partitionId;
    this.#options = options;
    this.#onDeath = onDeath;
    this.#start();
  }

  #start(): void {
    const worker = new Worker(new URL('./partition-thread.ts', import.meta.url), {
      workerData: this.#options,
    });
    this.#worker = worker;
    let cause: Error | undefined;
    worker.on('message', (message: FromPartition) => {
      for (const listener of this.#listeners) listener(message);
      if (message.notices.some((notice) => notice.kind === 'closed')) this.#closed.resolve();
    });
    worker.on('error', (error: Error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      this.#worker = undefined;
      this.#closed.resolve();
      if (this.#isClosing) return;
      this.#onDeath(
        cause ?? new Error(`the thread of partition ${this.partitionId} ended with code ${code}`),
      );
      this.#restart = setTimeout(() => {
        this.#start();
        this.send(ofBroker(...this.#standing.values()));
      }, RESTART_MS);
    });
  }

  send(message: ToPartition): void {
    for (const control of message.control) this.#remember(control);
    this.#worker?.postMessage(message);
  }

  #remember(control: PartitionControl): void {
    if (control.kind === 'open-stream') this.#standing.set(`stream ${control.streamId}`, control);
    else if (control.kind === 'close-stream') this.#standing.delete(`stream ${control.streamId}`);
    else if (control.kind === 'clock') this.#standing.set('clock', control);
  }

  onMessage(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async close(deadlineMs: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.postMessage(ofBroker({ kind: 'close', deadlineMs }));
    await this.#closed.promise;
    await worker.terminate();
  }
}
