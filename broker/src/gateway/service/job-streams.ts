// StreamActivatedJobs: each client stream is a stream of its own on every partition, with a bound of pushed, unfinished
// jobs. Jobs are handed to the transport one batch at a time, so that what was not sent is known.
//
// Guarantees: a pushed job either leaves with the transport or goes back by JOB.YIELD (stream closed, client too slow).
// A client that reads too slowly is taken off the partitions until it has caught up. What a former leader has pushed is
// delivered like anything else: it was committed.
// Leaves to others: telling new leaders of the streams that are open (PartitionRoute, which asks `openStreams`).
import type { JobBatchValue, JobValue, Key, LogRecord } from '@millrace/protocol';
import type { OpenStream } from '../../partition/messages.ts';
import type { Partitions } from '../partitions/partitions.ts';
import { StatusError } from '../status.ts';
import { jobAnswer } from '../wire/answers.ts';
import type { StreamActivatedJobsRequest } from '../wire/requests.ts';
import type { ResponseStream } from './call.ts';
import { giveBackTooLarge, yieldJob } from './give-back.ts';
import { type TenantOptions, tenantsOf } from './tenants.ts';

export interface JobStreamsOptions extends TenantOptions {
  /** Pushed, unfinished jobs of one stream over all partitions. */
  readonly capacity: number;
  /** Bytes of jobs that wait for a slow client before it is taken off. */
  readonly bufferBytes: number;
  readonly maxMessageBytes: number;
}

/** How long a job rests that is too large for any client, ms: it would come straight back. */
const TOO_LARGE_BACKOFF_MS = 10_000;

/** About what is handed to the transport at once: if the client leaves meanwhile, all of it goes back. */
const BATCH_BYTES = 64 * 1024;

class Delivery {
  readonly partitionId: number;
  readonly key: Key;
  readonly lockedUntilMs: number;
  readonly frame: Uint8Array;
  constructor(partitionId: number, key: Key, lockedUntilMs: number, frame: Uint8Array) {
    this.partitionId = partitionId;
    this.key = key;
    this.lockedUntilMs = lockedUntilMs;
    this.frame = frame;
  }
}

type StreamProperties = Omit<OpenStream, 'kind' | 'streamId' | 'capacity'>;

class JobStream {
  readonly call: ResponseStream;
  readonly properties: StreamProperties;
  /** Its number with the partitions; undefined while it is taken off. */
  streamId: number | undefined;
  waiting: Delivery[] = [];
  sending = false;
  bufferedBytes = 0;
  closed = false;
  /** Ends the call. */
  stop: (error: StatusError) => void = () => {};

  constructor(call: ResponseStream, properties: StreamProperties) {
    this.call = call;
    this.properties = properties;
  }
}

/** One open stream, as /actuator/jobstreams shows it. */
export interface JobStreamView {
  readonly id: number;
  readonly jobType: string;
  readonly worker: string;
  readonly timeout: number;
  readonly fetchVariables: readonly string[];
  readonly tenantIds: readonly string[];
}

export class JobStreams {
  readonly #options: JobStreamsOptions;
  readonly #all = new Set<JobStream>();
  readonly #byId = new Map<number, JobStream>();
  /** Streams that got jobs since the last `flush`. */
  readonly #filled = new Set<JobStream>();
  #partitions: Partitions | undefined;
  /** Counts since the start. */
  pushed = 0;
  givenBack = 0;

  constructor(options: JobStreamsOptions) {
    this.#options = options;
  }

  attach(partitions: Partitions): void {
    this.#partitions = partitions;
  }

  get count(): number {
    return this.#all.size;
  }

