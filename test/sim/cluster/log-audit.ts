// Reads the committed log of one partition as its replicas call it committed, and follows what it says.
// Guarantees: every replica's committed entries are compared with those that were seen first; every promise about jobs,
// requests and keys that can be read from the log is checked entry by entry.
// Leaves to others: comparing answers with it (client-audit.ts), states of replicas (replica-audit.ts).
import { crc32 } from 'node:zlib';
import {
  decodeEntry,
  entryAnswers,
  entryHeader,
  type Key,
  keyText,
  type LogRecord,
  NO_KEY,
  NO_REQUEST,
} from '@millrace/protocol';
import { type Entry, EntryKind } from '@millrace/raft';
import type { World } from '../world/world.ts';
import { JobAudit } from './job-audit.ts';

/** Bytes of entries that are read from a replica at once. */
const READ_BYTES = 256 * 1024;

/** What a replica's log can be asked. */
export interface LogOfReplica {
  readonly firstIndex: number;
  readFrom(index: number, maxBytes: number): Entry[];
}

export interface TrackedInstance {
  readonly key: Key;
  /** What the client gave it so that it can be told from all others. */
  readonly token: string;
  state: 'alive' | 'COMPLETED' | 'TERMINATED';
}

interface Seen {
  readonly term: number;
  readonly crc: number;
}

interface AnsweredRequest {
  /** Place of the answer, or of the command while it has none. */
  readonly position: number;
  readonly isCommand: boolean;
}

export class LogAudit {
  readonly partitionId: number;
  readonly #world: World;
  readonly #entries: Seen[] = [];
  /** Entries as payloads, to replay them at the end. */
  readonly payloads: Entry[] = [];
  readonly #jobAudit: JobAudit;
  readonly instances = new Map<Key, TrackedInstance>();
  readonly instancesByToken = new Map<string, Key>();
  readonly openIncidents = new Map<Key, { readonly jobKey: Key; readonly instance: Key }>();
  readonly #requests = new Map<number, AnsweredRequest>();
  readonly #commands = new Set<number>();
  readonly #tokenOf: (variables: string) => string | undefined;
  /** What was replaced by new replicas is read by their own index. */
  readonly #readTo = new Map<string, number>();
  /** Instances that have not ended. */
  alive = 0;
  #nextPosition = 1;
  #keyCounter = 0;
  records = 0;

  /** @param tokenOf the token in the variables of a creation */
  constructor(
    world: World,
    partitionId: number,
    tokenOf: (variables: string) => string | undefined,
  ) {
    this.#world = world;
    this.partitionId = partitionId;
    this.#tokenOf = tokenOf;
    this.#jobAudit = new JobAudit((check, what) => this.#broken(check, what));
  }

  get committedIndex(): number {
    return this.#entries.length;
  }

  get jobs() {
    return this.#jobAudit.jobs;
  }

  /** Every record up to this one has been read. */
  get lastPosition(): number {
    return this.#nextPosition - 1;
  }

  /** Instances that have not ended, and why, for people. */
  openEnds(linesMax: number): string[] {
    const open: string[] = [];
    for (const { key, state, token } of this.instances.values()) {
      if (state !== 'alive') continue;
      const waits: string[] = [];
      for (const job of this.jobs.values()) {
        if (job.processInstanceKey === key && job.state !== 'ended')
          waits.push(`${job.type} ${job.state}`);
      }
      open.push(`instance ${token} of partition ${this.partitionId} lives (${waits.join(', ')})`);
      if (open.length >= linesMax) break;
    }
    return open;
  }

  /**
   * A replica calls everything up to the index committed.
   * @param opening names the opening of the replica: each is compared from its first entry on
   */
  observe(opening: string, log: LogOfReplica, commitIndex: number): void {
    let next = this.#readTo.get(opening) ?? log.firstIndex;
    while (next <= commitIndex && this.#world.failure === undefined) {
      const from = Math.max(next, log.firstIndex);
      for (const entry of log.readFrom(from, READ_BYTES)) {
        if (entry.index > commitIndex) break;
        this.#compare(opening, entry);
        next = entry.index + 1;
      }
      if (next <= from) break;
    }
    this.#readTo.set(opening, next);
  }

