// An engine over a store in memory, driven command by command: the door through which engine tests go in.
//
// Guarantees: every command runs in a turn of its own that is sealed and committed; ranges are loaded as the partition
// would; `verify` replays the log into an empty state and compares every family byte by byte, so every engine test is a
// replay test. State is flushed and forgotten in between, so that the store and the caches are part of the test.
import {
  Document,
  decodeEntry,
  deploymentOf,
  EMPTY_JOB,
  EMPTY_PROCESS_INSTANCE,
  entryHeader,
  type Intent,
  type Key,
  keyText,
  type LogRecord,
  NO_KEY,
  NO_OPERATION,
  NO_REQUEST,
  type Values,
  type ValueType,
} from '@millrace/protocol';
import type { Effect } from '../../broker/src/core/engine/effects.ts';
import { Engine } from '../../broker/src/core/engine/engine.ts';
import { type Environment, NO_STREAMS } from '../../broker/src/core/engine/environment.ts';
import type { InboundCommand } from '../../broker/src/core/engine/inbound-command.ts';
import { Turn } from '../../broker/src/core/engine/turn.ts';
import { dumpNow, flushNow, MemoryBase } from '../../broker/src/core/state/memory-base.ts';
import {
  RangeNotLoaded,
  type RangeRequest,
  StateDb,
} from '../../broker/src/core/state/state-db.ts';
import { md5 } from '../../broker/src/partition/md5.ts';

const OPTIONS = {
  partitionId: 1,
  partitionCount: 1,
  commandsInBatchMax: 100,
  checksum: md5,
  random: () => 0.5,
};

export interface HarnessOptions {
  readonly environment?: Environment;
  readonly partitionId?: number;
  readonly partitionCount?: number;
  /** Flush the state and drop its caches after every so many turns; 0 for never. */
  readonly flushEvery?: number;
  /** More turns than this from one command, or from the time alone, are an error: something goes on for ever. */
  readonly turnsMax?: number;
  /** Keeps no entries, for more records than memory should hold: no `records`, no `verify`. */
  readonly forgets?: boolean;
  /** Told of every turn: how long it took, and how large its entry is. */
  readonly onTurn?: (elapsedMs: number, entryBytes: number) => void;
}

/** The first time of a harness, ms since the epoch. */
export const START_MS = 1_700_000_000_000;

export class EngineHarness {
  readonly engine: Engine;
  readonly db: StateDb;
  readonly effects: Effect[] = [];
  readonly #base = new MemoryBase();
  readonly #turn: Turn;
  readonly #entries: Uint8Array[] = [];
  readonly #options: typeof OPTIONS;
  readonly #flushEvery: number;
  readonly #turnsMax: number;
  readonly #forgets: boolean;
  readonly #onTurn: HarnessOptions['onTurn'];
  #turns = 0;
  #nextPosition = 1;
  #index = 0;
  now = START_MS;

