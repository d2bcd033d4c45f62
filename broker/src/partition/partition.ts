// One partition: takes messages, keeps its log, state and engine open, and opens them again after a fault that may pass.
//
// A full or read-only disk is such a fault: the partition says so, refuses work, and tries again until it succeeds. Damage
// that may have cost acknowledged work, and logs of later releases, are not: the partition stays stopped and says why.
import { statfsSync } from 'node:fs';
import { type Disk, openRaftNode, type RaftNode } from '@millrace/raft';
import { queueOf } from '../core/engine/state/job-state.ts';
import { openPartitionStore } from '../store/partition-store.ts';
import { StoreError } from '../store/store-error.ts';
import { Checkpointing } from './checkpointing.ts';
import { type Refusal, takeCommands, takeDelivered } from './command-intake.ts';
import { type CommandClass, CommandQueue } from './command-queue.ts';
import { JobStreams } from './job-streams.ts';
import { md5 } from './md5.ts';
import {
  type FromPartition,
  noticesOf,
  type OpenStream,
  type PartitionControl,
  type PartitionNotice,
  type PartitionStatus,
  type ToPartition,
} from './messages.ts';
import { OpenPartition } from './open-partition.ts';
import { PartitionClock } from './partition-clock.ts';
import { codeOf, isFinal } from './partition-faults.ts';
import { figuresOf } from './partition-figures.ts';
import type { PartitionOptions } from './partition-options.ts';

/** Pause before a failed partition opens again, ms. */
const REOPEN_MS = 1_000;
/** How often the free space, the checkpoint's age and the figures are looked at, ms. */
const HOUSEKEEPING_MS = 1_000;

/** What a test puts in the place of the real thing. */
export interface PartitionParts {
  /** Where the log goes. */
  readonly disk?: Disk;
  /** Pause before a failed partition opens again, ms. */
  readonly reopenMs?: number;
}

export class Partition {
  readonly options: PartitionOptions;
  readonly clock: PartitionClock;
  readonly queue: CommandQueue;
  readonly streams = new JobStreams();
  readonly #post: (message: FromPartition) => void;
  #open: OpenPartition | undefined;
  #checkpointing: Checkpointing | undefined;
  readonly #parts: PartitionParts;
  /** Why no work is taken, from a fault until the partition leads again. */
  #fault: Refusal | undefined;
  /** Why no work is started. */
  #lowDisk: Refusal | undefined;
  #isDead = false;
  /** Of several openings only the newest may fail the partition. */
  #openings = 0;
  #opening: Promise<void> | undefined;
  #isClosing = false;
  #reopen: NodeJS.Timeout | undefined;
  #housekeeping: NodeJS.Timeout | undefined;
  #lastCheckpointMs = Date.now();
  #failing: Promise<void> | undefined;

  constructor(
    options: PartitionOptions,
    post: (message: FromPartition) => void,
    parts: PartitionParts = {},
  ) {
    this.options = options;
    this.#parts = parts;
    this.#post = post;
    this.clock = new PartitionClock((text) => this.#log('warn', text));
    this.queue = new CommandQueue({
      commandsMax: options.queueCommandsMax,
      bytesMax: options.queueBytesMax,
    });
  }

  /** Opens for the first time. What goes wrong is told by a health notice; nothing is thrown. */
  async start(): Promise<void> {
    this.#housekeeping = setInterval(() => this.#keepHouse(), HOUSEKEEPING_MS);
    await this.#tryOpenOnce();
  }

  #tryOpenOnce(): Promise<void> {
    this.#opening ??= this.#tryOpen().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #tryOpen(): Promise<void> {
    if (this.#isClosing) return;
    const opening = ++this.#openings;
    const fail = (error: Error) => {
      if (opening === this.#openings) this.#fail(error);
    };
    let raft: RaftNode | undefined;
    try {
      const store = await openPartitionStore({
        dir: this.options.dir,
        cacheBytes: this.options.stateCacheBytes,
        onProblem: (problem) => this.#storeProblem(problem),
        onFlushed: () => this.#open?.wake(),
        onFault: fail,
      });
      let open: OpenPartition | undefined;
      try {
        raft = openRaftNode({
          dir: this.options.dir,
          memberId: this.options.nodeId,
          members: this.options.members,
          segmentBytes: this.options.segmentBytes,
          ...(this.#parts.disk === undefined ? {} : { disk: this.#parts.disk }),
          onCommitted: (upToIndex) => open?.committed(upToIndex),
          onRole: () => this.#health(),
          onFault: fail,
        });
        open = new OpenPartition(
          {
            options: this.options,
            clock: this.clock,
            queue: this.queue,
            streams: this.streams,
            checksum: md5,
            post: (message) => this.#post(message),
            aboutToLead: () => {
              this.#fault = undefined;
              this.#health();
            },
            fail,
          },
          raft,
          store,
        );
      } catch (error) {
        await store.close();
        throw error;
      }
      this.#open = open;
      this.#checkpointing = new Checkpointing(this.options, raft, store, open.exporters);
      if (raft.journal.cut !== null)
        this.#log('warn', `the log's tail was cut: ${JSON.stringify(raft.journal.cut)}`);
    } catch (error) {
      this.#say(error as Error);
      await raft?.close();
      this.#tryAgainLater();
    }
  }

  /** From here on no work is taken; everybody who waits or asks learns why. */
  #say(error: Error): void {
    const { partitionId } = this.options;
    const message = `Expected partition ${partitionId} to take commands, but it does not: ${error.message}`;
    // What is tried again every second is told once; for what the disk says, our own stack is no help.
    if (message !== this.#fault?.message)
      this.#log(
        'error',
        error instanceof StoreError ? error.message : (error.stack ?? error.message),
      );
    this.#isDead ||= isFinal(error);
    this.#fault = { code: codeOf(error), message, retry: this.#mayAnotherLead };
    this.#refuseWaiting(error);
    this.#health();
  }

  #tryAgainLater(): void {
    clearTimeout(this.#reopen);
    if (this.#isDead || this.#isClosing) return;
    this.#reopen = setTimeout(() => this.#tryOpenOnce(), this.#parts.reopenMs ?? REOPEN_MS);
  }

  /** A fault of this opening: end it, refuse what waits, begin again. */
  #fail(error: Error): void {
    this.#failing ??= this.#end(error).finally(() => {
      this.#failing = undefined;
    });
  }

