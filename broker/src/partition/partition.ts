// One replica of a partition: takes messages, keeps log, state and engine open, and opens them again after a passing fault.
// A full or read-only disk is such a fault: the partition says so, refuses work, and tries again until it succeeds. Damage
// that may have cost acknowledged work, and logs of later releases, are not: the partition stays stopped and says why.
import { ENTRY_VERSION_MAX, ENTRY_VERSION_MIN } from '@millrace/protocol';
import { type Cancel, systemTimers, type Timers } from '@millrace/raft';
import { queueOf } from '../core/engine/state/job-state.ts';
import { StoreError } from '../store/store-error.ts';
import { Checkpointing } from './checkpointing.ts';
import { type Refusal, refuseAll, takeCommands, takeDelivered } from './command-intake.ts';
import { type CommandClass, CommandQueue } from './command-queue.ts';
import { DiskWatch, freeBytesOf } from './disk-watch.ts';
import { endReplica, whenIdle } from './end-replica.ts';
import { JobStreams } from './job-streams.ts';
import {
  type FromPartition,
  noticesOf,
  type OpenStream,
  type PartitionControl,
  type PartitionNotice,
  type PartitionStatus,
  type ToPartition,
} from './messages.ts';
import type { OpenPartition } from './open-partition.ts';
import { openReplica, type PartitionParts, type ReplicaOwner } from './open-replica.ts';
import { PartitionClock } from './partition-clock.ts';
import { codeOf, isFinal } from './partition-faults.ts';
import { figuresOf } from './partition-figures.ts';
import { isReplicated, type PartitionOptions } from './partition-options.ts';
import { exportedPositionOf, notLeading, statusOf } from './partition-status.ts';
import { answerRequest, isReplicaRequest, type ReplicaRequest } from './replica-requests.ts';

export type { PartitionParts } from './open-replica.ts';

/** Pause before a failed partition opens again, ms. */
const REOPEN_MS = 1_000;
/** How often the free space, the checkpoint's age and the figures are looked at, ms. */
const HOUSEKEEPING_MS = 1_000;

export class Partition {
  readonly options: PartitionOptions;
  readonly clock: PartitionClock;
  readonly queue: CommandQueue;
  readonly streams = new JobStreams();
  readonly #post: (message: FromPartition) => void;
  readonly #parts: PartitionParts;
  readonly #timers: Timers;
  readonly #disk: DiskWatch;
  #open: OpenPartition | undefined;
  #checkpointing: Checkpointing | undefined;
  /** Why no work is taken, from a fault until it is open again; of a lone replica, until it leads. */
  #fault: Refusal | undefined;
  #isDead = false;
  #isPaused = false;
  #forcedMembers: readonly number[] | undefined;
  #entryVersion: number;
  /** Of several openings only the newest may fail the partition. */
  #openings = 0;
  #opening: Promise<void> | undefined;
  #isClosing = false;
  #cancelReopen: Cancel = () => {};
  readonly #cancels: Cancel[] = [];
  #lastCheckpointMs: number;
  #ending: Promise<void> | undefined;