  constructor(options: HarnessOptions = {}) {
    const { partitionId = 1, partitionCount = 1 } = options;
    this.#options = { ...OPTIONS, partitionId, partitionCount };
    this.#flushEvery = options.flushEvery ?? 3;
    this.#forgets = options.forgets ?? false;
    this.#onTurn = options.onTurn;
    this.#turnsMax = options.turnsMax ?? Number.POSITIVE_INFINITY;
    this.#turn = new Turn(partitionId);
    this.db = new StateDb(this.#base, { verifyFresh: true, cacheBytes: 1 });
    this.engine = new Engine(this.db, this.#turn, this.#options, options.environment ?? NO_STREAMS);
  }

  /** Runs one command, then the commands that were over the limit. Returns the answer, if there is one. */
  run<T extends ValueType>(
    valueType: T,
    intent: Intent<T>,
    key: Key,
    value: Values[T],
  ): LogRecord | undefined {
    const command: InboundCommand = {
      valueType,
      intent: intent as Intent,
      key,
      value,
      requestId: 7,
      operationReference: NO_OPERATION,
      streamId: 0,
      pendingPosition: -1,
    };
    this.perform(command);
    const answer = this.effects.find((effect) => effect.kind === 'answer');
    return answer?.kind === 'answer' ? answer.record : undefined;
  }

  /** Runs one command as it is, then the commands that were over the limit. What follows from it is in `effects`. */
  perform(command: InboundCommand): void {
    this.effects.length = 0;
    this.#turns = 0;
    this.#runTurn(command);
    this.#runPending();
  }

  /** Moves the clock and runs what is due. */
  advance(ms: number): void {
    this.now += ms;
    this.#turns = 0;
    for (;;) {
      const due = this.loading(() => this.engine.dueCommands(this.now, 100));
      if (due.length === 0) return;
      for (const command of due) this.#runTurn(command);
      this.#runPending();
    }
  }

  #runPending(): void {
    for (;;) {
      const pending = this.loading(() => this.engine.pendingCommand());
      if (pending === undefined) return;
      this.#runTurn(pending);
    }
  }

  /** Reads something that may need ranges of the state, which are loaded meanwhile. */
  loading<R>(read: () => R): R {
    const requests: RangeRequest[] = [];
    try {
      for (;;) {
        try {
          return read();
        } catch (error) {
          if (!(error instanceof RangeNotLoaded)) throw error;
          this.db.load(error.request, this.#base);
          requests.push(error.request);
        }
      }
    } finally {
      for (const request of requests) this.db.unpin(request);
    }
  }

  #runTurn(command: InboundCommand): void {
    if (++this.#turns > this.#turnsMax) throw new Error(`more than ${this.#turnsMax} turns follow`);
    const startedMs = performance.now();
    this.#turn.begin(this.#nextPosition, this.now);
    const loaded: RangeRequest[] = [];
    let result = this.engine.run(command);
    while (result.kind === 'needs-range') {
      this.db.load(result.request, this.#base);
      loaded.push(result.request);
      result = this.engine.resume();
    }
    for (const request of loaded) this.db.unpin(request);
    this.effects.push(...this.#turn.effects);
    if (this.#turn.isEmpty) return;
    const { counter } = this.engine.keys;
    this.db.setMeta({ lastPosition: this.#turn.nextPosition - 1, keyCounter: counter });
    const entry = this.#turn.finish(counter);
    this.#nextPosition = this.#turn.nextPosition;
    if (!this.#forgets) this.#entries.push(entry);
    this.#index++;
    this.db.sealEntry(this.#index, entry.length);
    this.db.commit(this.#index);
    this.#onTurn?.(performance.now() - startedMs, entry.length);
    if (this.#flushEvery > 0 && this.#index % this.#flushEvery === 0) flushNow(this.db, this.#base);
  }

  /** Every record of the log, in order. */
  get records(): LogRecord[] {
    return this.#entries.flatMap((entry) => decodeEntry(entry));
  }

  get entryCount(): number {
    return this.#entries.length;
  }

  /** The records of the entries behind the first so many. */
  recordsBehind(entryCount: number): LogRecord[] {
    return this.#entries.slice(entryCount).flatMap((entry) => decodeEntry(entry));
  }

  /** Events and rejections as short lines: `VALUE_TYPE.INTENT element`. */
  get story(): string[] {
    return this.records.filter((record) => record.recordType !== 'COMMAND').map(line);
  }

  /** The newest event of this type and intent. */
  last<T extends ValueType>(valueType: T, intent: Intent<T>): LogRecord<T> {
    const found = this.records.findLast((r) => r.valueType === valueType && r.intent === intent);
    if (found === undefined)
      throw new Error(`no ${valueType}.${intent} in\n${this.story.join('\n')}`);
    return found as LogRecord<T>;
  }

  /** The state as lines `key value`, in the order of the keys: what is committed, as a flush would leave it. */
  dump(): string[] {
    return dumpNow(this.db, this.#base);
  }

  /** Replays the whole log into an empty state and compares it with this one. @throws with the first difference */
  verify(): void {
    const base = new MemoryBase();
    const db = new StateDb(base, { verifyFresh: true });
    const engine = new Engine(db, new Turn(this.#options.partitionId), this.#options, NO_STREAMS);
    this.#entries.forEach((entry, i) => {
      const header = entryHeader(entry);
      for (const record of decodeEntry(entry)) engine.replay(record, header.firstPosition);
      engine.keys.counter = header.keyCounter;
      const lastPosition = header.firstPosition + header.recordCount - 1;
      db.setMeta({ lastPosition, keyCounter: header.keyCounter });
      db.sealEntry(i + 1, entry.length);
      db.commit(i + 1);
    });
    const expected = dumpNow(this.db, this.#base);
    const actual = dumpNow(db, base);
    const different = expected.findIndex((text, i) => text !== actual[i]);
    if (different >= 0 || expected.length !== actual.length) {
      const place = different >= 0 ? different : expected.length;
      throw new Error(
        `replay gives another state, entry ${place}:\n processed ${expected[place]}\n replayed  ${actual[place]}\n` +
          this.story.join('\n'),
      );
    }
  }

  // Commands as clients send them.

  deploy(...resources: readonly [name: string, xml: string][]): LogRecord | undefined {
    const files = resources.map(([resourceName, xml]) => ({
      resourceName,
      resource: new TextEncoder().encode(xml),
    }));
    return this.run('DEPLOYMENT', 'CREATE', NO_KEY, deploymentOf(files, '<default>'));
  }

  create(bpmnProcessId: string, variables = '{}', awaited = false): Key {
    const intent = awaited ? 'CREATE_WITH_AWAITING_RESULT' : 'CREATE';
    this.run('PROCESS_INSTANCE_CREATION', intent, NO_KEY, {
      bpmnProcessId,
      version: -1,
      processDefinitionKey: NO_KEY,
      processInstanceKey: NO_KEY,
      variables: new Document(variables),
      fetchVariables: [],
      startInstructions: [],
      awaitedBy: NO_REQUEST,
      tenantId: '<default>',
    });
    return this.last('PROCESS_INSTANCE_CREATION', 'CREATED').value.processInstanceKey;
  }

  activate(type: string, maxJobsToActivate = 10, timeout = 60_000): readonly Key[] {
    const answer = this.run('JOB_BATCH', 'ACTIVATE', NO_KEY, {
      type,
      worker: 'test',
      timeout,
      maxJobsToActivate,
      jobKeys: [],
      jobs: [],
      tenantIds: ['<default>'],
      variables: [],
      truncated: false,
    });
    return (answer as LogRecord<'JOB_BATCH'>).value.jobKeys;
  }

  complete(jobKey: Key, variables = '{}'): LogRecord | undefined {
    return this.run('JOB', 'COMPLETE', jobKey, {
      ...EMPTY_JOB,
      variables: new Document(variables),
    });
  }

  fail(jobKey: Key, retries: number, retryBackoff = 0, errorMessage = ''): LogRecord | undefined {
    return this.run('JOB', 'FAIL', jobKey, { ...EMPTY_JOB, retries, retryBackoff, errorMessage });
  }

  throwError(jobKey: Key, errorCode: string, variables = '{}'): LogRecord | undefined {
    return this.run('JOB', 'THROW_ERROR', jobKey, {
      ...EMPTY_JOB,
      errorCode,
      variables: new Document(variables),
    });
  }

  cancel(processInstanceKey: Key): LogRecord | undefined {
    return this.run('PROCESS_INSTANCE', 'CANCEL', processInstanceKey, EMPTY_PROCESS_INSTANCE);
  }

  /** Activates one job of the type and completes it. */
  work(type: string, variables = '{}'): LogRecord | undefined {
    const [key] = this.activate(type, 1);
    if (key === undefined) throw new Error(`no job of type ${type} in\n${this.story.join('\n')}`);
    return this.complete(key, variables);
  }
}

function line(record: LogRecord): string {
  const value = record.value as unknown as Record<string, unknown>;
  const about = value.elementId ?? value.name ?? value.targetElementId ?? keyText(record.key);
  const why =
    record.rejectionReason === '' ? '' : ` ${record.rejectionType}: ${record.rejectionReason}`;
  return `${record.valueType}.${record.intent} ${about}${why}`;
}