  async #end(error: Error): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#checkpointing = undefined;
    this.#openings++;
    this.#say(error);
    if (open !== undefined) {
      open.stop();
      open.dropUncommitted(
        'The outcome is unknown: the partition failed before the command was committed.',
      );
      await open.raft.close().catch(() => {});
      await open.store.close().catch(() => {});
    }
    this.#tryAgainLater();
  }

  #refuseWaiting(error: Error): void {
    const notices: PartitionNotice[] = [];
    for (let item = this.queue.take(0); item !== undefined; item = this.queue.take(0)) {
      if (item.kind !== 'command' || item.command.requestId < 0) continue;
      const message = `Expected partition ${this.options.partitionId} to process the command, but it failed: ${error.message}`;
      notices.push({
        kind: 'refused',
        requestId: item.command.requestId,
        retry: this.#mayAnotherLead,
        code: codeOf(error),
        message,
      });
    }
    this.#notice(notices);
  }

  receive(message: ToPartition): void {
    if (message.commands !== undefined) {
      this.#notice(
        takeCommands(message.commands, this.queue, this.options.partitionId, (commandClass) =>
          this.#refusal(commandClass),
        ),
      );
    }
    for (const control of message.control) this.#control(control);
    this.#open?.wake();
  }

  /** Whether a request that this replica does not take may find another leader. */
  get #mayAnotherLead(): boolean {
    return this.options.members.length !== 1;
  }

  #refusal(commandClass: CommandClass): Refusal | undefined {
    if (this.#isClosing)
      return {
        code: 'UNAVAILABLE',
        message: 'The broker is shutting down.',
        retry: this.#mayAnotherLead,
      };
    return this.#fault ?? (commandClass === 3 ? this.#lowDisk : undefined);
  }

  #control(control: PartitionControl): void {
    switch (control.kind) {
      case 'open-stream':
        return this.#openStream(control);
      case 'close-stream':
        return this.streams.close(control.streamId);
      case 'status':
        return this.#notice([
          { kind: 'status', requestId: control.requestId, status: this.status() },
        ]);
      case 'clock':
        this.clock.control(control.offsetMs, control.pinnedMs);
        return this.#open?.clockChanged();
      case 'exporter-position':
        return this.#open?.exported([control.position]);
      case 'checkpoint':
        return this.#checkpoint();
      case 'deliver':
        // While there is a fault nobody would work it off; it comes again.
        if (this.#fault === undefined) takeDelivered(control.bytes, this.queue);
        return;
      case 'close':
        this.close(control.deadlineMs).then(() => this.#notice([{ kind: 'closed' }]));
        return;
    }
  }

  #openStream(control: OpenStream): void {
    const stream = this.streams.open(control);
    const open = this.#open;
    if (open === undefined || !open.isLeading) return;
    for (const tenantId of stream.tenantIds) open.keepQueueLoaded(queueOf(stream.type, tenantId));
    open.serve(stream);
  }

  #checkpoint(): void {
    this.#lastCheckpointMs = Date.now();
    this.#checkpointing
      ?.take()
      .catch((error: Error) => this.#log('error', `no checkpoint: ${error.message}`));
  }

  #keepHouse(): void {
    if (this.#open !== undefined) {
      const isOld = Date.now() - this.#lastCheckpointMs > this.options.checkpointIntervalMs;
      if (isOld || this.#checkpointing?.isDue === true) this.#checkpoint();
    }
    this.#lookAtDisk();
    this.#notice([
      { kind: 'health', status: this.status() },
      { kind: 'metrics', values: this.metrics() },
    ]);
  }

  /** Refuses new work before the disk is full, so that what is under way can end. */
  #lookAtDisk(): void {
    if (this.#open === undefined) return;
    let free: number;
    try {
      const stats = statfsSync(this.options.dir);
      free = stats.bavail * stats.bsize;
    } catch {
      return;
    }
    const isLow = free < this.options.diskFreeBytesMin;
    if (isLow === (this.#lowDisk !== undefined)) return;
    this.#lowDisk = isLow
      ? {
          code: 'RESOURCE_EXHAUSTED',
          retry: false,
          message:
            `Expected partition ${this.options.partitionId} to start work, but its disk has ${free} bytes left, ` +
            `less than the configured ${this.options.diskFreeBytesMin}. Free some space.`,
        }
      : undefined;
    this.#health();
  }

  #storeProblem(problem: string | undefined): void {
    if (problem !== undefined) this.#log('error', problem);
    this.#health();
  }

  status(): PartitionStatus {
    const open = this.#open;
    const isLeading = open?.isLeading === true;
    const reason = (this.#fault ?? this.#lowDisk)?.message ?? open?.store.problem ?? '';
    return {
      partitionId: this.options.partitionId,
      role: isLeading ? 'leader' : open === undefined ? 'inactive' : 'follower',
      health: this.#isDead ? 'dead' : isLeading && reason === '' ? 'healthy' : 'unhealthy',
      reason: reason !== '' || isLeading ? reason : 'the partition is starting',
      term: open?.raft.term ?? 0,
      processedPosition: open?.lastPosition ?? 0,
      committedIndex: open?.raft.commitIndex ?? 0,
      checkpointIndex: this.#checkpointing?.index ?? 0,
      exportedPosition: this.#exportedPosition(),
    };
  }

  /** The oldest entry that the log still has; 0 while it is closed. */
  get logFirstIndex(): number {
    return this.#open?.raft.journal.firstIndex ?? 0;
  }

  #exportedPosition(): number {
    const open = this.#open;
    if (open === undefined || this.options.exporterIds.length === 0) return -1;
    return Math.min(
      ...this.options.exporterIds.map((id) => open.exporters.get(id)?.position ?? -1),
    );
  }

  /** Figures for the metrics page, by the names of ops/metrics.ts. */
  metrics(): Record<string, number> {
    const checkpointIndex = this.#checkpointing?.index ?? 0;
    const exportedPosition = this.#exportedPosition();
    return figuresOf(this.queue, this.streams, this.#open, checkpointIndex, exportedPosition);
  }

  /** The exporters' positions, for the start of exporting. */
  exporterPosition(exporterId: string) {
    return this.#open?.exporters.get(exporterId);
  }

  #health(): void {
    this.#notice([{ kind: 'health', status: this.status() }]);
  }

  #log(level: 'warn' | 'error', text: string): void {
    this.#notice([{ kind: 'log', level, text: `partition ${this.options.partitionId}: ${text}` }]);
  }

  #notice(notices: readonly PartitionNotice[]): void {
    if (notices.length === 0) return;
    this.#post(noticesOf(this.options.partitionId, notices));
  }

  /** Takes no more, ends what is under way within the deadline, writes a checkpoint, closes. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearTimeout(this.#reopen);
    clearInterval(this.#housekeeping);
    await this.#opening;
    await this.#failing;
    const open = this.#open;
    if (open === undefined) return;
    const deadline = Date.now() + deadlineMs;
    while (!open.isIdle && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 5));
    open.stop();
    open.dropUncommitted(
      'The outcome is unknown: the broker was stopped before the command was committed.',
    );
    try {
      await this.#checkpointing?.take();
    } catch (error) {
      this.#log('error', `no checkpoint at the end: ${(error as Error).message}`);
    }
    await open.raft.close();
    await open.store.close();
  }
}
