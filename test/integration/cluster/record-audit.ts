// Follows what the brokers of a cluster export, in the order of the positions, and names what must not happen.
//
// Each broker writes a file of its own; a record that stands in several must be the same in all. Broken promises of the
// records alone are collected in `violations` as soon as they are read: a creation that made two instances, a job that
// is locked twice, completed twice or touched after its end, an instance that ends twice.
// Leaves to others: what clients were told (cluster-audit.ts).
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type ExportedRecord, parseRecord } from '../../kit/record-file.ts';

export interface SeenInstance {
  readonly token: string;
  readonly processId: string;
  end: 'ELEMENT_COMPLETED' | 'ELEMENT_TERMINATED' | undefined;
}

interface SeenJob {
  state: 'activatable' | 'activated' | 'waiting' | 'ended';
  end: string;
}

/** Bytes that are read from a file at a time. */
const chunkBytes = 1024 * 1024;
const firstPosition = 1;
const interesting =
  /"valueType":"(JOB|JOB_BATCH|PROCESS|PROCESS_INSTANCE|PROCESS_INSTANCE_CREATION)"/;

class PartitionRecords {
  next = firstPosition;
  /** Those that came before one that stands in front of them. */
  readonly early = new Map<number, string>();
  /** Checksum of each record by position. */
  sums = new Uint32Array(1024);

  keep(position: number, sum: number): void {
    if (position >= this.sums.length) {
      const larger = new Uint32Array(Math.max(this.sums.length * 2, position + 1));
      larger.set(this.sums);
      this.sums = larger;
    }
    this.sums[position] = sum;
  }
}

