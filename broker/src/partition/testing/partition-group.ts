// Three replicas of one partition in this process, each with a real log and store, whose Raft messages the test carries. For tests.
import {
  ALL_SESSIONS,
  decodeEntry,
  EntryEncoder,
  LogRecord,
  NO_OPERATION,
} from '@millrace/protocol';
import type { FromPartition, PartitionControl, PartitionNotice } from '../messages.ts';
import { ofBroker } from '../messages.ts';
import { Partition, type PartitionParts } from '../partition.ts';
import { PARTITION_DEFAULTS, type PartitionOptions } from '../partition-options.ts';
import type { Command } from './partition-driver.ts';

export type GroupAnswer =
  | { readonly kind: 'answer'; readonly record: LogRecord }
  | Extract<PartitionNotice, { kind: 'refused' }>;

const IDS = [0, 1, 2];

export class PartitionGroup {
  readonly replicas = new Map<number, Partition>();
  /** Everything that was answered, by request id, in order. */
  readonly answers = new Map<number, GroupAnswer[]>();
  readonly notices: PartitionNotice[] = [];
  readonly #dirOf: (id: number) => string;
  readonly #options: Partial<PartitionOptions>;
  readonly #entryVersion: number;
  readonly #partsOf: (id: number) => PartitionParts;
  /** Replicas that nobody reaches. */
  readonly #cut = new Set<number>();

  /** @param entryVersion that all replicas are said to read */
  constructor(
    dirOf: (id: number) => string,
    options: Partial<PartitionOptions> = {},
    entryVersion = 2,
    partsOf: (id: number) => PartitionParts = () => ({}),
  ) {
    this.#partsOf = partsOf;
    this.#dirOf = dirOf;
    this.#entryVersion = entryVersion;
    this.#options = options;
  }

  async start(isNewGroup = true): Promise<void> {
    await Promise.all(IDS.map((id) => this.open(id, isNewGroup)));
  }

  async open(id: number, isNewGroup: boolean): Promise<void> {
    const options: PartitionOptions = {
      ...PARTITION_DEFAULTS,
      diskFreeBytesMin: 0,
      diskFreeBytesReplicationMin: 0,
      heartbeatMs: 50,
      electionMs: 500,
      tickMs: 10,
      ...this.#options,
      nodeId: id,
      members: IDS.map((each) => ({ id: each, type: 'voter', priority: 3 - each })),
      isNewGroup,
      dir: this.#dirOf(id),
    };
    const replica = new Partition(options, (message) => this.#from(id, message), {
      reopenMs: 50,
      ...this.#partsOf(id),
    });
    this.replicas.set(id, replica);
    replica.receive(ofBroker({ kind: 'entry-version', version: this.#entryVersion }));
    await replica.start();
  }

  #from(id: number, message: FromPartition): void {
    for (const notice of message.notices) {
      this.notices.push(notice);
      if (notice.kind === 'raft') this.#carry(id, notice.to, notice.bytes);
      else if (notice.kind === 'refused') this.#note(notice.requestId, notice);
    }
    if (message.answers === undefined) return;
    for (const record of decodeEntry(message.answers))
      this.#note(record.requestId, { kind: 'answer', record });
  }

  #note(requestId: number, answer: GroupAnswer): void {
    this.answers.set(requestId, [...(this.answers.get(requestId) ?? []), answer]);
  }

  #carry(from: number, to: number, bytes: Uint8Array): void {
    setImmediate(() => {
      if (this.#cut.has(from) || this.#cut.has(to)) return;
      this.replicas.get(to)?.receive(ofBroker({ kind: 'raft', from, bytes: bytes.slice() }));
    });
  }

  cut(id: number): void {
    this.#cut.add(id);
  }

  heal(id: number): void {
    this.#cut.delete(id);
  }

  /** The process of the replica ends; the others notice. */
  async close(id: number): Promise<void> {
    const replica = this.replicas.get(id);
    this.replicas.delete(id);
    for (const other of this.replicas.values())
      other.receive(ofBroker({ kind: 'broker-gone', nodeId: id }));
    await replica?.close(1_000);
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.replicas.keys()].map((id) => this.close(id)));
  }

  /** The replica that leads, of those that are reached. */
  get leader(): number | undefined {
    return [...this.replicas]
      .filter(([id, replica]) => !this.#cut.has(id) && replica.status().role === 'leader')
      .map(([id]) => id)[0];
  }

  replica(id: number): Partition {
    return this.replicas.get(id) as Partition;
  }

  control(id: number, control: PartitionControl): void {
    this.replica(id).receive(ofBroker(control));
  }

  /** Sends a command under this number. @param retriedSinceMs 0 for the first time */
  send(id: number, requestId: number, command: Command, retriedSinceMs = 0): void {
    const encoder = new EntryEncoder();
    encoder.begin(1, 0, 0);
    const { valueType, intent, key, value } = command;
    encoder.add(
      new LogRecord(
        'COMMAND',
        valueType,
        intent,
        key,
        value,
        0,
        -1,
        0,
        undefined,
        '',
        requestId,
        NO_OPERATION,
        true,
      ),
    );
    const commands = encoder.finish();
    this.replica(id).receive({ session: ALL_SESSIONS, commands, retriedSinceMs, control: [] });
  }

  async until(condition: () => boolean, what: string, withinMs = 20_000): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!condition()) {
      if (performance.now() > deadline) {
        const logs = this.notices.filter((notice) => notice.kind === 'log').slice(-3);
        throw new Error(`waited in vain until ${what}; ${JSON.stringify(logs)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async untilLed(): Promise<number> {
    await this.until(() => this.leader !== undefined, 'the partition is led');
    return this.leader as number;
  }

  /** The one answer to the request, as soon as it is there. */
  async answer(requestId: number): Promise<GroupAnswer> {
    await this.until(() => this.answers.has(requestId), `request ${requestId} is answered`);
    return this.answers.get(requestId)?.[0] as GroupAnswer;
  }
}