  constructor(
    options: PartitionOptions,
    post: (message: FromPartition) => void,
    parts: PartitionParts = {},
  ) {
    this.options = options;
    this.#parts = parts;
    this.#post = post;
    this.#entryVersion = isReplicated(options) ? ENTRY_VERSION_MIN : ENTRY_VERSION_MAX;
    this.#timers = parts.timers ?? systemTimers;
    this.#lastCheckpointMs = this.#timers.monotonicMs();
    this.#disk = new DiskWatch(options, parts.freeBytes ?? freeBytesOf);
    this.clock = new PartitionClock(this.#timers, (text) => this.#log('warn', text));
    this.queue = new CommandQueue({
      commandsMax: options.queueCommandsMax,
      bytesMax: options.queueBytesMax,
    });
  }

  /** The opening that stands; a simulation looks at its log and state. */
  get replica(): OpenPartition | undefined {
    return this.#open;
  }

  /** Opens for the first time. What goes wrong is told by a health notice; nothing is thrown. */
  async start(): Promise<void> {
    const { diskIntervalMs } = this.options;
    this.#cancels.push(this.#timers.every(HOUSEKEEPING_MS, () => this.#keepHouse()));
    this.#cancels.push(this.#timers.every(diskIntervalMs, () => this.#lookAtDisk()));
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
    try {
      const open = await openReplica(this.#ownerOf(opening), this.#parts);
      if (opening !== this.#openings) return await endReplica(open);
      this.#open = open;
      this.#forcedMembers = undefined;
      if (isReplicated(this.options)) this.#fault = undefined;
      const { raft, store, exporters } = open;
      this.#checkpointing = new Checkpointing(this.options, raft, store, exporters);
      if (raft.journal.cut !== null)
        this.#log('warn', `the log's tail was cut: ${JSON.stringify(raft.journal.cut)}`);
      this.#health();
    } catch (error) {
      this.#say(error as Error);
      this.#tryAgainLater();
    }
  }

  #ownerOf(opening: number): ReplicaOwner {
    const isNewest = () => opening === this.#openings;
    return {
      options: this.options,
      clock: this.clock,
      queue: this.queue,
      streams: this.streams,
      forcedMembers: this.#forcedMembers,
      timers: this.#timers,
      random: this.#parts.random ?? Math.random,
      entryVersion: () => this.#entryVersion,
      post: (message) => this.#post(message),
      aboutToLead: () => {
        this.#fault = undefined;
        this.#health();
      },
      stoppedLeading: () => this.#refuseWaiting('this replica does not lead any more'),
      send: (to, bytes, urgency) => {
        if (isNewest()) this.#notice([{ kind: 'raft', to, bytes, urgency }]);
      },
      roleChanged: () => {
        if (isNewest()) this.#health();
      },
      replaced: () => {
        if (isNewest()) this.#restart();
      },
      storeProblem: (problem) => {
        if (problem !== undefined) this.#log('error', problem);
        this.#health();
      },
      fail: (error) => {
        if (isNewest()) this.#restart(error);
      },
    };
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
    this.#fault = { code: codeOf(error), message, retry: isReplicated(this.options) };
    this.#refuseWaiting(`it failed: ${error.message}`, codeOf(error));
    this.#health();
  }

  #tryAgainLater(): void {
    this.#cancelReopen();
    if (this.#isDead || this.#isClosing) return;
    const pauseMs = this.#parts.reopenMs ?? REOPEN_MS;
    this.#cancelReopen = this.#timers.after(pauseMs, () => this.#tryOpenOnce());
  }

  /** Ends this opening and begins again: after a fault later, after an installed checkpoint at once. */
  #restart(fault?: Error): void {
    this.#ending ??= this.#endAndOpen(fault).finally(() => {
      this.#ending = undefined;
    });
  }

  async #endAndOpen(fault: Error | undefined): Promise<void> {
    const open = this.#leave();
    if (fault === undefined) this.#health();
    else this.#say(fault);
    if (open !== undefined) await endReplica(open);
    if (fault === undefined) await this.#tryOpenOnce();
    else this.#tryAgainLater();
  }

  /** The present opening is of no more use. */
  #leave(): OpenPartition | undefined {
    const open = this.#open;
    this.#open = undefined;
    this.#checkpointing = undefined;
    this.#openings++;
    open?.stop();
    open?.dropUncommitted(
      'The outcome is unknown: the partition failed before the command was committed.',
    );
    return open;
  }

  #refuseWaiting(why: string, code: Refusal['code'] = 'UNAVAILABLE'): void {
    const message = `Expected partition ${this.options.partitionId} to process the command, but ${why}`;
    this.#notice(refuseAll(this.queue, { code, message, retry: isReplicated(this.options) }));
  }

  receive(message: ToPartition): void {
    const { commands, retriedSinceMs } = message;
    if (commands !== undefined) {
      this.#notice(
        takeCommands(
          { commands, retriedSinceMs },
          this.#timers.wallMs(),
          this.queue,
          this.options.partitionId,
          (commandClass) => this.#refusal(commandClass),
          this.#open?.requests,
        ),
      );
      this.#open?.sendRepeatedAnswers();
    }
    for (const control of message.control) this.#control(control);
    this.#open?.wake();
  }

  #refusal(commandClass: CommandClass): Refusal | undefined {
    const retry = isReplicated(this.options);
    if (this.#isClosing)
      return { code: 'UNAVAILABLE', message: 'The broker is shutting down.', retry };
    if (this.#fault !== undefined) return this.#fault;
    if (retry && this.#open?.raft.role !== 'leader') return notLeading(this.options, this.#open);
    return commandClass === 3 ? this.#disk.refusal : undefined;
  }

  #control(control: PartitionControl): void {
    if (isReplicaRequest(control)) return this.#answer(control);
    switch (control.kind) {
      case 'raft':
        return this.#open?.raft.receive(control.from, control.bytes);
      case 'broker-gone':
        return this.#open?.raft.connectionClosed(control.nodeId);
      case 'open-stream':
        return this.#openStream(control);
      case 'close-stream':
        return this.streams.close(control.streamId);
      case 'session-gone':
        this.streams.closeSession(control.session);
        return this.#open?.forgetSession(control.session);
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
        if (this.#refusal(1) === undefined) takeDelivered(control.bytes, this.queue);
        return;
      case 'force-members':
        this.#forcedMembers = control.retained;
        this.#restart();
        return this.#done(control.requestId, '');
      case 'entry-version':
        this.#entryVersion = control.version;
        return;
      case 'pause':
      case 'resume':
        return this.#pause(control.kind === 'pause');
      case 'close':
        this.close(control.deadlineMs).then(() => this.#notice([{ kind: 'closed' }]));
        return;
    }
  }

  /** Does what takes time and says how it ended. */
  #answer(request: ReplicaRequest): void {
    const { requestId } = request;
    if (this.#open === undefined)
      return this.#done(requestId, this.#fault?.message ?? 'the partition is being opened');
    answerRequest(request, this.#open, this.#timers).then(
      () => this.#done(requestId, ''),
      (error: Error) => this.#done(requestId, error.message),
    );
  }

  #done(requestId: number, problem: string): void {
    this.#notice([{ kind: 'done', requestId, problem }]);
  }

  #pause(isPaused: boolean): void {
    this.#isPaused = isPaused;
    this.#open?.pause(isPaused);
    this.#health();
  }

  #openStream(control: OpenStream): void {
    const stream = this.streams.open(control);
    const open = this.#open;
    if (open === undefined || !open.isLeading) return;
    for (const tenantId of stream.tenantIds) open.keepQueueLoaded(queueOf(stream.type, tenantId));
    open.serve(stream);
  }

  #checkpoint(): void {
    this.#lastCheckpointMs = this.#timers.monotonicMs();
    this.#checkpointing
      ?.take()
      .catch((error: Error) => this.#log('error', `no checkpoint: ${error.message}`));
  }

  #keepHouse(): void {
    if (this.#open !== undefined) {
      const ageMs = this.#timers.monotonicMs() - this.#lastCheckpointMs;
      const isOld = ageMs > this.options.checkpointIntervalMs;
      if (isOld || this.#checkpointing?.isDue === true) this.#checkpoint();
    }
    this.#notice([
      { kind: 'health', status: this.status() },
      { kind: 'metrics', values: this.metrics() },
    ]);
  }

  /** Refuses new work before the disk is full, so that what is under way can end. */
  #lookAtDisk(): void {
    if (this.#open === undefined || !this.#disk.look()) return;
    if (isReplicated(this.options)) this.#open?.raft.diskChanged(this.#disk.isFull ? 'full' : 'ok');
    this.#health();
  }

  status(): PartitionStatus {
    return statusOf(this.options, this.#open, {
      fault: (this.#fault ?? this.#disk.refusal)?.message ?? '',
      isDead: this.#isDead,
      isPaused: this.#isPaused,
      checkpointIndex: this.#checkpointing?.index ?? 0,
    });
  }

  /** Figures for the metrics page, by the names of ops/metrics.ts. */
  metrics(): Record<string, number> {
    const checkpointIndex = this.#checkpointing?.index ?? 0;
    const exportedPosition = exportedPositionOf(this.options, this.#open);
    return figuresOf(this.queue, this.streams, this.#open, checkpointIndex, exportedPosition);
  }

  get opened(): OpenPartition | undefined {
    return this.#open;
  }

  #health(): void {
    this.#notice([{ kind: 'health', status: this.status() }]);
  }

  #log(level: 'warn' | 'error', text: string): void {
    this.#notice([{ kind: 'log', level, text: `partition ${this.options.partitionId}: ${text}` }]);
  }

  #notice(notices: readonly PartitionNotice[]): void {
    if (notices.length > 0) this.#post(noticesOf(this.options.partitionId, notices));
  }

  /** Takes no more, ends what is under way within the deadline, writes a checkpoint, closes. */
  async close(deadlineMs: number): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    const deadline = this.#timers.monotonicMs() + deadlineMs;
    this.#cancelReopen();
    for (const cancel of this.#cancels) cancel();
    await this.#opening;
    await this.#ending;
    const open = this.#open;
    if (open === undefined) return;
    await whenIdle(open, deadline, this.#timers);
    open.stop();
    open.dropUncommitted(
      'The outcome is unknown: the broker was stopped before the command was committed.',
    );
    try {
      await this.#checkpointing?.take();
    } catch (error) {
      this.#log('error', `no checkpoint at the end: ${(error as Error).message}`);
    }
    await endReplica(open);
  }
}
