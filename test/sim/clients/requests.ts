// Requests and answers of the gateway as the simulated clients write and read them: bytes, as over the wire.
// Guarantees: what is not asked for is passed over.
// Leaves to others: sending (gateway-calls.ts).
import { type Key, keyFromHalves } from '@millrace/protocol';
import { ProtoReader } from '../../../broker/src/gateway/wire/proto-reader.ts';
import { ProtoWriter } from '../../../broker/src/gateway/wire/proto-writer.ts';

const out = new ProtoWriter();

function message(write: () => void): Uint8Array {
  out.begin();
  write();
  return out.takeMessage();
}

function nested(number: number, write: () => void): void {
  const mark = out.beginNested(number);
  write();
  out.endNested(mark);
}

export interface NewInstance {
  readonly processId: string;
  readonly variables: string;
}

function writeCreation({ processId, variables }: NewInstance): void {
  out.string(2, processId);
  out.int32(3, -1);
  out.string(4, variables);
}

export const deployRequest = (name: string, xml: string) =>
  message(() =>
    nested(1, () => {
      out.string(1, name);
      out.blob(2, Buffer.from(xml));
    }),
  );

export const createRequest = (instance: NewInstance) => message(() => writeCreation(instance));

export const createWithResultRequest = (instance: NewInstance, timeoutMs: number) =>
  message(() => {
    nested(1, () => writeCreation(instance));
    out.int64(2, timeoutMs);
  });

export const cancelRequest = (instance: Key) => message(() => out.key(1, instance));

export interface Poll {
  readonly type: string;
  readonly worker: string;
  /** Length of the lock, ms. */
  readonly timeoutMs: number;
  readonly jobsMax: number;
  /** How long to wait for a job, ms; below 0: not at all. */
  readonly waitMs: number;
}

export const activateRequest = (poll: Poll) =>
  message(() => {
    out.string(1, poll.type);
    out.string(2, poll.worker);
    out.int64(3, poll.timeoutMs);
    out.int32(4, poll.jobsMax);
    out.int64(6, poll.waitMs);
  });

export const streamRequest = ({ type, worker, timeoutMs }: Omit<Poll, 'jobsMax' | 'waitMs'>) =>
  message(() => {
    out.string(1, type);
    out.string(2, worker);
    out.int64(3, timeoutMs);
  });

export const completeRequest = (job: Key, variables: string) =>
  message(() => {
    out.key(1, job);
    out.string(2, variables);
  });

export const failRequest = (job: Key, retries: number, backOffMs: number) =>
  message(() => {
    out.key(1, job);
    out.int32(2, retries);
    out.string(3, 'it went wrong');
    out.int64(4, backOffMs);
  });

export const throwErrorRequest = (job: Key, errorCode: string) =>
  message(() => {
    out.key(1, job);
    out.string(2, errorCode);
  });

export const updateRetriesRequest = (job: Key, retries: number) =>
  message(() => {
    out.key(1, job);
    out.int32(2, retries);
  });

export const publishRequest = (name: string, correlationKey: string, timeToLiveMs: number) =>
  message(() => {
    out.string(1, name);
    out.string(2, correlationKey);
    out.int64(3, timeToLiveMs);
  });

export const resolveIncidentRequest = (incident: Key) => message(() => out.key(1, incident));

export const setVariablesRequest = (scope: Key, variables: string) =>
  message(() => {
    out.key(1, scope);
    out.string(2, variables);
  });

/** A job as a worker gets it. */
export interface GivenJob {
  readonly key: Key;
  readonly type: string;
  readonly worker: string;
  readonly retries: number;
  /** End of the lock, ms since the epoch. */
  readonly deadline: number;
  readonly variables: string;
}

/** The process instance's key in the answer to a creation. */
export function createdKey(bytes: Uint8Array): Key {
  let key = -1 as Key;
  eachField(bytes, (number, from) => {
    if (number !== 4) return false;
    key = readKey(from);
    return true;
  });
  return key;
}

/** One message of a job stream. */
export function readJob(bytes: Uint8Array): GivenJob {
  return jobIn(new ProtoReader(bytes));
}

/** One message of an activation. */
export function readJobs(bytes: Uint8Array): GivenJob[] {
  const jobs: GivenJob[] = [];
  eachField(bytes, (number, from) => {
    if (number !== 1) return false;
    const length = from.length();
    jobs.push(jobIn(new ProtoReader(from.bytes, from.at, from.at + length)));
    from.at += length;
    return true;
  });
  return jobs;
}

function jobIn(reader: ProtoReader): GivenJob {
  const job = { key: -1 as Key, type: '', worker: '', retries: 0, deadline: 0, variables: '' };
  readFields(reader, (number, from) => {
    if (number === 1) job.key = readKey(from);
    else if (number === 2) job.type = from.string();
    else if (number === 10) job.worker = from.string();
    else if (number === 11) job.retries = from.int32();
    else if (number === 12) job.deadline = from.int64Number();
    else if (number === 13) job.variables = from.string();
    else return false;
    return true;
  });
  return job;
}

function readKey(from: ProtoReader): Key {
  from.varint();
  return keyFromHalves(from.high, from.low);
}

type TakeField = (number: number, from: ProtoReader) => boolean;

function eachField(bytes: Uint8Array, take: TakeField): void {
  readFields(new ProtoReader(bytes), take);
}

function readFields(reader: ProtoReader, take: TakeField): void {
  while (reader.at < reader.end) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, reader)) reader.skip(tag & 7);
  }
}
