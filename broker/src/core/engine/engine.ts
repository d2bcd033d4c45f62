// The engine: process a command, replay an event. Two doors, no clock, no I/O.
//
// A command and the follow-up commands it leads to form a chain; a chain runs in one batch up to a limit, what is over it is
// written as pending commands. Outcomes are kept apart: a rejection (the command was wrong) and an incident (the instance
// needs a person) are records; an exception in a processor undoes the chain, is recorded and may ban the instance; a range
// that is not in memory pauses the chain; a store that cannot be read is no processor's fault and is thrown on, and anything
// thrown in replay stops the partition (design.md 2, 5).
import {
  type DeploymentValue,
  type Key,
  keyText,
  LogRecord,
  MESSAGE_BYTES_MAX,
  NO_KEY,
  NO_REQUEST,
} from '@millrace/protocol';
import { RangeNotLoaded, type RangeRequest } from '../state/range-request.ts';
import type { StateDb } from '../state/state-db.ts';
import { StoreReadError } from '../state/state-error.ts';
import { applyEvent } from './applier-table.ts';
import { bannedInstanceOf, bansOnFailure, instanceOf, leaveQueues } from './banning.ts';
import { recordOversize } from './commands/element-commands.ts';
import { Context, type EngineOptions, KeyGenerator } from './context.ts';
import { dueJobCommand, releaseCommand } from './due-jobs.ts';
import type { Effect } from './effects.ts';
import type { Environment } from './environment.ts';
import { type InboundCommand, internalCommand } from './inbound-command.ts';
import { processCommand } from './processor-table.ts';
import { EngineState } from './state/engine-state.ts';
import { queueOf } from './state/job-state.ts';
import { openDistributions } from './steps/distribution.ts';
import {
  type UnansweredSubscriptions,
  unansweredSubscriptions,
} from './steps/subscription-commands.ts';
import type { Turn, TurnMark } from './turn.ts';
import { BatchTooLarge, Refusal, Writer } from './writer.ts';

export type RunResult =
  | { readonly kind: 'done' }
  /** Load this, then call `resume`. */
  | { readonly kind: 'needs-range'; readonly request: RangeRequest };

/** ms between two looks for messages whose time to live has passed. */
const SWEEP_MS = 60_000;

const DONE: RunResult = { kind: 'done' };

/** Why a command is recorded as refused instead of being processed: what its processor threw, or what it writes. */
type Fault = Error | 'too-large';

/** A chain that is being worked off. */
interface Chain {
  readonly inbound: InboundCommand;
  readonly turnMark: TurnMark;
  readonly savepoint: number;
  readonly keyCounter: number;
  /** Next of the writer's follow-ups to run; -1 while the first command has not run. */
  next: number;
  readonly first: LogRecord;
  /** Set when the chain was undone and nothing but this is recorded. */
  readonly fault: Fault | undefined;
}

export class Engine {
  readonly state: EngineState;
  readonly keys: KeyGenerator;
  readonly #db: StateDb;
  readonly #turn: Turn;
  readonly #writer: Writer;
  readonly #context: Context;
  readonly #options: EngineOptions;
  #chain: Chain | undefined;
  /** ms since the epoch: when messages are looked at again. */
  #nextSweep = 0;

  constructor(db: StateDb, turn: Turn, options: EngineOptions, environment: Environment) {
    this.#db = db;
    this.#turn = turn;
    this.#options = options;
    this.state = new EngineState(db);
    this.keys = new KeyGenerator(options.partitionId);
    this.#writer = new Writer(turn, this.state);
    this.#context = new Context(this.state, this.#writer, this.keys, options, environment);
  }

  /** Runs a command and its chain in the open turn. When it needs a range, nothing else may run before `resume`. */
  run(inbound: InboundCommand): RunResult {
    this.#begin(inbound, this.#options.commandsInBatchMax);
    return this.#work();
  }

  /** Goes on with the paused chain after its range was loaded. */
  resume(): RunResult {
    return this.#work();
  }