  #compare(opening: string, entry: Entry): void {
    const { index, term, kind, payload } = entry;
    const crc = crc32(payload, kind);
    const known = this.#entries[index - 1];
    if (known !== undefined) {
      if (known.term === term && known.crc === crc) return;
      const what = `entry ${index} is of term ${term} at ${opening} and was committed with term ${known.term}`;
      return this.#broken('committed entries do not change', `${what} (sums ${crc}, ${known.crc})`);
    }
    if (index !== this.#entries.length + 1) {
      const what = `${opening} calls ${index} committed; before it only ${this.#entries.length} entries were`;
      return this.#broken('committed entries are not lost', what);
    }
    this.#entries.push({ term, crc });
    this.payloads.push(entry);
    this.#world.note(payload);
    if (kind === EntryKind.records) this.#read(entry);
  }

  #read({ index, payload }: Entry): void {
    const header = entryHeader(payload);
    if (header.firstPosition !== this.#nextPosition) {
      const what = `entry ${index} begins with position ${header.firstPosition}, expected ${this.#nextPosition}`;
      this.#broken('positions have no gaps', what);
    }
    if (header.keyCounter < this.#keyCounter)
      this.#broken('keys are used once', `entry ${index} takes the key counter back`);
    this.#keyCounter = header.keyCounter;
    const records = decodeEntry(payload);
    this.#nextPosition = header.firstPosition + records.length;
    this.records += records.length;
    for (const record of records) this.#record(record);
    for (const { requestId, place } of entryAnswers(payload)) {
      const record = records[place] as LogRecord;
      this.#answer(requestId, {
        position: record.position,
        isCommand: record.recordType === 'COMMAND',
      });
    }
  }

  #record(record: LogRecord): void {
    this.#world.say(`p${this.partitionId} log`, () => {
      const { position, recordType, valueType, intent, key, requestId } = record;
      return `${position} ${recordType} ${valueType} ${intent} ${keyText(key)} request ${requestId}`;
    });
    if (record.recordType === 'COMMAND') return this.#command(record);
    if (record.recordType === 'COMMAND_REJECTION') return;
    switch (record.valueType) {
      case 'JOB':
        return this.#jobAudit.event(record as LogRecord<'JOB'>);
      case 'JOB_BATCH':
        return this.#jobAudit.activated(record as LogRecord<'JOB_BATCH'>);
      case 'PROCESS_INSTANCE':
        return this.#instanceEvent(record as LogRecord<'PROCESS_INSTANCE'>);
      case 'PROCESS_INSTANCE_CREATION':
        return this.#created(record as LogRecord<'PROCESS_INSTANCE_CREATION'>);
      case 'INCIDENT':
        return this.#incidentEvent(record as LogRecord<'INCIDENT'>);
      case 'ERROR':
        return this.#broken('nothing is banned', JSON.stringify(record.value));
      default:
        return;
    }
  }

  /** A request is executed at most once, however often it is sent. */
  #command({ requestId, position, processed }: LogRecord): void {
    if (requestId === NO_REQUEST || !processed) return;
    if (this.#commands.has(requestId))
      this.#broken('a request is executed once', `request ${requestId} again at ${position}`);
    this.#commands.add(requestId);
  }

  #answer(requestId: number, answer: AnsweredRequest): void {
    const known = this.#requests.get(requestId);
    if (known !== undefined && !known.isCommand && !answer.isCommand) {
      const what = `request ${requestId} is answered at ${known.position} and again at ${answer.position}`;
      this.#broken('a request is answered once', what);
    }
    this.#requests.set(requestId, answer);
  }

  #created({ value }: LogRecord<'PROCESS_INSTANCE_CREATION'>): void {
    const token = this.#tokenOf(value.variables.text);
    if (token === undefined) return;
    const key = value.processInstanceKey;
    const known = this.instancesByToken.get(token);
    if (known !== undefined && known !== key) {
      const what = `the request ${token} made ${keyText(known)} and ${keyText(key)}`;
      this.#broken('a request is executed once', what);
    }
    this.instancesByToken.set(token, key);
    const instance = this.instances.get(key);
    if (instance === undefined) this.#begin(key, token);
    else this.instances.set(key, { ...instance, token });
  }

  #instanceEvent({ intent, key, value, position }: LogRecord<'PROCESS_INSTANCE'>): void {
    const root = value.processInstanceKey;
    const instance = this.instances.get(root);
    if (instance !== undefined && instance.state !== 'alive') {
      const what = `${intent} of ${keyText(key)} at ${position}, and instance ${keyText(root)} is ${instance.state}`;
      return this.#broken('what has ended stays so', what);
    }
    if (key !== root) return;
    if (instance === undefined) this.#begin(root, '');
    else if (intent === 'ELEMENT_COMPLETED') this.#end(instance, 'COMPLETED');
    else if (intent === 'ELEMENT_TERMINATED') this.#end(instance, 'TERMINATED');
  }

  #begin(key: Key, token: string): void {
    this.alive++;
    this.instances.set(key, { key, token, state: 'alive' });
  }

  #end(instance: TrackedInstance, state: 'COMPLETED' | 'TERMINATED'): void {
    this.alive--;
    instance.state = state;
  }

  #incidentEvent({ intent, key, value }: LogRecord<'INCIDENT'>): void {
    const { jobKey, processInstanceKey, errorType } = value;
    if (intent === 'CREATED') {
      this.openIncidents.set(key, { jobKey, instance: processInstanceKey });
      if (jobKey !== NO_KEY && errorType === 'MESSAGE_SIZE_EXCEEDED')
        this.#jobAudit.tooLarge(jobKey);
    } else if (intent === 'RESOLVED') {
      this.openIncidents.delete(key);
      if (jobKey !== NO_KEY) this.#jobAudit.incidentResolved(jobKey);
    }
  }

  #broken(check: string, what: string): void {
    this.#world.fail(check, `partition ${this.partitionId}: ${what}`);
  }
}
