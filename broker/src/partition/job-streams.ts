// Streams of workers on this partition: who may get how many more jobs, and who holds which.
//
// Nothing here is replicated: a stream ends with its connection, its jobs go on with their deadlines.
import { type Key, sessionOf } from '@millrace/protocol';
import type { Environment, JobStream } from '../core/engine/environment.ts';
import { queueOf } from '../core/engine/state/job-state.ts';
import type { OpenStream } from './messages.ts';

export interface StreamState extends JobStream {
  readonly type: string;
  readonly tenantIds: readonly string[];
  /** Jobs it may still get before it finishes one. */
  free: number;
  readonly capacity: number;
  /** Whether a command that serves it from the backlog waits already. */
  serving: boolean;
}

export class JobStreams implements Environment {
  readonly #streams = new Map<number, StreamState>();
  /** queue -> its streams, in turn order */
  readonly #byQueue = new Map<string, StreamState[]>();
  readonly #holders = new Map<Key, number>();
  /** Queues with streams in which jobs may wait. */
  readonly #backlog = new Set<string>();

  /** A stream that is open already stays as it is. */
  open(control: OpenStream): StreamState {
    const known = this.#streams.get(control.streamId);
    if (known !== undefined) return known;
    const stream: StreamState = {
      streamId: control.streamId,
      type: control.type,
      worker: control.worker,
      timeout: control.timeout,
      fetchVariables: control.fetchVariables,
      tenantIds: control.tenantIds,
      free: control.capacity,
      capacity: control.capacity,
      serving: false,
    };
    this.#streams.set(stream.streamId, stream);
    for (const queue of queuesOf(stream)) {
      const streams = this.#byQueue.get(queue);
      if (streams === undefined) this.#byQueue.set(queue, [stream]);
      else streams.push(stream);
      this.#backlog.add(queue);
    }
    return stream;
  }

  close(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    this.#streams.delete(streamId);
    for (const queue of queuesOf(stream)) {
      const left = (this.#byQueue.get(queue) ?? []).filter((each) => each !== stream);
      if (left.length > 0) this.#byQueue.set(queue, left);
      else {
        this.#byQueue.delete(queue);
        this.#backlog.delete(queue);
      }
    }
    for (const [jobKey, holder] of this.#holders)
      if (holder === streamId) this.#holders.delete(jobKey);
  }

  /** The gateway of these streams is gone. */
  closeSession(session: number): void {
    for (const streamId of [...this.#streams.keys()])
      if (sessionOf(streamId) === session) this.close(streamId);
  }

  get(streamId: number): StreamState | undefined {
    return this.#streams.get(streamId);
  }

  get count(): number {
    return this.#streams.size;
  }

  /** Queues that have streams: their heads are kept loaded. */
  get queues(): Iterable<string> {
    return this.#byQueue.keys();
  }

  hasStream(type: string, tenantId: string): boolean {
    return this.#byQueue.size > 0 && this.#byQueue.has(queueOf(type, tenantId));
  }

  takeStream(type: string, tenantId: string): JobStream | undefined {
    const streams = this.#byQueue.get(queueOf(type, tenantId));
    if (streams === undefined) return undefined;
    for (let i = 0; i < streams.length; i++) {
      const stream = streams.shift() as StreamState;
      streams.push(stream);
      if (stream.free > 0) {
        stream.free--;
        return stream;
      }
    }
    return undefined;
  }

  returnStream(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.free++;
  }

  /** The jobs are with the stream now. Their places were taken when the command ran. */
  hold(streamId: number, jobKeys: readonly Key[]): void {
    if (!this.#streams.has(streamId)) return;
    for (const key of jobKeys) this.#holders.set(key, streamId);
  }

  /** A job has left its worker; the stream that has room again, if one has. */
  release(jobKey: Key): StreamState | undefined {
    if (this.#holders.size === 0) return undefined;
    const streamId = this.#holders.get(jobKey);
    if (streamId === undefined) return undefined;
    this.#holders.delete(jobKey);
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.free++;
    return stream;
  }

  /** Jobs wait that no stream could take. */
  backlogOf(type: string, tenantId: string): StreamState[] {
    const queue = queueOf(type, tenantId);
    const streams = this.#byQueue.get(queue);
    if (streams === undefined) return [];
    this.#backlog.add(queue);
    return streams.filter((stream) => stream.free > 0);
  }

  mayHaveBacklog(stream: StreamState): boolean {
    return queuesOf(stream).some((queue) => this.#backlog.has(queue));
  }

  /** The backlog of the stream's queues was seen empty. */
  backlogServed(stream: StreamState): void {
    for (const queue of queuesOf(stream)) this.#backlog.delete(queue);
  }

  /**
   * The partition begins again: every stream may find jobs waiting, and has the room that the jobs leave which its worker
   * still has.
   * @param isHeld whether a worker has the job, as the state knows it now
   */
  reset(isHeld: (jobKey: Key) => boolean): StreamState[] {
    const streams = [...this.#streams.values()];
    for (const stream of streams) stream.free = stream.capacity;
    for (const [jobKey, streamId] of this.#holders) {
      const stream = this.#streams.get(streamId);
      if (stream !== undefined && isHeld(jobKey)) stream.free--;
      else this.#holders.delete(jobKey);
    }
    for (const stream of streams) {
      stream.serving = false;
      for (const queue of queuesOf(stream)) this.#backlog.add(queue);
    }
    return streams;
  }
}

function queuesOf(stream: { type: string; tenantIds: readonly string[] }): string[] {
  return stream.tenantIds.map((tenantId) => queueOf(stream.type, tenantId));
}