  /** Who waits for the command that has begun and not ended; NO_REQUEST when nobody does. */
  get requestUnderWay(): number {
    return this.#chain?.inbound.requestId ?? NO_REQUEST;
  }

  /** Undoes the paused chain: the command may run again later as if it had never begun. */
  abandon(): void {
    if (this.#chain === undefined) return;
    this.#undo(this.#chain);
    this.#chain = undefined;
  }

  #begin(inbound: InboundCommand, commandsMax: number, fault?: Fault): void {
    const turn = this.#turn;
    const writer = this.#writer;
    const turnMark = turn.mark();
    const savepoint = this.#db.savepoint();
    const keyCounter = this.keys.counter;
    const isPending = inbound.pendingPosition >= 0;
    const position = isPending ? inbound.pendingPosition : turn.nextPosition;
    const first = new LogRecord(
      'COMMAND',
      inbound.valueType,
      inbound.intent,
      inbound.key,
      inbound.value,
      position,
      -1,
      turn.timestamp,
      undefined,
      '',
      inbound.requestId,
      inbound.operationReference,
      true,
    );
    writer.followUps.length = 0;
    writer.chainCommands = 1;
    writer.commandsMax = commandsMax;
    writer.sourcePosition = position;
    writer.operationReference = inbound.operationReference;
    this.#chain = { inbound, turnMark, savepoint, keyCounter, next: -1, first, fault };
    // A pending command is in the log already; what it leads to names its position.
    if (isPending) this.state.pending.remove(position);
    else turn.add(first);
    // The limit is for what the command leads to: the command itself is as large as a message may be.
    writer.turnBytesMax =
      fault === undefined ? turn.length + MESSAGE_BYTES_MAX : Number.POSITIVE_INFINITY;
  }