  list(): JobStreamView[] {
    return [...this.#all].map((stream) => ({
      id: stream.streamId ?? 0,
      jobType: stream.properties.type,
      worker: stream.properties.worker,
      timeout: stream.properties.timeout,
      fetchVariables: stream.properties.fetchVariables,
      tenantIds: stream.properties.tenantIds,
    }));
  }

  /** Serves one stream until its client goes or the gateway stops. @throws StatusError */
  async open(
    request: StreamActivatedJobsRequest,
    bytes: number,
    call: ResponseStream,
  ): Promise<void> {
    const tenantIds = tenantsOf(this.#options, 'StreamActivatedJobs', request.tenantIds);
    if (request.type.trim() === '') throw invalid('type to be present', 'blank');
    if (request.timeout < 1) {
      throw invalid('timeout to be greater than zero', String(request.timeout));
    }
    const partitions = this.#partitions as Partitions;
    const limit = partitions.limits.jobStreams;
    limit.take(bytes);
    const stream = new JobStream(call, {
      type: request.type,
      worker: request.worker,
      timeout: request.timeout,
      fetchVariables: request.fetchVariable,
      tenantIds,
    });
    this.#all.add(stream);
    this.#register(stream);
    try {
      await new Promise<void>((resolve, reject) => {
        stream.stop = reject;
        call.onEnd(resolve);
      });
    } finally {
      limit.give(bytes);
      this.#close(stream);
    }
  }

  /** Ends all streams, at shutdown. */
  close(): void {
    const error = new StatusError(
      'UNAVAILABLE',
      'The gateway is shutting down; open the stream again',
    );
    for (const stream of this.#all) stream.stop(error);
  }

  /** Every stream that partitions may push to, as a leader has to be told. */
  openStreams(): OpenStream[] {
    return [...this.#byId].map(([streamId, stream]) => this.#opening(streamId, stream));
  }

  /** The gateway counts in a new session: streams go on under numbers of it. */
  renumber(): void {
    for (const stream of [...this.#byId.values()]) {
      this.#takeOff(stream);
      this.#register(stream);
    }
  }

  #opening(streamId: number, stream: JobStream): OpenStream {
    const { partitionsCount } = (this.#partitions as Partitions).view;
    const capacity = Math.ceil(this.#options.capacity / Math.max(1, partitionsCount));
    return { kind: 'open-stream', streamId, ...stream.properties, capacity };
  }

  #register(stream: JobStream): void {
    const partitions = this.#partitions as Partitions;
    const streamId = partitions.numbers.next();
    stream.streamId = streamId;
    this.#byId.set(streamId, stream);
    partitions.controlAll(this.#opening(streamId, stream));
  }

  #takeOff(stream: JobStream): void {
    if (stream.streamId === undefined) return;
    this.#byId.delete(stream.streamId);
    (this.#partitions as Partitions).controlAll({
      kind: 'close-stream',
      streamId: stream.streamId,
    });
    stream.streamId = undefined;
  }

  #close(stream: JobStream): void {
    stream.closed = true;
    this.#all.delete(stream);
    this.#filled.delete(stream);
    this.#takeOff(stream);
    for (const delivery of stream.waiting) this.#giveBack(delivery);
    stream.waiting = [];
  }

  #giveBack(job: Pick<Delivery, 'partitionId' | 'key' | 'lockedUntilMs'>): void {
    this.givenBack++;
    yieldJob(this.#partitions as Partitions, job.partitionId, job.key, job.lockedUntilMs);
  }

  /** A JOB_BATCH.ACTIVATED record whose request id is the stream's number. */
  pushedJobs(record: LogRecord, partitionId: number): void {
    const { jobKeys, jobs } = record.value as JobBatchValue;
    const streamId = record.requestId;
    // A leader that missed the end of a stream learns of it now.
    if (!this.#byId.has(streamId)) {
      (this.#partitions as Partitions).control(partitionId, { kind: 'close-stream', streamId });
    }
    for (let i = 0; i < jobs.length; i++) {
      const key = jobKeys[i] as Key;
      const job = jobs[i] as JobValue;
      const stream = this.#byId.get(streamId);
      if (stream === undefined) this.#giveBack({ partitionId, key, lockedUntilMs: job.deadline });
      else this.#add(stream, partitionId, key, job);
    }
  }

  #add(stream: JobStream, partitionId: number, key: Key, job: JobValue): void {
    const { bufferBytes, maxMessageBytes } = this.#options;
    const frame = jobAnswer(key, job);
    if (frame.length > maxMessageBytes) {
      const partitions = this.#partitions as Partitions;
      giveBackTooLarge(partitions, partitionId, key, job, maxMessageBytes, TOO_LARGE_BACKOFF_MS);
      return;
    }
    if (stream.bufferedBytes > 0 && stream.bufferedBytes + frame.length > bufferBytes) {
      this.#giveBack({ partitionId, key, lockedUntilMs: job.deadline });
      this.#takeOff(stream);
      return;
    }
    stream.bufferedBytes += frame.length;
    stream.waiting.push(new Delivery(partitionId, key, job.deadline, frame));
    this.#filled.add(stream);
  }

  /** Hands what was pushed to the transports. */
  flush(): void {
    if (this.#filled.size === 0) return;
    for (const stream of this.#filled) this.#send(stream);
    this.#filled.clear();
  }

  #send(stream: JobStream): void {
    if (stream.sending || stream.waiting.length === 0 || stream.closed) return;
    let bytes = 0;
    let count = 0;
    while (count < stream.waiting.length && bytes < BATCH_BYTES) {
      bytes += (stream.waiting[count++] as Delivery).frame.length;
    }
    const batch = stream.waiting;
    stream.waiting = count === batch.length ? [] : batch.splice(count);
    stream.sending = true;
    stream.call.write(
      batch.map((delivery) => delivery.frame),
      (sent) => this.#sent(stream, batch, sent),
    );
  }

  #sent(stream: JobStream, batch: readonly Delivery[], sent: boolean): void {
    stream.sending = false;
    for (const delivery of batch) {
      stream.bufferedBytes -= delivery.frame.length;
      if (!sent) this.#giveBack(delivery);
    }
    if (sent) this.pushed += batch.length;
    if (stream.closed) return;
    if (stream.waiting.length > 0) this.#send(stream);
    else if (stream.streamId === undefined) this.#register(stream);
  }
}

function invalid(expected: string, actual: string): StatusError {
  return new StatusError(
    'INVALID_ARGUMENT',
    `Expected to stream activated jobs with ${expected}, but it was ${actual}`,
  );
}
