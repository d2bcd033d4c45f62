// The threads that partitions run in: a few, shared. A partition goes to the thread that has the fewest.
//
// Guarantees: a thread that ends without having been asked to is started again with the same partitions, and these are told
// again what stands: open streams and the clock.
// Leaves to others: what a partition does (partition.ts).
import { Worker } from 'node:worker_threads';
import { sessionOf } from '@millrace/protocol';
import {
  type FromPartition,
  ofBroker,
  type PartitionControl,
  type ToPartition,
} from './messages.ts';
import type { PartitionOptions } from './partition-options.ts';
import type { PartitionHandle } from './place-partition.ts';

/** Pause before a thread that died is started again, ms. */
const RESTART_MS = 1_000;

/** To a thread. */
export type ToThread =
  | { readonly kind: 'place'; readonly options: PartitionOptions }
  | { readonly kind: 'message'; readonly partitionId: number; readonly message: ToPartition };

type Listener = (message: FromPartition) => void;
type OnDeath = (error: Error) => void;

export class PartitionThreads {
  readonly #threads: PartitionThread[] = [];
  readonly #threadsMax: number;

  constructor(threadsMax: number) {
    this.#threadsMax = Math.max(1, threadsMax);
  }

  /** @param onDeath the partition's thread ended without having been asked to; it is being started again */
  place(options: PartitionOptions, onDeath: OnDeath): PartitionHandle {
    const [idlest] = [...this.#threads].sort((a, b) => a.size - b.size);
    const isRoomy =
      idlest !== undefined && (idlest.size === 0 || this.#threads.length >= this.#threadsMax);
    const thread = isRoomy ? idlest : new PartitionThread();
    if (thread !== idlest) this.#threads.push(thread);
    return new ThreadedPartition(thread, options, onDeath);
  }
}

/** One thread and the partitions in it. */
class PartitionThread {
  readonly #partitions = new Map<number, ThreadedPartition>();
  #worker: Worker | undefined;
  #restart: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#partitions.size;
  }

  add(partition: ThreadedPartition): void {
    this.#partitions.set(partition.partitionId, partition);
    if (this.#worker === undefined) this.#start();
    else this.#place(partition);
  }

  async remove(partition: ThreadedPartition): Promise<void> {
    this.#partitions.delete(partition.partitionId);
    if (this.#partitions.size > 0) return;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #start(): void {
    const worker = new Worker(new URL('./partition-thread.ts', import.meta.url));
    this.#worker = worker;
    let cause: Error | undefined;
    worker.on('message', (message: FromPartition) =>
      this.#partitions.get(message.partitionId)?.received(message),
    );
    worker.on('error', (error: Error) => {
      cause = error;
    });
    worker.on('exit', (code) => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      const error = cause ?? new Error(`the thread ended with code ${code}`);
      const partitions = [...this.#partitions.values()];
      for (const partition of partitions) partition.died(error);
      if (this.#partitions.size > 0) this.#restart = setTimeout(() => this.#start(), RESTART_MS);
    });
    for (const partition of this.#partitions.values()) this.#place(partition);
  }

  #place(partition: ThreadedPartition): void {
    this.#worker?.postMessage({ kind: 'place', options: partition.options } satisfies ToThread);
    this.send(partition.partitionId, ofBroker(...partition.standing.values()));
  }

  send(partitionId: number, message: ToPartition): void {
    this.#worker?.postMessage({ kind: 'message', partitionId, message } satisfies ToThread);
  }
}

class ThreadedPartition implements PartitionHandle {
  readonly partitionId: number;
  readonly options: PartitionOptions;
  /** What a new thread has to be told. */
  readonly standing = new Map<string, PartitionControl>();
  readonly #thread: PartitionThread;
  readonly #onDeath: OnDeath;
  readonly #listeners: Listener[] = [];
  #isClosing = false;
  readonly #closed = Promise.withResolvers<void>();

  constructor(thread: PartitionThread, options: PartitionOptions, onDeath: OnDeath) {
    this.partitionId = options.partitionId;
    this.options = options;
    this.#thread = thread;
    this.#onDeath = onDeath;
    thread.add(this);
  }

  received(message: FromPartition): void {
    for (const listener of this.#listeners) listener(message);
    if (message.notices.some((notice) => notice.kind === 'closed')) this.#closed.resolve();
  }

  died(error: Error): void {
    this.#closed.resolve();
    if (!this.#isClosing) this.#onDeath(error);
  }

  send(message: ToPartition): void {
    for (const control of message.control) this.#remember(control);
    this.#thread.send(this.partitionId, message);
  }

  #remember(control: PartitionControl): void {
    if (control.kind === 'open-stream') this.standing.set(`stream ${control.streamId}`, control);
    else if (control.kind === 'close-stream') this.standing.delete(`stream ${control.streamId}`);
    else if (control.kind === 'session-gone') this.#forgetSession(control.session);
    else if (control.kind === 'clock') this.standing.set('clock', control);
    else if (control.kind === 'entry-version') this.standing.set('entry version', control);
    else if (control.kind === 'pause' || control.kind === 'resume')
      this.standing.set('pause', control);
  }

  #forgetSession(session: number): void {
    for (const [name, control] of this.standing) {
      if (control.kind === 'open-stream' && sessionOf(control.streamId) === session)
        this.standing.delete(name);
    }
  }

  onMessage(listener: Listener): void {
    this.#listeners.push(listener);
  }

  async close(deadlineMs: number): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.#thread.send(this.partitionId, ofBroker({ kind: 'close', deadlineMs }));
    }
    await this.#closed.promise;
    await this.#thread.remove(this);
  }
}