  #work(): RunResult {
    for (;;) {
      const result = this.#step(this.#chain as Chain);
      if (result === 'ended') return this.#end();
      if (result !== 'next') return { kind: 'needs-range', request: result };
    }
  }

  #end(): RunResult {
    const chain = this.#chain as Chain;
    if (
      chain.inbound.pendingPosition >= 0 &&
      this.#turn.nextPosition === chain.turnMark.nextPosition
    ) {
      // Replay learns from the records of a chain that its pending command is done: there must be one.
      this.#writer.reject(chain.first, 'INVALID_STATE', 'Nothing was left to do for this command');
    }
    this.#chain = undefined;
    const { requestId } = chain.inbound;
    if (requestId !== NO_REQUEST && !this.#isAnswered(requestId, chain.turnMark.effects)) {
      this.#turn.effects.push({ kind: 'taken', requestId, position: chain.first.position });
    }
    return DONE;
  }

  #isAnswered(requestId: number, fromEffect: number): boolean {
    const { effects } = this.#turn;
    for (let i = fromEffect; i < effects.length; i++) {
      const effect = effects[i] as Effect;
      if (effect.kind === 'answer' && effect.requestId === requestId) return true;
    }
    return false;
  }

  /** One command of the chain. Undone alone when it needs a range; undone with its chain when it fails. */
  #step(chain: Chain): RangeRequest | 'next' | 'ended' {
    const writer = this.#writer;
    const mark = this.#turn.mark();
    const savepoint = this.#db.savepoint();
    const { counter } = this.keys;
    const { chainCommands } = writer;
    const followUpCount = writer.followUps.length;
    const command = chain.next < 0 ? chain.first : (writer.followUps[chain.next] as LogRecord);
    this.#context.streamId = chain.next < 0 ? chain.inbound.streamId : 0;
    try {
      if (chain.fault === undefined) this.#process(command);
      else this.#refuse(command, chain.fault);
    } catch (error) {
      if (error instanceof RangeNotLoaded) {
        this.#returnStreams(mark.effects);
        this.#turn.rollback(mark);
        this.#db.rollbackTo(savepoint);
        this.keys.counter = counter;
        writer.chainCommands = chainCommands;
        writer.followUps.length = followUpCount;
        return error.request;
      }
      if (error instanceof StoreReadError || chain.fault !== undefined) throw error;
      this.#beginAgain(chain, error as Error);
      return 'next';
    }
    chain.next++;
    return chain.next < writer.followUps.length ? 'next' : 'ended';
  }

  /** After an error the fault is recorded; over the limit the commands that fitted run again (engine-semantics.md A.4). */
  #beginAgain(chain: Chain, error: Error): void {
    this.#undo(chain);
    if (!(error instanceof BatchTooLarge)) this.#begin(chain.inbound, 1, error);
    else if (chain.next >= 0) this.#begin(chain.inbound, chain.next + 1);
    else this.#begin(chain.inbound, 1, 'too-large');
  }

  #process(command: LogRecord): void {
    const banned = bannedInstanceOf(this.#context, command);
    if (banned !== undefined) this.#refuseBanned(command, banned);
    else processCommand(this.#context, command);
  }

  #refuseBanned(command: LogRecord, instanceKey: Key): void {
    this.#writer.reject(
      command,
      'INVALID_STATE',
      `Expected to process ${command.valueType}.${command.intent} for process instance '${keyText(instanceKey)}', ` +
        'but the instance is banned after an internal error. Cancel the instance and start it again.',
    );
  }

  #undo(chain: Chain): void {
    this.#returnStreams(chain.turnMark.effects);
    this.#turn.rollback(chain.turnMark);
    this.#db.rollbackTo(chain.savepoint);
    this.keys.counter = chain.keyCounter;
    this.#writer.followUps.length = 0;
  }

  #returnStreams(fromEffect: number): void {
    const { effects } = this.#turn;
    for (let i = fromEffect; i < effects.length; i++) {
      const effect = effects[i];
      // A stream that is served from the backlog pays for its jobs afterwards, see the partition's turn loop.
      if (effect?.kind === 'push' && effect.streamId !== this.#chain?.inbound.streamId) {
        this.#context.environment.returnStream(effect.streamId);
      }
    }
  }

  #refuse(command: LogRecord, fault: Fault): void {
    if (fault instanceof Refusal) this.#writer.reject(command, fault.type, fault.message);
    else if (fault !== 'too-large') this.#recordFailure(command, fault);
    else if (!recordOversize(this.#context, command)) this.#refuseOversize(command);
    this.#writer.followUps.length = 0;
  }

  /** What the first command alone writes is over the limit: a client is told, an instance without one is banned. */
  #refuseOversize(command: LogRecord): void {
    const reason = `Expected the records of the command to take at most ${MESSAGE_BYTES_MAX} bytes, but they take more. Use smaller variables.`;
    if (command.requestId === NO_REQUEST && instanceOf(this.#context, command) !== NO_KEY) {
      return this.#recordFailure(command, new Error(reason));
    }
    const value =
      command.valueType === 'DEPLOYMENT'
        ? { ...(command.value as DeploymentValue), resources: [] }
        : command.value;
    this.#writer.reject(command, 'EXCEEDED_BATCH_RECORD_SIZE', reason, value);
  }

  /** An exception in a processor is a fault of ours: it is recorded, and the instance may be banned. */
  #recordFailure(first: LogRecord, error: Error): void {
    this.#writer.reject(
      first,
      'PROCESSING_ERROR',
      `Expected to process ${first.valueType}.${first.intent} without errors, but an exception occurred: ${error.message}`,
    );
    const processInstanceKey = bansOnFailure(first) ? instanceOf(this.#context, first) : NO_KEY;
    this.#writer.event('ERROR', 'CREATED', this.keys.next(), {
      exceptionMessage: error.message,
      stacktrace: error.stack ?? '',
      errorEventPosition: first.position,
      processInstanceKey,
    });
    if (processInstanceKey !== NO_KEY) leaveQueues(this.#context, processInstanceKey);
  }

  /** Applies one record of a committed entry: events change the state, commands over the limit wait. */
  replay(record: LogRecord, firstPositionOfEntry: number): void {
    const { sourcePosition } = record;
    if (sourcePosition >= 0 && sourcePosition < firstPositionOfEntry)
      this.state.pending.remove(sourcePosition);
    if (record.recordType === 'EVENT') applyEvent(this.state, record);
    else if (record.recordType === 'COMMAND' && !record.processed) this.state.pending.add(record);
  }

  /** The oldest command that was over the limit. @throws RangeNotLoaded */
  pendingCommand(): InboundCommand | undefined {
    const first = this.state.pending.first();
    if (first === undefined) return undefined;
    const { position, command } = first;
    return {
      valueType: command.valueType,
      intent: command.intent,
      key: command.key,
      value: command.value,
      requestId: -1,
      operationReference: command.operationReference,
      streamId: 0,
      pendingPosition: position,
    };
  }

  /** Commands for what is due by now, oldest first. @throws RangeNotLoaded */
  dueCommands(now: number, limit: number): InboundCommand[] {
    const { jobs } = this.state;
    const due: InboundCommand[] = [];
    this.#releaseDue(due);
    for (const key of jobs.timedOut(now, limit)) due.push(dueJobCommand(jobs, key, 'TIME_OUT'));
    for (const key of jobs.recurring(now, limit))
      due.push(dueJobCommand(jobs, key, 'RECUR_AFTER_BACKOFF'));
    const { timers } = this.state;
    for (const key of timers.due(now, limit))
      due.push(internalCommand('TIMER', 'TRIGGER', key, timers.must(key)));
    this.#messagesDue(now, limit, due);
    return due;
  }

  /** What is resumed comes back a bounded number at a time: one command, and the next when that has run. */
  #releaseDue(due: InboundCommand[]): void {
    const key = this.state.suspensions.nextReleasing();
    if (key !== undefined) due.push(releaseCommand(key));
  }

  /** Messages go once a minute, all that are due together: until then their ids are taken (engine-semantics.md H.6). */
  #messagesDue(now: number, limit: number, due: InboundCommand[]): void {
    if (now < this.#nextSweep) return;
    const messageKeys = this.state.messages.expired(now, limit);
    if (messageKeys.length > 0)
      due.push(internalCommand('MESSAGE_BATCH', 'EXPIRE', NO_KEY, { messageKeys }));
    if (messageKeys.length < limit) this.#nextSweep = now + SWEEP_MS;
  }

  /** When something is due next, ms since the epoch. @throws RangeNotLoaded */
  nextDue(): number | undefined {
    const job = this.state.jobs.nextMoment();
    const timer = this.state.timers.nextMoment();
    const deadline = this.state.messages.nextDeadline();
    const message = deadline === undefined ? undefined : Math.max(deadline, this.#nextSweep);
    const moments = [job, timer, message].filter((moment) => moment !== undefined);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** Whether a job of this type waits for one of the tenants. @throws RangeNotLoaded */
  hasWaitingJobs(type: string, tenantIds: readonly string[]): boolean {
    return tenantIds.some((tenantId) => {
      const queue = queueOf(type, tenantId);
      if (this.state.suspensions.isQueueSuspended(queue)) return false;
      return !this.state.jobs.activatable.isEmpty(queue);
    });
  }

  /** The newest view was dropped down to what is committed: forget what was compiled or counted above it. */
  forgetUncommitted(keyCounter: number): void {
    this.#chain = undefined;
    this.keys.counter = keyCounter;
    this.state.processes.forgetGraphs();
  }

  /**
   * Sides of message subscriptions in other partitions that have not answered, longest ago first.
   * @param since ms since the epoch: only those that have waited at least since then
   * @param after where the last look ended
   * @throws RangeNotLoaded
   */
  unanswered(since: number, after: string | undefined, limit: number): UnansweredSubscriptions {
    return unansweredSubscriptions(this.#context, since, after, limit);
  }

  /** Commands that other partitions have not acknowledged. @throws RangeNotLoaded */
  unacknowledged(): { readonly partitionId: number; readonly record: LogRecord }[] {
    return openDistributions(this.#context);
  }
}