/** What was appended to a file since the last look, as whole lines. */
class LineTail {
  readonly #path: string;
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  *lines(): Generator<string> {
    if (!existsSync(this.#path)) return;
    const size = statSync(this.#path).size;
    const file = openSync(this.#path, 'r');
    try {
      let rest = Buffer.alloc(0);
      for (let at = this.#offset; at < size; ) {
        const chunk = Buffer.alloc(Math.min(chunkBytes, size - at));
        const length = readSync(file, chunk, 0, chunk.length, at);
        if (length === 0) return; // it has become shorter meanwhile
        at += length;
        const bytes = Buffer.concat([rest, chunk.subarray(0, length)]);
        const end = bytes.lastIndexOf(0x0a) + 1;
        rest = bytes.subarray(end);
        // An unfinished line is read again: a broker that starts cuts it off and writes it anew.
        this.#offset = at - rest.length;
        for (const line of bytes.toString('utf8', 0, end).split('\n')) if (line !== '') yield line;
      }
    } finally {
      closeSync(file);
    }
  }
}

export class RecordAudit {
  readonly violations: string[] = [];
  readonly instances = new Map<string, SeenInstance>();
  /** Instances by the token of the call that made them. */
  readonly byToken = new Map<string, string>();
  readonly jobs = new Map<string, SeenJob>();
  /** Partitions that have the definition, by process id. */
  readonly definitions = new Map<string, Set<number>>();
  records = 0;
  readonly #files: readonly LineTail[];
  readonly #partitions = new Map<number, PartitionRecords>();

  constructor(paths: readonly string[]) {
    this.#files = paths.map((path) => new LineTail(path));
  }

  /** Reads what is new. */
  read(): void {
    for (const file of this.#files) for (const line of file.lines()) this.#take(line);
  }

  /** Records that were exported while one before them was not: empty when everything has arrived. */
  gaps(): readonly string[] {
    return [...this.#partitions].flatMap(([partitionId, { next, early }]) =>
      early.size === 0
        ? []
        : [
            `partition ${partitionId}: record ${next} is missing, ${early.size} later ones are there`,
          ],
    );
  }

  /** Position of the newest record of the partition without a gap before it. */
  lastPosition(partitionId: number): number {
    return (this.#partitions.get(partitionId)?.next ?? firstPosition) - 1;
  }

  #take(line: string): void {
    const partitionId = numberAfter(line, line.indexOf('"partitionId":'));
    const position = numberAfter(line, line.lastIndexOf('"position":'));
    let partition = this.#partitions.get(partitionId);
    if (partition === undefined) {
      partition = new PartitionRecords();
      this.#partitions.set(partitionId, partition);
    }
    const sum = crc32(line);
    if (position < partition.next) {
      if (partition.sums[position] !== sum)
        this.#broken(`record ${partitionId}/${position} was exported in two forms: ${line}`);
      return;
    }
    const before = partition.early.get(position);
    if (before !== undefined && before !== line)
      this.#broken(`record ${partitionId}/${position} was exported in two forms: ${line}`);
    partition.early.set(position, line);
    for (;;) {
      const following = partition.early.get(partition.next);
      if (following === undefined) return;
      partition.early.delete(partition.next);
      partition.keep(partition.next, crc32(following));
      partition.next++;
      this.records++;
      if (interesting.test(following)) this.#follow(parseRecord(following));
    }
  }

  #follow(record: ExportedRecord): void {
    if (record.recordType !== 'EVENT') return;
    switch (record.valueType) {
      case 'PROCESS_INSTANCE_CREATION':
        return this.#created(record);
      case 'PROCESS_INSTANCE':
        return this.#element(record);
      case 'JOB':
        return this.#job(record);
      case 'PROCESS':
        return this.#defined(record);
      case 'JOB_BATCH':
        return this.#activated(record);
      default:
        return;
    }
  }

  #created({ value }: ExportedRecord): void {
    const key = String(value.processInstanceKey);
    const token = String(value.variables?.token ?? '');
    const earlier = this.byToken.get(token);
    if (earlier !== undefined)
      this.#broken(`the creation ${token} made two instances, ${earlier} and ${key}`);
    this.byToken.set(token, key);
    this.instances.set(key, { token, processId: String(value.bpmnProcessId), end: undefined });
  }

  #defined({ value, partitionId, intent }: ExportedRecord): void {
    if (intent !== 'CREATED') return;
    const id = String(value.bpmnProcessId);
    const partitions = this.definitions.get(id) ?? new Set();
    if (partitions.has(partitionId))
      this.#broken(`definition ${id} was created twice on partition ${partitionId}`);
    this.definitions.set(id, partitions.add(partitionId));
  }

  #element({ value, intent, key }: ExportedRecord): void {
    if (value.bpmnElementType !== 'PROCESS') return;
    if (intent !== 'ELEMENT_COMPLETED' && intent !== 'ELEMENT_TERMINATED') return;
    const instance = this.instances.get(String(key));
    if (instance === undefined) return this.#broken(`instance ${key} ends and was never created`);
    if (instance.end !== undefined)
      this.#broken(`instance ${key} ends again: ${instance.end}, then ${intent}`);
    instance.end = intent;
  }

  #job({ key, intent, position, partitionId }: ExportedRecord): void {
    const name = String(key);
    const job = this.jobs.get(name);
    if (intent === 'CREATED') {
      if (job !== undefined) this.#broken(`job ${name} is created twice`);
      this.jobs.set(name, { state: 'activatable', end: '' });
      return;
    }
    if (job === undefined) return this.#broken(`job ${name} is ${intent} and was never created`);
    if (job.state === 'ended') {
      const where = `at ${partitionId}/${position}`;
      return this.#broken(`job ${name} is ${intent} ${where}, and was ${job.end} before`);
    }
    if (intent === 'COMPLETED' || intent === 'CANCELED') {
      job.state = 'ended';
      job.end = intent;
    } else if (intent === 'TIMED_OUT' || intent === 'YIELDED') job.state = 'activatable';
    else if (intent === 'FAILED') job.state = 'activatable';
  }

  #activated({ value, intent, position, partitionId }: ExportedRecord): void {
    if (intent !== 'ACTIVATED') return;
    for (const key of value.jobKeys as readonly (string | number)[]) {
      const job = this.jobs.get(String(key));
      const where = `is handed to ${value.worker} at ${partitionId}/${position}`;
      if (job === undefined) this.#broken(`job ${key} ${where} and was never created`);
      else if (job.state !== 'activatable')
        this.#broken(`job ${key} ${where}, and is ${job.end || job.state}`);
      else job.state = 'activated';
    }
  }

  #broken(what: string): void {
    this.violations.push(what);
  }
}

/** The whole number behind the name that begins there. */
function numberAfter(line: string, at: number): number {
  const from = line.indexOf(':', at) + 1;
  let to = from;
  while (line.charCodeAt(to) >= 0x30 && line.charCodeAt(to) <= 0x39) to++;
  return Number(line.slice(from, to));
}
